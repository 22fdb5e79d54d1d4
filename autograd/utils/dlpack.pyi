"""The import name of `autograd.ops.protocols.copying`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from autograd.ops.protocols.copying import *
