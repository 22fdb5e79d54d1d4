# Written by `python -m autograd.testing.listing --write`.
from nn.init import *  # noqa: F403
