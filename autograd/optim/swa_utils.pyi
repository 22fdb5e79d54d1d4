from nn.optim.swa_utils import *
