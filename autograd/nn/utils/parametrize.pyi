"""The import name of `nn.utils.parametrize`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.utils.parametrize import *
