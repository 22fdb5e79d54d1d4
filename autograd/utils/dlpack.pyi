# Written by `python -m autograd.testing.listing --write`.
from autograd.ops.protocols.copying import *  # noqa: F403
