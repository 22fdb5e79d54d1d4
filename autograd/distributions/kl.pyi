# Written by `python -m autograd.testing.listing --write`.
from nn.distributions.kl import *  # noqa: F403
