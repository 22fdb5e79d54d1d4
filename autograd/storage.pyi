"""The import name of `autograd.ops.shape.strided`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from autograd.ops.shape.strided import *
