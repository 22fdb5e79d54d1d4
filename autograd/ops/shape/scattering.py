"""Reducing what is scattered to one place: sums, products, means and extremes of the elements that meet there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...core.broadcasting import expand_to
from ...core.operation import array_of, as_dtype
from ...core.tensor import Tensor, wrap
from ..arguments import check_dim
from ..elementwise.arithmetic import div
from ..elementwise.selection import masked_fill, where
from . import indexing
from .indexing import _checked, _gather_key, put_at, take_at
from .strided import places

__all__ = [
    "as_strided_scatter",
    "diagonal_scatter", "index_add", "index_copy", "index_fill", "index_put", "index_reduce", "masked_scatter", "put",
    "scatter", "scatter_add", "scatter_reduce", "select_scatter", "slice_scatter",
]  # fmt: skip


_REDUCTIONS = ("sum", "prod", "mean", "amax", "amin")


def scatter_reduce(
    input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """`input` with the elements of `src` brought together at the positions `index` along `dim`.

    Args:
        input: of any shape.
        dim: the dim that `index` speaks of.
        index: the positions, int64, of as many dims as `input`.
        src: the elements, in a shape at least that of `index`.
        reduce: "sum", "prod", "mean", "amax" or "amin", whose ties share the gradient equally.
        include_self: count the element of `input` among those that meet.

    Raises:
        RuntimeError: the reduction is none of these.

    >>> from autograd import tensor
    >>> scatter_reduce(tensor([1.0, 2.0]), 0, tensor([0, 0, 1]), tensor([3.0, 5.0, 7.0]), "amax")
    tensor([5., 7.])
    """
    axis = check_dim(dim, input.array.ndim)
    index_array = np.atleast_1d(index.array)
    key: list[Any] = list(np.indices(index_array.shape))
    key[axis] = index_array
    positions = np.arange(input.array.size).reshape(np.atleast_1d(input.array).shape)
    values = src if src.array.shape == index.array.shape else src[tuple(slice(n) for n in index.array.shape)]
    return _reduced("scatter_reduce", input, positions[tuple(key)], values, reduce, include_self)


def index_reduce(
    input: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """`input` with the slices of `source` along `dim` brought together at the positions in the vector `index`.

    Args:
        input: of any shape.
        dim: along which.
        index: (n,), the positions.
        source: as `input`, but of size n along `dim`.
        reduce: "prod", "mean", "amax" or "amin".
        include_self: count the elements of `input` among those that meet.

    Raises:
        RuntimeError: the reduction is none of these.
    """
    axis = check_dim(dim, input.array.ndim)
    positions = np.arange(input.array.size).reshape(np.atleast_1d(input.array).shape)
    places = np.take(positions, np.atleast_1d(index.array), axis)
    return _reduced("index_reduce", input, places, source, reduce, include_self)


def _reduced(name: str, input: Tensor, places: Array, values: Tensor, reduce: str, include_self: bool) -> Tensor:
    """`input` with `values` brought together at flat positions."""
    if reduce not in _REDUCTIONS:
        raise RuntimeError(f"{name}: reduce argument must be one of {', '.join(_REDUCTIONS)}, but got {reduce!r}")
    x, v, flat = input.reshape(-1), values.reshape(-1), places.reshape(-1)
    count = np.bincount(flat, minlength=x.array.size)
    if reduce in ("sum", "mean"):
        start = x if include_self else where(count > 0, 0, x)
        out = start + put_at(v, x.array.shape, flat)
        if reduce == "mean":
            number = np.maximum(count + include_self, 1)
            whole = "floor" if x.array.dtype.kind in "iu" else None
            out = div(out, wrap(number.astype(x.array.real.dtype)), rounding_mode=whole)
    elif reduce == "prod":
        out = x if include_self else where(count > 0, 1, x)
        rank = _ranks(flat)
        for r in range(int(np.max(rank, initial=-1)) + 1):
            turn = np.flatnonzero(rank == r)
            source = np.zeros(x.array.shape, np.int64)
            source[flat[turn]] = turn
            there = np.zeros(x.array.shape, bool)
            there[flat[turn]] = True
            out = out * where(there, take_at(v, source), 1)
    else:
        out = _extreme(x, v, flat, count, reduce, include_self)
    return as_dtype(out, input.array.dtype).reshape(input.array.shape)


def _ranks(places: Array) -> Array:
    """For each element, how many before it go to the same place."""
    order = np.argsort(places, kind="stable")
    ranked = places[order]
    first = np.searchsorted(ranked, ranked)
    rank = np.empty(places.shape, np.int64)
    rank[order] = np.arange(len(places)) - first
    return rank


def _extreme(x: Tensor, v: Tensor, places: Array, count: Array, reduce: str, include_self: bool) -> Tensor:
    """The extreme of what meets at each place, as the mean of its ties: so they share the gradient."""
    ufunc: Any = np.maximum if reduce == "amax" else np.minimum
    a, b = x.array, v.array
    own = (count == 0) | include_self
    kind = a.dtype
    if kind.kind == "b":
        lowest: Any = reduce != "amax"
    elif kind.kind == "f":
        lowest = -np.inf if reduce == "amax" else np.inf
    else:
        lowest = np.iinfo(kind).min if reduce == "amax" else np.iinfo(kind).max
    best = np.where(own, a, np.asarray(lowest, kind))
    ufunc.at(best, places, b)
    if kind.kind != "f":
        return wrap(best)
    self_ties = own & ((a == best) | (np.isnan(a) & np.isnan(best)))
    ties = (b == best[places]) | (np.isnan(b) & np.isnan(best[places]))
    number = self_ties + np.bincount(places[ties], minlength=len(best))
    weight = wrap((1 / np.maximum(number, 1)).astype(kind))
    if not (x.requires_grad or v.requires_grad):
        return wrap(best)
    shared = where(self_ties, x, 0) * weight + put_at(
        where(ties, v, 0) * take_at(weight, places), x.array.shape, places
    )
    return wrap(best - array_of(shared.detach()).astype(kind)) + shared if np.all(np.isfinite(best)) else shared


def as_strided_scatter(
    input: Tensor, src: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None
) -> Tensor:
    """`input` with `src` where `as_strided` would read.

    Raises:
        RuntimeError: that lies outside.
    """
    reached = places(size, stride, storage_offset or 0)
    if reached.size and not 0 <= reached.min() <= reached.max() < input.array.size:
        raise RuntimeError(
            f"as_strided_scatter: sizes {list(size)}, strides {list(stride)} and offset {storage_offset} reach outside "
            f"the {input.array.size} elements"
        )

    return put_at(input, wrap(reached), src)


def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """`input` with the elements of `src` added at `index` along `dim`: the reverse of `gather`.

    Raises:
        RuntimeError: an index is out of range, or the shapes or types do not fit.

    >>> from autograd import ones, tensor, zeros
    >>> scatter_add(zeros(3), 0, tensor([0, 0, 2]), ones(3))
    tensor([2., 0., 1.])
    """
    if input.array.dtype != src.array.dtype:
        raise RuntimeError(
            f"scatter(): Expected self.dtype to be equal to src.dtype, but got {input.dtype} and {src.dtype}"
        )
    key = _gather_key("scatter_add", input, dim, index)
    shape = index.array.shape
    if any(m > n for m, n in zip(shape, src.array.shape, strict=False)) or len(shape) != src.array.ndim:
        raise RuntimeError(
            f"scatter_add(): Expected index {list(shape)} to be no larger than src {list(src.array.shape)}"
        )
    part = take_at(src, tuple(slice(n) for n in shape)) if shape != src.array.shape else src
    return input + put_at(part, input.array.shape, key)


def scatter(
    input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: str | None = None
) -> Tensor:
    """`input` with the elements of `src`, a tensor or a number, in place of those at `index` along `dim`.

    Args:
        src: a tensor; or a number, which may be called `value`.
        reduce: "add" or "multiply" to combine the two in place of replacing the one.

    Raises:
        RuntimeError: an index is out of range, shapes or types do not fit, `reduce` is unknown, or factors need a
            gradient.
    """
    src = value if src is None else src
    key = _gather_key("scatter", input, dim, index)
    shape = index.array.shape
    if reduce is not None:
        return _scatter_reduced(input, key, shape, src, reduce)
    chosen = np.zeros(input.array.shape, bool)
    chosen[key] = True
    if isinstance(src, Tensor) and src.array.dtype != input.array.dtype:
        raise RuntimeError(
            f"scatter(): Expected self.dtype to be equal to src.dtype, but got {input.dtype} and {src.dtype}"
        )
    if not isinstance(src, Tensor):
        return where(chosen, np.asarray(src).astype(input.array.dtype)[()], input)
    part = take_at(src, tuple(slice(n) for n in shape))
    # Of several that go to one place the last stays; only that one takes part in the gradient.
    last = np.full(input.array.shape, -1, np.int64)
    last[key] = np.arange(part.array.size).reshape(shape)
    placed = take_at(part.reshape(-1), np.where(chosen, last, 0)) if part.array.size else input
    return where(chosen, placed, input)


def _scatter_reduced(input: Tensor, key: Any, shape: tuple[int, ...], src: Any, reduce: str) -> Tensor:
    """`input` with numbers added, or multiplied, at a key; the factors get no gradient."""
    if not isinstance(src, Tensor):
        src = wrap(np.full(shape, src, input.array.dtype))
    part = take_at(src, tuple(slice(n) for n in shape))
    if reduce == "add":
        return input + put_at(part, input.array.shape, key)
    if reduce != "multiply":
        raise RuntimeError(f"reduce argument must be either add or multiply, but got {reduce}")
    if part.requires_grad:
        raise RuntimeError("scatter: the derivative of reduce='multiply' for src is not implemented: detach it")
    factors = np.ones(input.array.shape, input.array.dtype)
    np.multiply.at(factors, key, part.array)
    return input * wrap(factors)


def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> Tensor:
    """`input` with the slices of `source` added, `alpha` times, at the positions in the vector `index`.

    Raises:
        RuntimeError: a position is out of range, or `source` has not the shape of such slices.
    """
    axis = check_dim(dim, input.array.ndim)
    if not input.array.ndim:
        return index_add(input.reshape(1), 0, index, source.reshape(1), alpha=alpha).reshape(())
    positions = _checked("index_add", index, input.array.shape[axis])
    expected = (*input.array.shape[:axis], positions.size, *input.array.shape[axis + 1 :])
    if (source.array.shape or (1,)) != expected:
        raise RuntimeError(f"index_add(): expected a source of shape {expected}, but got {source.array.shape}")
    key = (slice(None),) * axis + (np.atleast_1d(positions),)
    return input + put_at(source if alpha == 1 else source * alpha, input.array.shape, key)


def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """`input` with `value` in the slices along `dim` at the positions in `index`."""
    axis = check_dim(dim, input.array.ndim)
    if not input.array.ndim:
        return index_fill(input.reshape(1), 0, index, value).reshape(())
    chosen = np.zeros(input.array.shape, bool)
    chosen[(slice(None),) * axis + (_checked("index_fill", index, input.array.shape[axis]),)] = True
    return masked_fill(input, wrap(chosen), value)


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
    return input + indexing.put_at(flat, (input.array.size,), places.reshape(-1)).reshape(input.array.shape)


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
    return where(last >= 0, indexing.take_at(values, np.maximum(last, 0)), input)


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
