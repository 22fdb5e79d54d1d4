"""Half precision: float16 is computed in float32 and rounded once, as in PyTorch.

NumPy's own functions of single elements do so already. A sum of float16 would overflow at 65504 and lose small terms,
and a formula of several steps would be rounded at each of them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .dtypes import Array

HALF, SINGLE = np.dtype(np.float16), np.dtype(np.float32)


def single(x: Any) -> Any:
    """An array of float16 as float32; anything else unchanged."""
    return x.astype(SINGLE) if getattr(x, "dtype", None) == HALF else x


def is_half(x: Any) -> bool:
    """Whether an array holds float16, or a number is exactly a float16: 0.5 is one, 0.1 and 100000 are not."""
    return x.dtype == HALF if isinstance(x, (np.ndarray, np.generic)) else float(np.float16(x)) == x


def in_single(forward: Callable[..., Array]) -> Callable[..., Array]:
    """The forward of a primitive whose first argument decides: if that is float16, it is computed in float32."""

    @functools.wraps(forward)
    def computed(x: Array, *rest: Any) -> Array:
        if x.dtype != HALF:
            return forward(x, *rest)
        return forward(x.astype(SINGLE), *[single(arg) for arg in rest]).astype(HALF)

    return computed
