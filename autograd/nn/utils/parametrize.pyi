from nn.utils.parametrize import *
