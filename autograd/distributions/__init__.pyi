# Written by `python -m autograd.testing.listing --write`.
from nn.distributions import *  # noqa: F403
