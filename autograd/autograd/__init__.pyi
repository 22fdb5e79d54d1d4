"""The import name of `autograd`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from autograd import *
from autograd.testing import gradcheck as gradcheck, gradgradcheck as gradgradcheck
