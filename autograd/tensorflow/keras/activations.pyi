"""The import name of `nn.keras.activations`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.keras.activations import *
