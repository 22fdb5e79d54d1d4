# Written by `python -m autograd.testing.listing --write`.
from nn.optim import *  # noqa: F403
