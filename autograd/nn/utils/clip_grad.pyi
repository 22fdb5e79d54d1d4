# Written by `python -m autograd.testing.listing --write`.
from nn.utils.clip_grad import *  # noqa: F403
