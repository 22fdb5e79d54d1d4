"""The import name of `nn`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn import *
