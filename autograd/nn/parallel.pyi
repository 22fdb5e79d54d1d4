"""The import name of `nn.parallel`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.parallel import *
