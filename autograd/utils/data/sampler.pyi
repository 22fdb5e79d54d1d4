from nn.data.sampler import *
