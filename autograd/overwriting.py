"""Writing into a copy: a tensor with others in place of some of its elements, which have no gradient then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .base.dtypes import Array
from .core.broadcasting import expand_to
from .core.operation import array_of, as_dtype
from .core.tensor import Tensor
from .ops.arguments import check_dim
from .ops.elementwise.selection import where
from .ops.shape import indexing


def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """`input` with `src` in place of the slice at `index` along `dim`."""
    return _written(input, _places(input, (*_before(input, dim), index)), src)


def slice_scatter(
    input: Tensor, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Tensor:
    """`input` with `src` in place of the slices from `start` to `end` along `dim`."""
    return _written(input, _places(input, (*_before(input, dim), slice(start, end, step))), src)


def diagonal_scatter(input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """`input` with `src` on a diagonal."""
    return _written(input, np.diagonal(_places(input, ...), offset, dim1, dim2), src)


def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """`input` with the slices of `source` at the positions in the vector `index` along `dim`."""
    if not input.array.ndim:
        return source.reshape(())
    return _written(input, _places(input, (*_before(input, dim), np.atleast_1d(index.array))), source)


def index_put(input: Tensor, indices: Sequence[Tensor], values: Tensor, accumulate: bool = False) -> Tensor:
    """`input` with `values` at `input[indices]`, in place of what is there or added to it."""
    return _put(input, _places(input, tuple(array_of(i) for i in indices)), values, accumulate)


def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """`input` with the elements of `source` at flat positions, in place of what is there or added to it."""
    places = np.arange(input.array.size)[index.array]
    return _put(input, np.asarray(places), source.reshape(places.shape), accumulate)


def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """`input` with the elements of `source`, one after the other, where `mask` is True.

    Raises:
        RuntimeError: the mask is not boolean, or `source` has too few elements.
    """
    if mask.array.dtype != np.bool_:
        raise RuntimeError(f"masked_scatter_ only supports boolean masks, but got mask with dtype {mask.dtype}")
    shape = np.broadcast_shapes(input.array.shape, mask.array.shape)
    x = expand_to(input, shape)
    places = _places(x, np.broadcast_to(mask.array, shape)).reshape(-1)
    if source.array.size < places.size:
        raise RuntimeError(f"masked_scatter: the mask takes {places.size} elements but source has {source.array.size}")
    return _written(x, places, source.reshape(-1)[: places.size])


def _put(input: Tensor, places: Array, values: Tensor, accumulate: bool) -> Tensor:
    if not accumulate:
        return _written(input, places, values)
    flat = _fitted(values, places.shape).reshape(-1)
    return input + indexing.put(flat, (input.array.size,), places.reshape(-1)).reshape(input.array.shape)


def _written(input: Tensor, places: Array, src: Tensor) -> Tensor:
    """`input` with `src` at flat positions; of several that go to one place the last stays.

    Raises:
        RuntimeError: the shape of `src` does not fit.
    """
    if not places.size:
        return input.clone()
    last = np.full(input.array.shape, -1, np.int64)
    last.reshape(-1)[places.reshape(-1)] = np.arange(places.size)
    values = _fitted(as_dtype(src, input.array.dtype), places.shape).reshape(-1)
    return where(last >= 0, indexing.take(values, np.maximum(last, 0)), input)


def _fitted(src: Tensor, shape: tuple[int, ...]) -> Tensor:
    try:
        return expand_to(src, shape)
    except ValueError:
        raise RuntimeError(f"values of shape {src.array.shape} cannot be written to places of {shape}") from None


def _places(input: Tensor, key: Any) -> Array:
    """The flat positions of the elements that `key` takes."""
    return np.asarray(np.arange(input.array.size).reshape(input.array.shape)[key])


def _before(input: Tensor, dim: int) -> tuple[slice, ...]:
    return (slice(None),) * check_dim(dim, input.array.ndim)
