# Written by `python -m autograd.testing.listing --write`.
from nn.data import *  # noqa: F403
