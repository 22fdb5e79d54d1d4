"""Writes: when storage was written in place.

Arrays that share memory have one owner, at the end of their chain of `base` attributes. Writes are counted
for the owner, so that every view of it knows them. The clock of the graph tells whether a write came after a
node saved the array. Storage that was never written has no entry.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..base.dtypes import Array
from ..base.memory import owner_of
from ..base.symbolic import real
from .graph import tick
from .tensor import Tensor

#: How many of the last writes to a storage keep their dates, for messages that name the version a node saved.
_DATES_KEPT = 64


class _Writes:
    """The writes to the storage of one owner: how many, when, and the user's line of the last in anomaly mode."""

    __slots__ = ("count", "dates", "last", "line", "owner")

    def __init__(self, owner: weakref.ref[Array]) -> None:
        self.owner = owner
        self.count = self.last = 0  # of no write, which is older than every node
        self.dates: deque[int] = deque(maxlen=_DATES_KEPT)
        self.line: str | None = None


#: The storage that has been written, by the identity of its owner; an entry goes with the owner.
_written: dict[int, _Writes] = {}

#: Anomaly mode puts here a function that tells the user's current line.
where_written: list[Callable[[], str]] = []


class _LastWrite:
    """The age of the last write to any storage: if it is older than a node, nothing the node saved was overwritten."""

    __slots__ = ("age",)

    def __init__(self) -> None:
        self.age = tick()


#: An object, so that other modules see its current age.
last_write = _LastWrite()


def count_write(array: Array) -> None:
    """Count a write to the storage of `array`, which is about to happen."""
    count_writes((writes_to(array),))


def writes_to(array: Array) -> _Writes:
    """The record of the writes to the storage of `array`."""
    if type(array) is not np.ndarray:
        array = real(array)
    owner = array if array.base is None else owner_of(array)
    key = id(owner)
    writes = _written.get(key)
    if writes is None:
        writes = _written.setdefault(key, _Writes(weakref.ref(owner, lambda _: _written.pop(key, None))))
    return writes


def count_writes(records: Sequence[_Writes]) -> None:
    """Count a write to each of several storages, given by their records."""
    line = where_written[-1]() if where_written else None
    age = tick()
    for writes in records:
        writes.dates.append(age)
        # CPython switches threads only at calls and loops. There are none in the rest, so that no write is lost when
        # several threads write. (A lock would take as long as all of this function.)
        writes.count += 1
        writes.line = line
        if age < writes.last:  # noqa: PLR1730 - min() would be a call
            writes.last = age
        if age < last_write.age:  # noqa: PLR1730 - as above
            last_write.age = age


def write(tensor: Tensor) -> Array:
    """The ndarray of `tensor`, to be written in place, after counting the write.

    The caller has made sure that no gradient is lost by it: this is the raw write, which records nothing.
    """
    array = tensor.array
    if type(array) is not np.ndarray:
        array = tensor._shared()
    count_writes((writes_to(array),))
    return array


def _found(array: Array) -> _Writes | None:
    return _written.get(id(owner_of(real(array))))


def line_of_write(array: Array) -> str | None:
    """The user's line of the last write to the storage of `array`; None if anomaly mode was off."""
    writes = _found(array)
    return None if writes is None else writes.line


def version(array: Array) -> int:
    """How often the storage of `array` was written."""
    writes = _found(array)
    return 0 if writes is None else writes.count


def written_since(array: Any, age: int) -> bool:
    """Whether `array` is an array whose storage was written after the time `age`."""
    if not isinstance(array, np.ndarray):
        return False
    writes = _found(array)
    return writes is not None and writes.last < age


def version_at(array: Array, age: int) -> int:
    """The version that the storage of `array`, which was written since, had at the time `age`."""
    writes = _written[id(owner_of(real(array)))]
    return writes.count - sum(date < age for date in writes.dates)
