# Written by `python -m autograd.testing.listing --write`.
from nn.keras.saving import *  # noqa: F403
