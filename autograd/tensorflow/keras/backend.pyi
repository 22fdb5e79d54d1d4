"""The import name of `nn.keras.backend`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.keras.backend import *
