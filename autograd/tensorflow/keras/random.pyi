"""The import name of `nn.keras.random`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.keras.random import *
