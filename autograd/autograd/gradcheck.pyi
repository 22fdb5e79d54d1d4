# Written by `python -m autograd.testing.listing --write`.
from autograd.testing.gradcheck import *  # noqa: F403
