"""The import name of `nn.keras.losses`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.keras.losses import *
