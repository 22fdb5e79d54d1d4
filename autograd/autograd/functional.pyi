from autograd.functional import *
