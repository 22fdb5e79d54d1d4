# Written by `python -m autograd.testing.listing --write`.
from nn.distributions.transforms import *  # noqa: F403
