from nn.parallel import *
