"""The import name of `autograd.core.tensor`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from autograd.core.tensor import *
