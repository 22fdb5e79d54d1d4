# Written by `python -m autograd.testing.listing --write`.
from nn.distributions.constraints import *  # noqa: F403
