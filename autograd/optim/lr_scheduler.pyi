"""The import name of `nn.optim.lr_scheduler`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.optim.lr_scheduler import *
