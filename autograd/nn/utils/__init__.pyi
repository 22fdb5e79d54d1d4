from nn.utils import *
