"""The import name of `nn.keras.saving`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.keras.saving import *
