from autograd.typed_tensors import *
