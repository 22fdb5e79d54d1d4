"""Layout: what is known of an array without its elements, and the same questions asked of an array itself.

A program keeps the layouts of the values that its watched call computed, not the arrays, which may be large.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from ..base.memory import owner_of


class Layout:
    """The layout of an array or NumPy scalar; `isinstance` takes it for one.

    Attributes:
        identity, storage: the identity of the array, and of the array that owned its memory.
        capacity: the bytes of that memory.
        address, offset: where the first element was, absolutely and in that memory.
    """

    __slots__ = (
        "_kind", "address", "capacity", "dtype", "flags", "identity", "itemsize", "nbytes", "ndim", "offset", "shape",
        "size", "storage", "strides",
    )  # fmt: skip

    def __init__(self, array: Any) -> None:
        self._kind = type(array)
        self.dtype, self.shape, self.strides, self.ndim = array.dtype, array.shape, array.strides, array.ndim
        self.size, self.itemsize, self.nbytes = array.size, array.itemsize, array.nbytes
        self.identity, self.storage = id(array), storage_of(array)
        self.address, self.offset, self.capacity = address_of(array), offset_of(array), capacity_of(array)
        flags = array.flags
        self.flags = SimpleNamespace(c_contiguous=flags.c_contiguous, aligned=flags.aligned, writeable=flags.writeable)

    __class__ = property(lambda self: self._kind)  # what isinstance asks

    def filled(self, x: Any) -> Any:
        """An array of this layout with the elements of another one."""
        out: Any = np.ndarray(self.shape, self.dtype, np.empty(self.capacity, np.uint8), self.offset, self.strides)
        out[...] = x
        return out


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
