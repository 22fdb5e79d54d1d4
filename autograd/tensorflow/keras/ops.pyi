# Written by `python -m autograd.testing.listing --write`.
from nn.keras.ops import *  # noqa: F403
