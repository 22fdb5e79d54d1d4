# Written by `python -m autograd.testing.listing --write`.
from nn.keras.backend import *  # noqa: F403
