"""Layout: what is known of an array without its elements, and the same questions asked of an array itself.

A program keeps the layouts of the values that its watched call computed, not the arrays, which may be large.
"""

from __future__ import annotations

import functools
import math
from typing import Any, NamedTuple

import numpy as np

from ..base.memory import owner_of


class Flags(NamedTuple):
    """What the flags of an array tell of its layout."""

    c_contiguous: bool
    aligned: bool
    writeable: bool


class Layout:
    """The layout of an array or NumPy scalar; `isinstance` takes it for one.

    Attributes:
        identity, storage: the identity of the array, and of the array that owned its memory.
        capacity: the bytes of that memory.
        address, offset: where the first element was, absolutely and in that memory.
    """

    __slots__ = (
        "_kind", "address", "capacity", "dtype", "flags", "identity", "offset", "shape", "storage", "strides",
    )  # fmt: skip

    def __init__(self, array: Any) -> None:
        self._kind, self.dtype, self.shape, self.strides = type(array), array.dtype, array.shape, array.strides
        self.identity, self.storage = id(array), storage_of(array)
        self.address, self.offset, self.capacity = address_of(array), offset_of(array), capacity_of(array)
        self.flags = _flags(array.flags.c_contiguous, array.flags.aligned, array.flags.writeable)

    __class__ = property(lambda self: self._kind)  # what isinstance asks
    ndim = property(lambda self: len(self.shape))
    size = property(lambda self: math.prod(self.shape))
    itemsize = property(lambda self: self.dtype.itemsize)
    nbytes = property(lambda self: self.size * self.itemsize)

    def filled(self, x: Any) -> Any:
        """An array of this layout with the elements of another one."""
        out: Any = np.ndarray(self.shape, self.dtype, np.empty(self.capacity, np.uint8), self.offset, self.strides)
        out[...] = x
        return out


_flags = functools.cache(Flags)  # there are eight


def layout_of(array: Any) -> Layout:
    """The layout of an array, or what is left of one."""
    return array if type(array) is Layout else Layout(array)


def is_layout(array: Any) -> bool:
    """Whether an array has no elements, but only its layout."""
    return type(array) is Layout


def storage_of(array: Any) -> int:
    """The identity of the memory of an array; of a NumPy scalar, its own."""
    if type(array) is Layout:
        return array.storage
    return id(owner_of(array)) if isinstance(array, np.ndarray) else id(array)


def identity_of(array: Any) -> int:
    """The identity of an array."""
    return array.identity if type(array) is Layout else id(array)


def address_of(array: Any) -> int:
    """Where the first element of an array is; 0 for a scalar."""
    if type(array) is Layout:
        return array.address
    return int(array.__array_interface__["data"][0]) if isinstance(array, np.ndarray) else 0


def offset_of(array: Any) -> int:
    """The bytes from the start of the memory of an array to its first element."""
    if type(array) is Layout:
        return array.offset
    return address_of(array) - address_of(owner_of(array)) if isinstance(array, np.ndarray) else 0


def capacity_of(array: Any) -> int:
    """The bytes of the memory of an array."""
    if type(array) is Layout:
        return array.capacity
    return int(owner_of(array).nbytes) if isinstance(array, np.ndarray) else int(array.nbytes)
