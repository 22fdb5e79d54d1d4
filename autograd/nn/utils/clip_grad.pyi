"""The import name of `nn.utils.clip_grad`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.utils.clip_grad import *
