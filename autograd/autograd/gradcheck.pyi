"""The import name of `autograd.testing.gradcheck`: written by `python -m autograd.testing.listing --write`."""

from autograd.testing.gradcheck import *  # noqa: F403
