"""The import name of `nn.data.sampler`: written by `python -m autograd.testing.listing --write`."""

from nn.data.sampler import *  # noqa: F403
