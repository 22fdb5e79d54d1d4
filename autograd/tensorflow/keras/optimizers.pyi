"""The import name of `nn.keras.optimizers`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.keras.optimizers import *
