"""The import name of `nn.keras.layers`: written by `python -m autograd.testing.listing --write`."""

from nn.keras.layers import *  # noqa: F403
