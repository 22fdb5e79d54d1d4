"""The import name of `nn.keras.metrics`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.keras.metrics import *
