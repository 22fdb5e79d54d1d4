# Written by `python -m autograd.testing.listing --write`.
from autograd import *  # noqa: F403
from autograd.testing import gradcheck as gradcheck, gradgradcheck as gradgradcheck
