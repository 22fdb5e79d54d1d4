# Written by `python -m autograd.testing.listing --write`.
from nn.keras.initializers import *  # noqa: F403
