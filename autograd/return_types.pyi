from autograd.ops.reduce.named_results import *
