# Written by `python -m autograd.testing.listing --write`.
from autograd.core.hooks import *  # noqa: F403
