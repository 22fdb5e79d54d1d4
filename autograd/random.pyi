from autograd.ops.creation.random import *
