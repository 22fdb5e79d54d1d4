"""The import name of `nn.init`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.init import *
