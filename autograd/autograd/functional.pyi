"""The import name of `autograd.functional`: written by `python -m autograd.testing.listing --write`."""

from autograd.functional import *  # noqa: F403
