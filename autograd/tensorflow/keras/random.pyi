"""The import name of `nn.keras.random`: written by `python -m autograd.testing.listing --write`."""

from nn.keras.random import *  # noqa: F403
