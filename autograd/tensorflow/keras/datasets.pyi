"""The import name of `nn.keras.datasets`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.keras.datasets import *
