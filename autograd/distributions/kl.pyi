"""The import name of `nn.distributions.kl`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.distributions.kl import *
