"""The import name of `nn.functional`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.functional import *
