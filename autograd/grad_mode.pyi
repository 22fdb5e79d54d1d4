from autograd.core.grad_mode import *
