"""The import name of `nn.data.dataloader`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.data.dataloader import *
