"""The import name of `autograd.saving.serialization`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from autograd.saving.serialization import *
