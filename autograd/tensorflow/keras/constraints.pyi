# Written by `python -m autograd.testing.listing --write`.
from nn.keras.constraints import *  # noqa: F403
