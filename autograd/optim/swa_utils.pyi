"""The import name of `nn.optim.swa_utils`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.optim.swa_utils import *
