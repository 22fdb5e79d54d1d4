# Written by `python -m autograd.testing.listing --write`.
from nn.keras.metrics import *  # noqa: F403
