# Written by `python -m autograd.testing.listing --write`.
from nn.keras.utils import *  # noqa: F403
