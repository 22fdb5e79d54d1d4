"""The import name of `autograd.transforms.function`: written by `python -m autograd.testing.listing --write`."""

from autograd.transforms.function import *  # noqa: F403
