"""The import name of `nn.keras.layers`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.keras.layers import *
