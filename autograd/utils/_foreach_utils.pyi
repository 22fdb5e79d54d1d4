from autograd.foreach import *
