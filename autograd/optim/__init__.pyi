"""The import name of `nn.optim`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.optim import *
