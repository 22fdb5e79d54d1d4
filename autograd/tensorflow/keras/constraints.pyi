"""The import name of `nn.keras.constraints`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.keras.constraints import *
