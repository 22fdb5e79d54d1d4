"""The import name of `nn.keras.regularizers`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.keras.regularizers import *
