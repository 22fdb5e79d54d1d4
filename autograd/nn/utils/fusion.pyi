from nn.utils.fusion import *
