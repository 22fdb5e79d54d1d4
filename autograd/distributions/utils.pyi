from nn.distributions.utils import *
