"""The import name of `autograd.ops.reduce.named_results`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from autograd.ops.reduce.named_results import *
