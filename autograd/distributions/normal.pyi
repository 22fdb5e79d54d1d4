from nn.distributions.normal import *
