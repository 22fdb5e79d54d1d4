from nn.distributions import *
