# Written by `python -m autograd.testing.listing --write`.
from nn.distributions.categorical import *  # noqa: F403
