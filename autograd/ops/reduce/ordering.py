"""Order: extremes with their indices, sorting, searching, and distinct values. Indices are not differentiable."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...base.symbolic import as_array, as_one_call, contiguous
from ...core.errors import check_kind
from ...core.operation import array_of, as_dtype
from ...core.public import numpy_names, other_names
from ...core.tensor import Tensor, wrap
from ..arguments import check_dim
from ..elementwise.selection import maximum, minimum
from ..new_memory import with_own_memory
from ..shape.indexing import along, take_at
from . import named_results
from .reductions import amax, amin, check_not_empty

__all__ = [
    "argmax", "argmin", "argsort", "argwhere", "bincount", "bucketize", "isin", "kthvalue", "max", "median", "min",
    "msort", "nonzero", "searchsorted", "sort", "topk", "unique", "unique_consecutive",
]  # fmt: skip


def values_and_indices(input: Tensor, positions: Array, axis: int, keepdim: bool = True) -> tuple[Tensor, Tensor]:
    """The elements at `positions` along `axis`, and the positions; without `keepdim` the axis, of size 1, goes."""
    if not input.array.ndim:
        return input.clone(), wrap(np.int64(0))
    values: Tensor = take_at(input, along(positions, axis))
    return (values, wrap(positions)) if keepdim else (values.squeeze(axis), wrap(positions.squeeze(axis)[()]))


@numpy_names
def max(input: Tensor, dim: Any = None, keepdim: bool = False, *, other: Tensor | None = None) -> Any:
    """The largest element; with a dim, the values and indices along it; with another tensor, `maximum`.

    Without a dim, ties share the gradient equally; along a dim, the first of them gets it.

    Raises:
        RuntimeError: `input` is empty.
        IndexError: the dim has size 0.

    >>> from autograd import tensor
    >>> max(tensor([[1, 5], [4, 2]]), dim=1).indices
    tensor([1, 0])
    """
    if other is not None or isinstance(dim, Tensor):
        return maximum(input, dim if other is None else other)
    if dim is None:
        return _extreme_of_all("max", amax, input)
    return named_results.max(*_extreme_along("max", np.argmax, input, dim, keepdim))


@numpy_names
def min(input: Tensor, dim: Any = None, keepdim: bool = False, *, other: Tensor | None = None) -> Any:
    """The smallest element; with a dim, the values and indices along it; with another tensor, `minimum`: as `max`."""
    if other is not None or isinstance(dim, Tensor):
        return minimum(input, dim if other is None else other)
    if dim is None:
        return _extreme_of_all("min", amin, input)
    return named_results.min(*_extreme_along("min", np.argmin, input, dim, keepdim))


def _extreme_of_all(name: str, reduce: Callable[[Tensor], Tensor], input: Tensor) -> Tensor:
    if not input.array.size:
        raise RuntimeError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify 'dim'.")
    return reduce(input)


def _extreme_along(name: str, find: Any, input: Tensor, dim: int, keepdim: bool) -> tuple[Tensor, Tensor]:
    axis = check_dim(dim, input.array.ndim)
    check_not_empty(name, input, [axis])
    return values_and_indices(input, _found(find, np.atleast_1d(input.array), axis, True), axis, keepdim)


def _found(find: Any, array: Array, axis: int | None, keepdim: bool) -> Array:
    """np.argmax or np.argmin; down the columns of a matrix, as along the rows of its transpose."""
    if axis == 0 and array.ndim == 2:  # NumPy, too, transposes it, but not in strips
        return find(contiguous(array.T), 1, keepdims=keepdim).T
    return find(array, axis, keepdims=keepdim)


def _arg(name: str, find: Any, input: Tensor, dim: int | None, keepdim: bool) -> Tensor:
    axis = None if dim is None else check_dim(dim, input.array.ndim)
    check_not_empty(name, input, range(input.array.ndim) if axis is None else [axis])
    if not input.array.ndim:
        return wrap(np.int64(0))
    return wrap(as_array(_found(find, input.array, axis, keepdim))[()])


@numpy_names
def argmax(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """The index of the (first) largest element: in the flattened tensor, or along `dim`.

    >>> from autograd import tensor
    >>> argmax(tensor([1.0, 3.0, 2.0]))
    tensor(1)
    """
    return _arg("argmax", np.argmax, input, dim, keepdim)


@numpy_names
def argmin(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """The index of the (first) smallest element: in the flattened tensor, or along `dim`."""
    return _arg("argmin", np.argmin, input, dim, keepdim)


def order_along(array: Array, axis: int, descending: bool) -> Array:
    """The indices that sort an array along an axis, stably; NaN is larger than all numbers, as in NumPy and PyTorch."""
    if type(array) is np.ndarray and array.dtype == np.float32 and array.shape[axis] >= _MANY:
        return _order_of_singles(array, axis, descending)
    if not descending:
        return np.argsort(array, axis, kind="stable")
    size = array.shape[axis]
    return np.flip(size - 1 - np.argsort(np.flip(array, axis), axis, kind="stable"), axis)


#: From this length on, `_order_of_singles` is quicker than a stable argsort.
_MANY = 64


def _order_of_singles(array: Array, axis: int, descending: bool) -> Array:
    """`order_along` for float32, by a sort of 64-bit integers that hold the rank of an element above its index."""
    bits = np.moveaxis(array + 0, axis, -1).view(np.int32)  # + 0: -0.0 becomes 0.0, so that they are equal
    ranks = bits ^ (bits >> 31 & 0x7FFFFFFF)  # the order of negative floats is the reverse of that of their bits
    ranks[np.isnan(bits.view(np.float32))] = 0x7FFFFFFF
    keys = (~ranks if descending else ranks).astype(np.int64) << 32 | np.arange(bits.shape[-1])
    keys.sort()
    return np.moveaxis(keys & 0xFFFFFFFF, -1, axis)


#: The number of elements from which it pays to find places in the order without sorting all elements.
_LARGE = 4096


def _has_nan(array: Array) -> bool:
    return array.dtype.kind == "f" and bool(np.isnan(array).any())


def first_along(array: Array, k: int, axis: int, descending: bool) -> Array:
    """The first `k` indices of `order_along`: the elements up to the k-th are found, and only they are sorted."""
    n = array.shape[axis]
    if array.size < _LARGE or k < 1 or 8 * k > n or _has_nan(array):
        return order_along(array, axis, descending).take(range(k), axis)
    if k <= _ROUNDS and array.dtype.kind == "f":
        found = _first_in_rounds(np.moveaxis(array, axis, -1), k, descending)
        if found is not None:
            return np.moveaxis(found, -1, axis)
    place = n - k if descending else k - 1
    kth = np.partition(array, place, axis).take([place], axis)
    chosen = array > kth if descending else array < kth
    equal = array == kth
    missing = k - chosen.sum(axis, keepdims=True)
    if np.any(equal.sum(axis, keepdims=True) > missing):  # of equal elements the first
        equal &= np.cumsum(equal, axis) <= missing
    rows = np.moveaxis(chosen | equal, axis, -1)
    found = np.moveaxis(np.nonzero(rows)[-1].reshape(*rows.shape[:-1], k), -1, axis)
    order = order_along(np.take_along_axis(array, found, axis), axis, descending)
    return np.take_along_axis(found, order, axis)


#: Up to this number of elements, it is quicker to look for one after the other.
_ROUNDS = 16


def _first_in_rounds(rows: Array, k: int, descending: bool) -> Array | None:
    """`first_along` for the last axis: the first element, then that of the rest. None if the last infinity is found."""
    left, last = rows.reshape(-1, rows.shape[-1]).copy(), -np.inf if descending else np.inf
    found, each = np.empty((len(left), k), np.intp), np.arange(len(left))
    for i in range(k):
        found[:, i] = left.argmax(1) if descending else left.argmin(1)
        if np.any(left[each, found[:, i]] == last):
            return None
        left[each, found[:, i]] = last
    return found.reshape(*rows.shape[:-1], k)


def nth_along(array: Array, n: int, axis: int) -> Array:
    """The index at place `n` of `order_along`, from the smallest element on; the axis is kept with size 1."""
    value = np.partition(array, n, axis).take([n], axis) if array.size >= _LARGE else None
    if value is None or _has_nan(value):
        return order_along(array, axis, False).take([n], axis)
    equal, smaller = array == value, (array < value).sum(axis, keepdims=True)
    if np.any(smaller < n):  # some of equal elements come before
        equal &= np.cumsum(equal, axis) > n - smaller
    return equal.argmax(axis, keepdims=True)


@numpy_names
def sort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> named_results.sort:
    """The elements in order along `dim`, and their indices in `input`; always stable.

    >>> from autograd import tensor
    >>> sort(tensor([3, 1, 2])).values
    tensor([1, 2, 3])
    """
    check_kind("sort", input.array.dtype, "biuf")
    axis = check_dim(dim, input.array.ndim)
    positions = contiguous(order_along(np.atleast_1d(input.array), axis, descending))
    return named_results.sort(*values_and_indices(input, positions, axis))


@numpy_names
def argsort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> Tensor:
    """The indices that sort the elements along `dim`."""
    return sort(input.detach(), dim, descending, stable).indices


@numpy_names
def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> named_results.topk:
    """The `k` largest or smallest elements along `dim` in order, and their indices.

    Raises:
        RuntimeError: the dim has fewer than `k` elements.
    """
    check_kind("topk", input.array.dtype, "biuf")
    axis = check_dim(dim, input.array.ndim)
    size = input.array.shape[axis] if input.array.ndim else 1
    if not 0 <= k <= size:
        raise RuntimeError(f"topk: selected index k ({k}) out of range for dimension {dim} of size {size}")
    positions = contiguous(as_one_call(first_along, np.atleast_1d(input.array), k, axis, largest))
    return named_results.topk(*values_and_indices(input, positions, axis))


@numpy_names
def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> named_results.kthvalue:
    """The k-th smallest element along `dim`, counted from 1, and its index.

    Raises:
        RuntimeError: the dim has fewer than `k` elements, or `k` is not positive.
    """
    axis = check_dim(dim, input.array.ndim)
    if not 1 <= k <= (input.array.shape[axis] if input.array.ndim else 1):
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {axis}: k={k}")
    positions = as_one_call(nth_along, np.atleast_1d(input.array), k - 1, axis)
    return named_results.kthvalue(*values_and_indices(input, positions, axis, keepdim))


def shared_among_equals(input: Tensor, value: Tensor) -> Tensor:
    """`value`, an element of `input`, with a gradient that all elements equal to it share."""
    equal = (input.array == value.array) | (np.isnan(input.array) & np.isnan(value.array))
    return amax(take_at(input, equal))


@numpy_names
def median(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The median, of an even number of elements the lower one; NaN if an element is NaN.

    With a dim: the values and indices along it; the element at the index gets the gradient. Without one, the gradient
    is shared by all elements equal to the median.
    """
    if dim is None:
        if not input.array.size and input.array.dtype.kind == "f":
            return input.sum() * math.nan
        return shared_among_equals(input, median(input.detach().reshape(-1), 0).values)
    axis = check_dim(dim, input.array.ndim)
    check_not_empty("median", input, [axis])
    array = np.atleast_1d(input.array)
    middle = as_one_call(nth_along, array, (array.shape[axis] - 1) // 2, axis)
    if array.dtype.kind == "f":
        nan = np.isnan(array)
        middle = np.where(nan.any(axis, keepdims=True), nan.argmax(axis, keepdims=True), middle)
    return named_results.median(*values_and_indices(input, middle, axis, keepdim))


def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The distinct elements in order, or distinct slices along `dim`; optionally with inverse indices and counts."""
    axis = None if dim is None else check_dim(dim, input.array.ndim)
    distinct: Any = np.unique  # the type stub accepts literal flags only
    out = distinct(input.array, return_inverse=return_inverse, return_counts=return_counts, axis=axis, equal_nan=False)
    if not isinstance(out, tuple):
        return wrap(out)
    parts = list(out)
    if return_inverse:
        parts[1] = parts[1].reshape(input.array.shape if axis is None else -1)
    return tuple(wrap(part) for part in parts)


@with_own_memory
def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """The indices of the nonzero elements: a row for each, or with `as_tuple` a tensor for each dim."""
    if as_tuple:
        return tuple(wrap(indices) for indices in np.nonzero(np.atleast_1d(input.array)))
    return wrap(np.argwhere(input.array))


def argwhere(input: Tensor) -> Tensor:
    """The indices of the nonzero elements: a row for each."""
    rows: Tensor = nonzero(input)
    return rows


def searchsorted(
    sorted_sequence: Tensor,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
) -> Tensor:
    """The indices at which elements can be inserted into a sorted sequence so that it stays sorted.

    Args:
        sorted_sequence: (n,), or (*, n), of which each row is searched for the row of `input`.
        input: (*, m); for a single sequence a tensor of any shape, or a number.
        out_int32: whether the indices are int32 instead of int64.
        right: whether an element is inserted after equal ones; the same as `side="right"`.
        side: "left" or "right".
        sorter: the indices that sort `sorted_sequence`, if it is not sorted.

    Raises:
        RuntimeError: `side` is neither "left" nor "right" or contradicts `right`, or the leading dims differ.

    >>> from autograd import tensor
    >>> searchsorted(tensor([1, 3, 5]), tensor([3, 4]))
    tensor([1, 2])
    """
    if side not in (None, "left", "right"):
        raise RuntimeError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
    if right and side == "left":
        raise RuntimeError("torch.searchsorted(): side and right can't be set to opposites, got side of left")
    where: Any = "right" if right or side == "right" else "left"
    rows, values = as_array(sorted_sequence.array), as_array(input.array if isinstance(input, Tensor) else input)
    if sorter is not None:
        rows = np.take_along_axis(rows, as_array(sorter.array), -1)
    if rows.ndim <= 1:
        out = as_array(np.searchsorted(rows, values, where))
    elif rows.shape[:-1] == values.shape[:-1]:
        out = np.zeros(values.shape, np.int64)
        for row in np.ndindex(rows.shape[:-1]):
            out[row] = np.searchsorted(rows[row], values[row], where)
    else:
        raise RuntimeError(
            f"torch.searchsorted(): the leading dims of the sequence {rows.shape} and the values {values.shape} differ"
        )
    return wrap(out.astype(np.int32 if out_int32 else np.int64)[()])


def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often each number from 0 on occurs; with `weights`, the sum of its weights, of float64 unless of float32."""
    if weights is None:
        return wrap(np.bincount(input.array, None, minlength))
    kind = np.float32 if weights.array.dtype == np.float32 else np.float64
    return wrap(np.bincount(input.array, weights.array, minlength).astype(kind))


def msort(input: Tensor) -> Tensor:
    """The elements sorted along the first dim."""
    return sort(input, 0).values


@other_names(element="elements", test_element="test_elements")
def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Whether each element is among `test_elements`; with `invert`, whether it is not."""
    return wrap(np.isin(array_of(elements), array_of(test_elements), assume_unique=assume_unique, invert=invert)[()])


def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The first element, or slice along `dim`, of each run of equal ones; optionally with inverse and counts."""
    x = np.moveaxis(input.array, dim, 0) if dim is not None else input.array.reshape(-1)
    differs = np.any(x[1:] != x[:-1], axis=tuple(range(1, x.ndim)))
    first = np.concatenate([np.ones(1 if len(x) else 0, np.bool_), differs])
    out = np.ascontiguousarray(np.moveaxis(x[first], 0, dim or 0))
    inverse = np.cumsum(first) - 1
    counts = np.bincount(inverse)
    wanted = [wrap(inverse if dim is not None else inverse.reshape(input.array.shape))] if return_inverse else []
    wanted += [wrap(counts)] if return_counts else []
    return (wrap(out), *wanted) if wanted else wrap(out)


def bucketize(input: Any, boundaries: Tensor, *, out_int32: bool = False, right: bool = False) -> Tensor:
    """The index of the interval between the sorted `boundaries` that each element lies in."""
    out = searchsorted(boundaries, input, right=right)
    return as_dtype(out, np.dtype(np.int32)) if out_int32 else out
