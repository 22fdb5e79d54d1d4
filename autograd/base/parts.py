"""Elementwise functions of large arrays, computed in parts on several cores.

The results are those of one thread, bit for bit, since every part is computed as the whole would be.
"""

from __future__ import annotations

import functools
import math
import operator
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from . import threads

#: The bytes from which arrays may be worked on in parts. Smaller ones are in the cache of a processor, and to move half
#: of one to that of another can take longer than to compute.
LARGE = 2**20
#: A function of arrays is computed in parts if it would take longer than this, in seconds. To wake another thread takes
#: 25 to 45 µs, and more if the system puts it on the caller's processor first.
WORTH = 180e-6
#: The bytes of an array that a thread computes with at a time where several functions follow each other: what they
#: compute from them stays in the cache.
STRETCH = 2**20
#: Python's operators, which are faster than NumPy's functions for scalars, and what computes them in parts.
_OPERATORS: dict[Any, np.ufunc] = {
    operator.add: np.add, operator.mul: np.multiply, operator.sub: np.subtract, operator.truediv: np.true_divide,
}  # fmt: skip


def parts(size: int) -> list[slice]:
    """Slices of `size` elements, at least one, for each thread one: with more of them the threads wait more often."""
    step = -(-size // threads.number())
    return [slice(i, min(i + step, size)) for i in range(0, size, step)]


def stretches(part: slice, length: int) -> Iterator[slice]:
    """The slices of at most `length` elements that make up a part."""
    for start in range(part.start, part.stop, length):
        yield slice(start, min(start + length, part.stop))


def ufunc_of(function: Any) -> np.ufunc | None:
    """The function of NumPy that can compute `function` in parts."""
    return function if isinstance(function, np.ufunc) else _OPERATORS.get(function)


@functools.lru_cache(maxsize=256)
def _seconds_per_element(elementwise: Callable[..., Any], operands: int, dtype: np.dtype[Any]) -> float:
    """How long a function takes for each further element of arrays that are in the cache: measured once."""
    few, many = 2**10, 2**16
    x = np.linspace(0.25, 0.75, many).astype(dtype)
    shortest = {few: math.inf, many: math.inf}
    with np.errstate(all="ignore"):
        for size in (few, many) * 3:
            began = time.perf_counter()
            try:
                elementwise(*[x[:size]] * operands)
            except Exception:  # a user's function, which takes no such values: it is left to one thread
                return 0.0
            shortest[size] = min(shortest[size], time.perf_counter() - began)
    return (shortest[many] - shortest[few]) / (many - few)


def apply(elementwise: Callable[..., Any], *values: Any) -> Any:
    """`elementwise(*values)`, for arrays of one shape and numbers; in parts, if that pays and they are contiguous.

    Of a function that is no ufunc, each thread computes a stretch at a time, so that the arrays that the function makes
    in between stay in the cache.
    """
    arrays = [value for value in values if isinstance(value, np.ndarray)]
    shape, size, dtype = arrays[0].shape, arrays[0].size, arrays[0].dtype
    suits = threads.number() > 1 and size * _seconds_per_element(elementwise, len(values), dtype) > WORTH
    if not suits or any(array.shape != shape or not array.flags.c_contiguous for array in arrays):
        return elementwise(*values)
    flat = [value.reshape(-1) if isinstance(value, np.ndarray) else value for value in values]

    def of(part: slice) -> list[Any]:
        return [value[part] if isinstance(value, np.ndarray) else value for value in flat]

    out = np.empty(size, elementwise(*of(slice(1))).dtype)

    def compute(part: slice) -> None:
        if isinstance(elementwise, np.ufunc):
            elementwise(*of(part), out=out[part])
        else:
            for at in stretches(part, STRETCH // dtype.itemsize):
                out[at] = elementwise(*of(at))

    threads.each(compute, parts(size))
    return out.reshape(shape)
