"""The import name of `autograd.graph`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from autograd.graph import *
