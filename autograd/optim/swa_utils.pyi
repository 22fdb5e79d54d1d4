# Written by `python -m autograd.testing.listing --write`.
from nn.optim.swa_utils import *  # noqa: F403
