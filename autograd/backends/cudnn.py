"""What is asked of and set for cuDNN, which is not there.

>>> import autograd.backends.cudnn as cudnn
>>> cudnn.deterministic, cudnn.benchmark = True, False
"""

from __future__ import annotations

enabled = benchmark = deterministic = allow_tf32 = False


def is_available() -> bool:
    """Whether it is there: never."""
    return False


def version() -> int | None:
    """Its version: there is none."""
    return None
