"""The import name of `nn.data`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.data import *
