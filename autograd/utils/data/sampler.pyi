# Written by `python -m autograd.testing.listing --write`.
from nn.data.sampler import *  # noqa: F403
