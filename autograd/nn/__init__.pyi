# Written by `python -m autograd.testing.listing --write`.
from nn import *  # noqa: F403
