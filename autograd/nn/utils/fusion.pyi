"""The import name of `nn.utils.fusion`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.utils.fusion import *
