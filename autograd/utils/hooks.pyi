from autograd.core.hooks import *
