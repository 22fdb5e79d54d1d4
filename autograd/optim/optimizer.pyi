from nn.optim.optimizer import *
