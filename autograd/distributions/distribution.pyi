"""The import name of `nn.distributions.distribution`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.distributions.distribution import *
