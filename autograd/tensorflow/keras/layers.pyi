# Written by `python -m autograd.testing.listing --write`.
from nn.keras.layers import *  # noqa: F403
