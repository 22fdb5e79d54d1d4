# Written by `python -m autograd.testing.listing --write`.
from autograd.saving.serialization import *  # noqa: F403
