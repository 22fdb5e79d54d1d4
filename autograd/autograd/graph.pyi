# Written by `python -m autograd.testing.listing --write`.
from autograd.graph import *  # noqa: F403
