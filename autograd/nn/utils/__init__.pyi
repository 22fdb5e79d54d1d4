"""The import name of `nn.utils`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.utils import *
