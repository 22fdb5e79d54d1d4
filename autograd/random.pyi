"""The import name of `autograd.ops.creation.random`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from autograd.ops.creation.random import *
