from autograd.graph import *
