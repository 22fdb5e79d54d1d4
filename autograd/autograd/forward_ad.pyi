# Written by `python -m autograd.testing.listing --write`.
from autograd.forward_ad import *  # noqa: F403
