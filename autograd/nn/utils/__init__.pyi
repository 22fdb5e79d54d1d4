# Written by `python -m autograd.testing.listing --write`.
from nn.utils import *  # noqa: F403
