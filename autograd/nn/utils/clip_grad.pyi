"""The import name of `nn.utils.clipping`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.utils.clipping import *
