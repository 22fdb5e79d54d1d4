from autograd.ops.shape.strided import *
