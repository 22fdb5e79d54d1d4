"""The import name of `nn.utils.rnn`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.utils.rnn import *
