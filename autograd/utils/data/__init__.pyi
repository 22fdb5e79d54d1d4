from nn.data import *
