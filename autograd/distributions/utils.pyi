# Written by `python -m autograd.testing.listing --write`.
from nn.distributions.utils import *  # noqa: F403
