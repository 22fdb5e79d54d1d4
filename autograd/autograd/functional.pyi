"""The import name of `autograd.functional`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from autograd.functional import *
