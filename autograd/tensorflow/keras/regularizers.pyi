# Written by `python -m autograd.testing.listing --write`.
from nn.keras.regularizers import *  # noqa: F403
