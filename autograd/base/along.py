"""Sums and maxima along an axis: np.add.reduce and np.maximum.reduce, but several times faster for matrices.

NumPy starts its inner loop anew for each row. BLAS does not: the sums of the columns are the product 1ᵀ x, those of the
rows x 1, for a vector of ones. Long rows, and an array that is summed whole, are seen as short rows, whose sums NumPy
adds up in pairs. And where the largest element of a row is, is found faster than its value; those of short rows are the
maxima of a transposed copy along its columns.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

from .dtypes import Array

#: By type a vector of ones, as long as the most rows that one product adds up: sums of sums are rounded less often.
_ONES: dict[str, Array] = {"f": np.ones(1024, np.float32), "d": np.ones(1024)}
#: The numbers of elements between which this is faster: a large matrix waits for memory. And the fewest rows.
_FEW, _MANY, _ROWS = 2048, 2**22, 128
#: How many elements of a long row one product adds up: in pairs, as NumPy does it, sums are rounded less often.
_SHORT = 128
#: Rows of at most so many elements are transposed to find their maxima (measured: 29 against 77 µs for 2048 x 16).
_NARROW = 24
#: The most elements of one product. From 460,000 OpenBLAS takes another thread, which waits for memory that this one
#: has just written (measured: 850 against 85 µs to square 4096 x 128 numbers and sum the rows).
_AT_ONCE = 2**18


def sum_along(x: Array, axis: Any = 0, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Array:
    """np.add.reduce; of all elements, or of the columns or rows of a matrix, as a product with ones."""
    summed = None if x.size < _FEW or (dtype is not None and dtype != x.dtype) else matrix_along(x, axis)
    is_long = summed == "rows" and x.shape[-1] > 2 * _SHORT
    if summed is None or (is_long and x.shape[-1] % _SHORT):
        return np.add.reduce(x, axis, dtype, out, keepdims)  # type: ignore[call-overload]  # its stub wants a literal
    if summed == "all":
        flat, end = x.reshape(-1), x.size - x.size % _SHORT
        total = np.add.reduce(_sums_of_rows(flat[:end].reshape(-1, _SHORT))) + np.add.reduce(flat[end:])
        return total if out is None and not keepdims else _shaped(total, (1,) * x.ndim if keepdims else (), out)
    matrix, ones = x.reshape(-1, x.shape[-1]), _ONES[x.dtype.char]
    if summed == "rows":
        if is_long:
            sums = np.add.reduce(_sums_of_rows(x.reshape(-1, _SHORT)).reshape(-1, x.shape[-1] // _SHORT), 1)
        else:
            sums = _sums_of_rows(matrix)
        return _shaped(sums, (*x.shape[:-1], 1) if keepdims else x.shape[:-1], out)
    count = min(_AT_ONCE // x.shape[-1], len(ones))
    sums = functools.reduce(np.add, (ones[: len(rows)].dot(rows) for rows in _parts(matrix, count)))
    return _shaped(sums, (*[1] * (x.ndim - 1), *sums.shape) if keepdims else sums.shape, out)


def _parts(matrix: Array, count: int) -> Iterator[Array]:
    """A matrix in parts of at most `count` rows."""
    return (matrix[start : start + count] for start in range(0, len(matrix), count))


def _sums_of_rows(matrix: Array) -> Array:
    ones, count = _ONES[matrix.dtype.char][: matrix.shape[1]], _AT_ONCE // matrix.shape[1]
    sums = [rows.dot(ones) for rows in _parts(matrix, count)]
    return np.concatenate(sums) if len(sums) > 1 else sums[0]


def max_along(x: Array, axis: Any = 0, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Array:
    """np.maximum.reduce; of the rows of a matrix of floats, by where their largest elements are, or transposed."""
    if x.size < _FEW or matrix_along(x, axis) != "rows" or x.shape[-1] > 1024:
        return np.maximum.reduce(x, axis, dtype, out, keepdims)  # type: ignore[call-overload]  # its stub wants a literal
    rows = x.reshape(-1, x.shape[-1])
    if x.shape[-1] <= _NARROW:
        found = np.maximum.reduce(rows.T.copy(), 0)
    else:
        found = x.take(rows.argmax(1) + np.arange(0, x.size, x.shape[-1]))
    return _shaped(found, (*x.shape[:-1], 1) if keepdims else x.shape[:-1], out)


def _shaped(found: Array, shape: tuple[int, ...], out: Any) -> Array:
    found = found.reshape(shape)
    if out is None:
        return found
    np.copyto(out, found)
    return out


def matrix_along(x: Array, axis: Any) -> str | None:
    """What an axis goes along if `x` is seen as a matrix of floats: "all", its "rows", its "columns" or neither."""
    if type(x) is not np.ndarray or not x.ndim or not _FEW <= x.size <= _MANY:
        return None
    if x.dtype.char not in _ONES or not x.flags.c_contiguous:
        return None
    if axis is None:
        return "all"
    last = x.ndim - 1
    if not last or x.size < _ROWS * x.shape[-1]:
        return None
    if axis == last or axis == (last,):
        return "rows"
    leading = axis == 0 == last - 1 or axis == tuple(range(last))
    return "columns" if leading and x.shape[-1] > 1 else None


#: The quicker forms of methods of NumPy's functions.
QUICK: dict[Any, Any] = {(np.add, "reduce"): sum_along, (np.maximum, "reduce"): max_along}
