"""cuDNN, which is not supported; its flags have no effect.

>>> import autograd.backends.cudnn as cudnn
>>> cudnn.deterministic, cudnn.benchmark = True, False
"""

from __future__ import annotations

from ..without_effect import names_of

enabled = benchmark = deterministic = allow_tf32 = False


def is_available() -> bool:
    """Whether cuDNN is available: always False."""
    return False


def version() -> int | None:
    """The version of cuDNN: always None."""
    return None


__getattr__ = names_of("backends.cudnn")
