# Written by `python -m autograd.testing.listing --write`.
from nn.optim.lr_scheduler import *  # noqa: F403
