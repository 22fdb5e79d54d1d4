from autograd.forward_ad import *
