from nn.functional import *
