"""The import name of `nn.distributions.categorical`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.distributions.categorical import *
