"""The import name of `nn.data.dataset`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.data.dataset import *
