"""Memory: whether an array may be written, and where its elements lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base.dtypes import Array


def check_memory(array: Any, part: Any) -> None:
    """Raise unless `part`, which is a view of `array`, may be written.

    Raises:
        RuntimeError: the memory is read-only, or several elements of `part` share one memory location.
    """
    if isinstance(array, np.ndarray) and not array.flags.writeable:
        raise RuntimeError("this tensor is backed by read-only memory: clone() it before writing")
    if isinstance(part, np.ndarray) and not part.flags.c_contiguous and overlaps(part):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single memory "
            f"location (shape {part.shape}, an expanded tensor). Please clone() the tensor before the operation"
        )


def overlaps(array: Any) -> bool:
    """Whether several elements of an array share one memory location."""
    if not isinstance(array, np.ndarray) or array.flags.c_contiguous:
        return False
    extent = array.itemsize
    for step, size in sorted((abs(step), size) for step, size in zip(array.strides, array.shape) if size > 1):
        if step < extent:
            break
        extent += step * (size - 1)
    else:
        return False
    # The dims interleave in memory, which does not imply that elements coincide: count the distinct locations.
    return np.unique(offsets(array.shape, array.strides)).size < array.size


def offsets(size: Sequence[int], stride: Sequence[int], start: int = 0) -> Array:
    """For each element of a strided array of shape `size`, its offset from the start of the memory, in elements."""
    out = np.asarray(start)
    for n, step in zip(size, stride, strict=True):
        out = out[..., None] + np.arange(n) * step
    return out
