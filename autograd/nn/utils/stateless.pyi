"""The import name of `autograd.transforms.functional_call`: written by `python -m autograd.testing.listing --write`."""

from autograd.transforms.functional_call import *  # noqa: F403
