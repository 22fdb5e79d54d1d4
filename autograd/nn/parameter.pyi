from nn.parameter import *
