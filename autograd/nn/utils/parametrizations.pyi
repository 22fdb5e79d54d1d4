from nn.utils.parametrizations import *
