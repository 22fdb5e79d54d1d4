# Written by `python -m autograd.testing.listing --write`.
from nn.distributions.constraint_registry import *  # noqa: F403
