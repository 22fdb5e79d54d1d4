# Written by `python -m autograd.testing.listing --write`.
from autograd.functional import *  # noqa: F403
