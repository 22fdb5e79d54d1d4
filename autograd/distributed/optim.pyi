from nn.optim.zero_redundancy_optimizer import *
