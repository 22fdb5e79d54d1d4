# Written by `python -m autograd.testing.listing --write`.
from nn.keras.losses import *  # noqa: F403
