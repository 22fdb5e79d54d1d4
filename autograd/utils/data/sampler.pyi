"""The import name of `nn.data.sampler`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.data.sampler import *
