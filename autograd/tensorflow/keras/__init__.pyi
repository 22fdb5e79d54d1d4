"""The import name of `nn.keras`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.keras import *
