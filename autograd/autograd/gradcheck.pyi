"""The import name of `autograd.testing.gradcheck`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from autograd.testing.gradcheck import *
