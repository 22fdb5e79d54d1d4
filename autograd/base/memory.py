"""Which array owns the memory of another, and another owner for the same memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from .dtypes import Array
from .half_precision import converted
from .symbolic import Symbolic, as_array


def owner_of(array: Array) -> Array:
    """The array that owns the memory of `array`."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def with_another_owner(array: Array) -> Array:
    """An array of the same memory, shape and strides that has another owner: writes to it are counted separately."""
    if isinstance(array, Symbolic):
        return array[...]
    owner = owner_of(array)
    # The base of an array made from a memoryview is the memoryview, so the array counts as the owner of its memory.
    whole: Array = np.asarray(memoryview(owner))
    if array is owner:
        return whole
    flat = whole.ravel(order="K")
    if flat.base is None:  # a copy, since the memory, of another library, has gaps
        return np.asarray(memoryview(array))
    return np.ndarray(array.shape, array.dtype, flat, address(array) - address(whole), array.strides)


def address(array: Any) -> int:
    """Where the first element of an array lies in memory."""
    return int(array.__array_interface__["data"][0])


def places_in(before: Array, now: Array) -> tuple[Array, ...]:
    """For each element of `before` its index in `now`, an array of the same elements in the same memory."""
    places = np.empty(before.size, np.intp)
    places[_by_address(before)] = _by_address(now)
    return np.unravel_index(places.reshape(before.shape), now.shape)


def _by_address(array: Array) -> Array:
    """The flat positions of the elements of `array`, in the order of their addresses."""
    order = np.argsort([-step for step in array.strides], kind="stable")
    return np.arange(array.size).reshape(array.shape).transpose(order).ravel()


def copy_as(array: Array, dtype: Any) -> Array:
    """A copy with elements of `dtype`, in the layout of `array`; contiguous if that is expanded."""
    return converted(array, dtype) if 0 not in array.strides else array.astype(dtype, order="C")


def in_double(x: Any) -> Array:
    """`x` with elements of float64; a copy is laid out as by `copy_as`."""
    array = as_array(x)
    return array if array.dtype == np.float64 else copy_as(array, np.float64)
