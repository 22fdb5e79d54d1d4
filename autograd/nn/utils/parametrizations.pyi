# Written by `python -m autograd.testing.listing --write`.
from nn.utils.parametrizations import *  # noqa: F403
