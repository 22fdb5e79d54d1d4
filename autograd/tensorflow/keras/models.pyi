"""The import name of `nn.keras.models`: written by `python -m autograd.testing.listing --write`."""

# ruff: noqa

from nn.keras.models import *
