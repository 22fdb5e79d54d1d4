# Written by `python -m autograd.testing.listing --write`.
from nn.keras.callbacks import *  # noqa: F403
