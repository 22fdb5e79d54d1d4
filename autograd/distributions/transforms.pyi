from nn.distributions.transforms import *
