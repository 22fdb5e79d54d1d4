# Written by `python -m autograd.testing.listing --write`.
from nn.keras.activations import *  # noqa: F403
