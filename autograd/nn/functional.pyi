# Written by `python -m autograd.testing.listing --write`.
from nn.functional import *  # noqa: F403
