"""The import name of `autograd.transforms.functional_call`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from autograd.transforms.functional_call import *
