# Written by `python -m autograd.testing.listing --write`.
from nn.keras.random import *  # noqa: F403
