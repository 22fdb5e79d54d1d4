# Written by `python -m autograd.testing.listing --write`.
from nn.keras import *  # noqa: F403
