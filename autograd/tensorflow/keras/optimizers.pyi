# Written by `python -m autograd.testing.listing --write`.
from nn.keras.optimizers import *  # noqa: F403
