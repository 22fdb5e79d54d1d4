from autograd.transforms.functional_call import *
