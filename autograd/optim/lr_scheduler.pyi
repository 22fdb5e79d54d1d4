from nn.optim.lr_scheduler import *
