"""The import name of `nn.keras.ops`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.keras.ops import *
