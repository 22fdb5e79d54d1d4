"""The import name of `nn.utils.clip_grad`: written by `python -m autograd.testing.listing --write`."""

from nn.utils.clip_grad import *  # noqa: F403
