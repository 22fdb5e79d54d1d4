# Written by `python -m autograd.testing.listing --write`.
from autograd.transforms.function import *  # noqa: F403
