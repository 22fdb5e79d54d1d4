# Written by `python -m autograd.testing.listing --write`.
from nn.data.dataset import *  # noqa: F403
