"""The import name of `nn.keras.initializers`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.keras.initializers import *
