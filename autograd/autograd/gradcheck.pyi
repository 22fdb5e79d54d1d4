from autograd.testing.gradcheck import *
