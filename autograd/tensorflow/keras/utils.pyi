"""The import name of `nn.keras.utils`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.keras.utils import *
