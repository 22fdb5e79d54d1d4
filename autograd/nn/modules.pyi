from nn.modules import *
