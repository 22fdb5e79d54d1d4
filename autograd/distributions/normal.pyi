# Written by `python -m autograd.testing.listing --write`.
from nn.distributions.normal import *  # noqa: F403
