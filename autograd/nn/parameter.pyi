"""The import name of `nn.parameter`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.parameter import *
