# Written by `python -m autograd.testing.listing --write`.
from nn.modules import *  # noqa: F403
