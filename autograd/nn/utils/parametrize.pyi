# Written by `python -m autograd.testing.listing --write`.
from nn.utils.parametrize import *  # noqa: F403
