"""The import name of `autograd.ops.shape.strided`: written by `python -m autograd.testing.listing --write`."""

from autograd.ops.shape.strided import *  # noqa: F403
