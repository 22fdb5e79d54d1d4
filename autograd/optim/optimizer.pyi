# Written by `python -m autograd.testing.listing --write`.
from nn.optim.optimizer import *  # noqa: F403
