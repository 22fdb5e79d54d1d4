# Written by `python -m autograd.testing.listing --write`.
from autograd.ops.reduce.named_results import *  # noqa: F403
