# Written by `python -m autograd.testing.listing --write`.
from nn.utils.rnn import *  # noqa: F403
