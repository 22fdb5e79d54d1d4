# Written by `python -m autograd.testing.listing --write`.
from nn.parallel import *  # noqa: F403
