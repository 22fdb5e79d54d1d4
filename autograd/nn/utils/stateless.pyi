# Written by `python -m autograd.testing.listing --write`.
from autograd.transforms.functional_call import *  # noqa: F403
