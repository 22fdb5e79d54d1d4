# Written by `python -m autograd.testing.listing --write`.
from autograd.ops.shape.strided import *  # noqa: F403
