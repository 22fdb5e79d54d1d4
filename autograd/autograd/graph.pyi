"""The import name of `autograd.graph`: written by `python -m autograd.testing.listing --write`."""

from autograd.graph import *  # noqa: F403
