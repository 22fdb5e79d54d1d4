"""The import name of `nn.functional`: written by `python -m autograd.testing.listing --write`."""

from nn.functional import *  # noqa: F403
