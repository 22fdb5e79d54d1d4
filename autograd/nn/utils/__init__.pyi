"""The import name of `nn.utils`: written by `python -m autograd.testing.listing --write`."""

from nn.utils import *  # noqa: F403
