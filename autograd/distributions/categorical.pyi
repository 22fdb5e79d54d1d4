from nn.distributions.categorical import *
