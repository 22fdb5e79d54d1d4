from nn.distributions.distribution import *
