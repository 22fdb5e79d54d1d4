"""The import name of `nn.utils.parametrizations`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.utils.parametrizations import *
