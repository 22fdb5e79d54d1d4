"""The import name of `nn.modules`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.modules import *
