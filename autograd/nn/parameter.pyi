# Written by `python -m autograd.testing.listing --write`.
from nn.parameter import *  # noqa: F403
