from nn.init import *
