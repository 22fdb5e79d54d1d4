# Written by `python -m autograd.testing.listing --write`.
from nn.data.dataloader import *  # noqa: F403
