# Written by `python -m autograd.testing.listing --write`.
from nn.distributions.distribution import *  # noqa: F403
