from autograd.transforms.function import *
