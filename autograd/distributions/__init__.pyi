"""The import name of `nn.distributions`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.distributions import *
