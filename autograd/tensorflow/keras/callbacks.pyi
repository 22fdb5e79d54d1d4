"""The import name of `nn.keras.callbacks`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.keras.callbacks import *
