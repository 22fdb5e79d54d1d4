"""Arrays as code to paste, in the memory layout that they have."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...base.dtypes import Array


def source_of(x: Array) -> str:
    """The expression that makes an array.

    >>> source_of(np.array([[1.0, -0.5]])), source_of(np.zeros((0, 2)))
    ('np.array([[1.0, -0.5]])', 'np.zeros((0, 2))')
    >>> source_of(np.array([1.0, 2.0], np.float32)[::-1])
    'np.array([1.0, 2.0], np.float32)[::-1]'
    """
    x = np.asarray(x)
    turned = [stride < 0 for stride in x.strides]
    if any(turned):
        key = tuple(slice(None, None, -1) if turn else slice(None) for turn in turned)
        return f"{source_of(x[key])}[{', '.join('::-1' if turn else ':' for turn in turned)}]"
    dtype = "" if x.dtype in (np.float64, np.complex128, np.int64, np.bool_) else f", np.{x.dtype}"
    if x.size == 0:
        return f"np.zeros({x.shape}{dtype})"
    values = repr(_shortest(x) if x.dtype in (np.float32, np.float16) else x.tolist())
    code = f"np.array({values.replace('nan', 'np.nan').replace('inf', 'np.inf')}{dtype})"
    if x.flags.c_contiguous:
        return code
    return f"np.asfortranarray({code})" if x.flags.f_contiguous else f"np.repeat({code}, 2, axis=-1)[..., ::2]"


def _shortest(x: Array) -> object:
    """The numbers with as few digits as their dtype needs."""
    return float(str(x[()])) if x.ndim == 0 else [_shortest(np.asarray(row)) for row in x]


def sources_of(arrays: Sequence[Array]) -> list[str]:
    """The expressions that make arrays."""
    return [source_of(x) for x in arrays]


def relaid(values: Array, like: Array) -> Array:
    """The values in the memory layout of another array of the same shape."""
    key = tuple(slice(None, None, -1) if stride < 0 else slice(None) for stride in like.strides)
    if any(part.step for part in key):
        return np.array(values[key], order="C")[key]
    if values.ndim == 0 or like.flags.c_contiguous:
        return np.array(values, order="C")
    if like.flags.f_contiguous:
        return np.asfortranarray(values)
    return np.repeat(values, 2, axis=-1)[..., ::2]
