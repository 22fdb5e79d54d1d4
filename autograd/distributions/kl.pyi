from nn.distributions.kl import *
