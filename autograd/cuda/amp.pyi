# Written by `python -m autograd.testing.listing --write`.
from autograd.amp import *  # noqa: F403
