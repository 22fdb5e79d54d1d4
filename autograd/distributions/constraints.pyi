from nn.distributions.constraints import *
