# Written by `python -m autograd.testing.listing --write`.
from nn.utils.fusion import *  # noqa: F403
