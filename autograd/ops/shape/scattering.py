"""Reducing what is scattered to one place: sums, products, means and extremes of the elements that meet there."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...core.operation import array_of, as_dtype
from ...core.tensor import Tensor, wrap
from ..arguments import check_dim
from ..elementwise.arithmetic import div
from ..elementwise.selection import where
from .indexing import put, take

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
        out = start + put(v, x.array.shape, flat)
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
            out = out * where(there, take(v, source), 1)
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
    shared = where(self_ties, x, 0) * weight + put(where(ties, v, 0) * take(weight, places), x.array.shape, places)
    return wrap(best - array_of(shared.detach()).astype(kind)) + shared if np.all(np.isfinite(best)) else shared
