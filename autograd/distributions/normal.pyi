"""The import name of `nn.distributions.normal`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.distributions.normal import *
