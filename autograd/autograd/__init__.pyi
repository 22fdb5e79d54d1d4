from autograd import *
from autograd.testing import gradcheck as gradcheck, gradgradcheck as gradgradcheck
