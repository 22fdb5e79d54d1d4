"""NumPy's warnings about infinity and NaN, which are values here, as in PyTorch: log(0) is -inf, and no warning.

A filter in `autograd/__init__.py` ignores the warnings that NumPy gives in lines of this package. NumPy's own Python
code, such as `numpy.linalg` and `numpy.fft`, warns in lines of NumPy, which the filter leaves to the user: a function
that calls it is `silenced`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

F = TypeVar("F", bound=Callable[..., Any])


def silenced(function: F) -> F:
    """`function`, in which NumPy warns of nothing."""
    return np.errstate(all="ignore")(function)
