from autograd.amp import *
