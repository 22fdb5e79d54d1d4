# Written by `python -m autograd.testing.listing --write`.
from nn.keras.datasets import *  # noqa: F403
