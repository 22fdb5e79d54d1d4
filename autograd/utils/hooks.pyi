# Written by `python -m autograd.testing.listing --write`.
from autograd.core.tensor import *  # noqa: F403
