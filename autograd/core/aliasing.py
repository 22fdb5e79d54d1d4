"""Versions of storage: which arrays were written in place, and when.

NumPy already knows which arrays share memory: views have one owner at the end of their
`base` chain. A write is counted for the owner, so every view sees it. The graph's clock says
whether a write came after a node saved the array; storage that was never written costs nothing.
"""

from __future__ import annotations

import weakref
from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.dtypes import Array
from .graph import tick

if TYPE_CHECKING:
    from .tensor import Tensor


#: Of how many writes to one storage the dates are kept, to tell which version a node saved.
_DATES_KEPT = 64


class _Writes:
    """How often and when the storage of one owner was written."""

    __slots__ = ("count", "dates", "owner")

    def __init__(self, owner: weakref.ref[Array]) -> None:
        self.owner = owner
        self.count = 0
        self.dates: deque[int] = deque(maxlen=_DATES_KEPT)


_written: dict[int, _Writes] = {}


class latest:
    """The age of the last write to any storage."""

    write = tick()


def owner_of(array: Array) -> Array:
    """The array that owns the memory that `array` shows."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def count_write(array: Array) -> None:
    """Note that the storage of `array` is being written now."""
    owner = array if array.base is None else owner_of(array)
    key = id(owner)
    writes = _written.get(key)
    if writes is None:
        writes = _written[key] = _Writes(weakref.ref(owner, lambda _: _written.pop(key, None)))
    writes.count += 1
    latest.write = tick()
    writes.dates.append(latest.write)


def write(tensor: Tensor) -> Array:
    """The ndarray of `tensor`, to be written in place; the write is counted.

    Never for a value that a graph was recorded from and that still needs its gradient.
    """
    array = tensor._shared()
    count_write(array)
    return array


def version(array: Array) -> int:
    """How often the storage of `array` was written."""
    writes = _written.get(id(owner_of(array)))
    return 0 if writes is None else writes.count


def written_since(array: Any, age: int) -> bool:
    """Whether the storage of `array` was written after what has that age was made; what is no array has none."""
    if not isinstance(array, np.ndarray):
        return False
    writes = _written.get(id(owner_of(array)))
    return writes is not None and writes.dates[-1] < age


def version_at(array: Array, age: int) -> int:
    """The version that the storage of `array`, which was written since, had when what has that age was made."""
    writes = _written[id(owner_of(array))]
    return writes.count - sum(date < age for date in writes.dates)
