# Written by `python -m autograd.testing.listing --write`.
from autograd.ops.creation.random import *  # noqa: F403
