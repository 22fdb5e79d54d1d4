"""The import name of `autograd.amp`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from autograd.amp import *
