"""The import name of `nn.optim.optimizer`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.optim.optimizer import *
