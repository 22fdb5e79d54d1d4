"""The import name of `nn`: written by `python -m autograd.testing.listing --write`."""

from nn import *  # noqa: F403
