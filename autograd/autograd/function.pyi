"""The import name of `autograd.transforms.function`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from autograd.transforms.function import *
