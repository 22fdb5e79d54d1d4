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
from .parts import apply

HALF, SINGLE = np.dtype(np.float16), np.dtype(np.float32)


def converted(x: Array, dtype: Any) -> Array:
    """`x.astype(dtype)`; to and from float16, for which NumPy has no vector instructions, by quicker ways."""
    if type(x) is not np.ndarray or x.size < 4096 or not x.flags.c_contiguous or HALF not in (x.dtype, dtype):
        return x.astype(dtype)
    return apply(_from_table if x.dtype == HALF else _to_half, x).astype(dtype, copy=False)


def _to_half(x: Array) -> Array:
    return x.astype(HALF)


def _from_table(x: Array) -> Array:
    return _all_halves().take(x.view(np.uint16), mode="wrap")


@functools.cache
def _all_halves() -> Array:
    """All numbers of float16, by their bits, as float32."""
    return np.arange(2**16, dtype=np.uint16).view(HALF).astype(SINGLE)


def single(x: Any) -> Any:
    """An array of float16 as float32; anything else unchanged."""
    return converted(x, SINGLE) if getattr(x, "dtype", None) == HALF else x


def is_half(x: Any) -> bool:
    """Whether an array holds float16, or a number is exactly a float16: 0.5 is one, 0.1 and 100000 are not."""
    return x.dtype == HALF if isinstance(x, (np.ndarray, np.generic)) else float(np.float16(x)) == x


def in_single(forward: Callable[..., Array]) -> Callable[..., Array]:
    """The forward of a primitive whose first argument decides: if that is float16, it is computed in float32."""

    @functools.wraps(forward)
    def computed(x: Array, *rest: Any) -> Array:
        if x.dtype != HALF:
            return forward(x, *rest)
        return converted(forward(converted(x, SINGLE), *[single(arg) for arg in rest]), HALF)

    return computed
