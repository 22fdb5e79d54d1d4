"""Scattering: copies of a tensor with values written, added or reduced at positions. Nothing is written in place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...base.dtypes import Array, number_as
from ...base.symbolic import as_array, as_one_call
from ...core.broadcasting import expand_to
from ...core.memory import offsets
from ...core.operation import Operation, array_of, as_dtype, primitive
from ...core.tensor import Tensor, wrap
from ..arguments import check_dim
from ..elementwise.arithmetic import div
from ..elementwise.selection import keep, masked_fill, where
from ..new_memory import with_own_memory
from .indexing import check_index, check_vector, flat_positions, gather_key, plain_key, put_at, take_at

__all__ = [
    "as_strided_scatter", "diagonal_scatter", "index_add", "index_copy", "index_fill", "index_put", "index_reduce",
    "masked_scatter", "put", "scatter", "scatter_add", "scatter_reduce", "select_scatter", "slice_scatter",
]  # fmt: skip


# -- at an index for each element, along a dim: the reverse of gather ---------------------------------------


def scatter(
    input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: str | None = None
) -> Tensor:
    """`input` with the elements at `index` along `dim` replaced by those of `src`, a tensor or a number.

    Args:
        input: of any shape.
        dim: the dim along which `index` counts.
        index: the positions, integers, with as many dims as `input`.
        src: a tensor, or a number.
        value: another name for a number `src`.
        reduce: "add" or "multiply" to combine the elements with those of `src` instead of replacing them.

    Raises:
        RuntimeError: an index is out of range, the shapes do not fit, the dtypes differ, `reduce` is unknown, or it
            is "multiply" and `src` requires grad.
    """
    src = value if src is None else src
    key = gather_key("scatter", input, dim, index)
    shape = index.array.shape
    if reduce is not None:
        return _scatter_combined(input, key, shape, src, reduce)
    if not isinstance(src, Tensor):
        return _replaced(input, number_as(src, input.array.dtype), _positions(input, key).reshape(-1))
    part = _part_for("scatter", input, index, src)
    return _replaced(input, part.reshape(-1), _positions(input, key).reshape(-1))


def _scatter_combined(input: Tensor, key: Any, shape: tuple[int, ...], src: Any, reduce: str) -> Tensor:
    """`input` with the elements of `src` added or multiplied at a key; factors that require grad are refused."""
    if not isinstance(src, Tensor):
        src = wrap(np.full(shape, number_as(src, input.array.dtype)))
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


def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """`input` with the elements of `src` added at `index` along `dim`: the transpose of `gather`.

    Raises:
        RuntimeError: an index is out of range, the shapes do not fit, or the dtypes differ.

    >>> from autograd import ones, tensor, zeros
    >>> scatter_add(zeros(3), 0, tensor([0, 0, 2]), ones(3))
    tensor([2., 0., 1.])
    """
    key, part = gather_key("scatter_add", input, dim, index), _part_for("scatter_add", input, index, src)
    part = part.reshape(1) if input.array.ndim and not index.array.ndim else part
    return input + put_at(part, input.array.shape, key)


def _part_for(name: str, input: Tensor, index: Tensor, src: Tensor) -> Tensor:
    """The elements of `src` that belong to those of `index`: those at the same places. Beside a vector, 0-d is (1,).

    Raises:
        RuntimeError: `src` is smaller than `index`, or has another dtype than `input`.
    """
    _check_same_dtype(name, input, src)
    if len(index.array.shape) == 1 and not src.array.ndim:
        src = src.reshape(1)
    shape, given = index.array.shape, src.array.shape
    if len(shape) != len(given) or any(m > n for m, n in zip(shape, given)):
        raise RuntimeError(f"{name}(): Expected index {list(shape)} to be no larger than src {list(given)}")
    return src if shape == given else take_at(src, tuple(slice(n) for n in shape))


def _check_same_dtype(name: str, input: Tensor, src: Tensor) -> None:
    if input.array.dtype != src.array.dtype:
        raise RuntimeError(
            f"{name}(): Expected self.dtype to be equal to src.dtype, but got {input.dtype} and {src.dtype}"
        )


def scatter_reduce(
    input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """`input` with the elements of `src` that have the same `index` along `dim` reduced to one.

    Args:
        input: of any shape.
        dim: the dim along which `index` counts.
        index: the positions, int64, with as many dims as `input`.
        src: the elements, of a shape at least as large as that of `index`.
        reduce: "sum", "prod", "mean", "amax" or "amin", whose ties share the gradient equally.
        include_self: whether the element of `input` at the position is reduced with them.

    Raises:
        RuntimeError: the reduction is unknown, an index is out of range, the shapes do not fit, or the dtypes differ.

    >>> from autograd import tensor
    >>> scatter_reduce(tensor([1.0, 2.0]), 0, tensor([0, 0, 1]), tensor([3.0, 5.0, 7.0]), "amax")
    tensor([5., 7.])
    """
    key, values = gather_key("scatter_reduce", input, dim, index), _part_for("scatter_reduce", input, index, src)
    return _reduce_at("scatter_reduce", input, _positions(input, key), values, reduce, include_self)


# -- at a vector of indices, whole slices along a dim -----------------------------------------------------


def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> Tensor:
    """`input` with `alpha` times the slices of `source` added at the positions in the vector `index` along `dim`.

    Raises:
        IndexError: `index` has several dims.
        RuntimeError: a position is out of range, or `source` has another dtype, or not the shape of these slices.
    """
    axis = check_dim(dim, input.array.ndim)
    if not input.array.ndim:
        return index_add(input.reshape(1), 0, index, source.reshape(1), alpha=alpha).reshape(())
    positions = check_vector("index_add", index, input.array.shape[axis], RuntimeError)
    _check_same_dtype("index_add", input, source)
    expected = (*input.array.shape[:axis], positions.size, *input.array.shape[axis + 1 :])
    if (source.array.shape or (1,)) != expected:
        raise RuntimeError(f"index_add(): expected a source of shape {expected}, but got {source.array.shape}")
    key = (slice(None),) * axis + (positions,)
    scaled = source if alpha == 1 else source * number_as(alpha, source.array.dtype)
    return input + put_at(scaled, input.array.shape, key)


def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """`input` with the slices at the positions in `index` along `dim` filled with `value`; -1 is the last one.

    Raises:
        IndexError: a position is out of range.
        RuntimeError: `index` has several dims.
    """
    axis = check_dim(dim, input.array.ndim)
    if index.array.ndim > 1:
        raise RuntimeError(f"index_fill(): Index has to be a vector or a scalar, but got shape {index.array.shape}")
    if not input.array.ndim:
        return index_fill(input.reshape(1), 0, index, value).reshape(())
    size = input.array.shape[axis]
    positions = check_index(
        "index_fill", wrap(np.where(index.array < 0, index.array + size, index.array)), size, IndexError
    )
    filled = np.zeros(input.array.shape, bool)
    filled[(slice(None),) * axis + (positions,)] = True
    return masked_fill(input, wrap(filled), value)


def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """`input` with the slices at the positions in the vector `index` along `dim` replaced by those of `source`.

    Raises:
        IndexError: a position is out of range, `index` has several dims, or `source` has another number of
            slices.
        RuntimeError: `source` has another dtype, or slices of another shape.
    """
    _check_same_dtype("index_copy", input, source)
    if not input.array.ndim:
        return where(True, source.reshape(()), input)
    before = _dims_before(input, dim)
    places = check_vector("index_copy", index, input.array.shape[len(before)])
    axis, given = len(before), source.array.shape or (1,)
    expected = (*input.array.shape[:axis], places.size, *input.array.shape[axis + 1 :])
    if given != expected:
        fits = len(given) == len(expected) and given[axis] == places.size
        raise (RuntimeError if fits else IndexError)(
            f"index_copy(): expected a source of shape {expected}, but got {source.array.shape}"
        )
    return _replace_at(input, _positions(input, (*before, places)), source)


def index_reduce(
    input: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """`input` with the slices of `source` that have the same position in the vector `index` reduced to one.

    Args: as `scatter_reduce`, but `index` is (n,), and `source` has the shape of `input` with size n along `dim`.

    Raises:
        IndexError: a position is out of range, or `index` has several dims.
    """
    _check_same_dtype("index_reduce", input, source)
    axis = check_dim(dim, input.array.ndim)
    positions = np.arange(input.array.size).reshape(np.atleast_1d(input.array).shape)
    taken = np.take(positions, check_vector("index_reduce", index, positions.shape[axis]), axis)
    return _reduce_at("index_reduce", input, taken, source, reduce, include_self)


# -- at a slice, a diagonal, an index or a mask -----------------------------------------------------------


def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """`input` with the slice at `index` along `dim` replaced by `src`, which has its shape."""
    return _replace_part(input, _positions(input, (*_dims_before(input, dim), index)), src)


def slice_scatter(
    input: Tensor, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Tensor:
    """`input` with the slices from `start` to `end` along `dim` replaced by `src`, which has their shape."""
    return _replace_part(input, _positions(input, (*_dims_before(input, dim), slice(start, end, step))), src)


def diagonal_scatter(input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """`input` with a diagonal replaced by `src`, which has its shape."""
    return _replace_part(input, np.diagonal(_positions(input, ...), offset, dim1, dim2), src)


def _replace_part(input: Tensor, positions: Array, src: Tensor) -> Tensor:
    if src.array.shape != positions.shape:
        raise RuntimeError(f"expected src to have the size of the part, {positions.shape}, but got {src.array.shape}")
    return _replace_at(input, positions, src)


def as_strided_scatter(
    input: Tensor, src: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None
) -> Tensor:
    """`input` with the elements that `as_strided` would show replaced by `src`.

    Raises:
        RuntimeError: they are not all elements of `input`.
    """
    positions = offsets(size, stride, storage_offset or 0)
    if positions.size and not 0 <= positions.min() <= positions.max() < input.array.size:
        raise RuntimeError(
            f"as_strided_scatter: sizes {list(size)}, strides {list(stride)} and offset {storage_offset} reach outside "
            f"the {input.array.size} elements"
        )
    return put(input, wrap(positions), src)


def index_put(input: Tensor, indices: Sequence[Tensor], values: Tensor, accumulate: bool = False) -> Tensor:
    """`input` with `input[indices]` replaced by `values`, or with `values` added to it."""
    if values.array.dtype != input.array.dtype:
        raise RuntimeError(
            f"Index put requires the source and destination dtypes match, got {input.dtype} for the destination and "
            f"{values.dtype} for the source."
        )
    return _put(input, _positions(input, plain_key(tuple(indices))), values, accumulate)


def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """`input` with the elements at flat indices replaced by those of `source`, or with these added to them.

    Raises:
        RuntimeError: `source` has another dtype.
    """
    _check_same_dtype("put", input, source)
    positions = np.arange(input.array.size)[index.array]
    return _put(input, as_array(positions), source.reshape(positions.shape), accumulate)


@with_own_memory
def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """`input` with the elements where `mask` is True replaced by those of `source`, in order.

    Raises:
        RuntimeError: the mask is not boolean, or `source` has another dtype, or too few elements.
    """
    _check_same_dtype("masked_scatter", input, source)
    if mask.array.dtype != np.bool_:
        raise RuntimeError(f"masked_scatter_ only supports boolean masks, but got mask with dtype {mask.dtype}")
    shape = np.broadcast_shapes(input.array.shape, mask.array.shape)
    x = expand_to(input, shape)
    positions = _positions(x, np.broadcast_to(mask.array, shape)).reshape(-1)
    if source.array.size < positions.size:
        raise RuntimeError(
            f"masked_scatter: the mask has {positions.size} True elements, but source has only {source.array.size}"
        )
    return _replace_at(x, positions, source.reshape(-1)[: positions.size])


# -- writing at flat positions ------------------------------------------------------------------------------


def _positions(input: Tensor, key: Any) -> Array:
    """The flat positions of the elements of `input[key]`."""
    parts = key if isinstance(key, tuple) else (key,)
    return as_array(as_one_call(_positions_at, input.array.shape, *parts))


def _positions_at(shape: tuple[int, ...], *key: Any) -> Array:
    return flat_positions(key, shape)


def _dims_before(input: Tensor, dim: int) -> tuple[slice, ...]:
    """The part of a key that takes the dims before `dim` whole."""
    return (slice(None),) * check_dim(dim, input.array.ndim)


def _put(input: Tensor, positions: Array, values: Tensor, accumulate: bool) -> Tensor:
    if not accumulate:
        return _replace_at(input, positions, values)
    flat = _expanded(values, positions.shape).reshape(-1)
    return input + put_at(flat, (input.array.size,), positions.reshape(-1)).reshape(input.array.shape)


def _replace_at(input: Tensor, positions: Array, src: Tensor) -> Tensor:
    """`input` with the elements at flat positions replaced; where a position occurs several times, the last is kept.

    Raises:
        RuntimeError: `src` does not broadcast to the shape of `positions`.
    """
    if not positions.size:
        return input.clone()
    values = _expanded(as_dtype(src, input.array.dtype), positions.shape).reshape(-1)
    return _replaced(input, values, positions.reshape(-1))


def _replace(x: Array, y: Any, positions: Array) -> Array:
    out = as_array(x).copy("C")
    out.reshape(-1)[positions] = y
    return out if out.ndim else out[()]


def _is_kept(positions: Array, size: int) -> Array:
    """Which of the values written at flat positions are not overwritten by a later one."""
    numbers, last = np.arange(len(positions)), np.empty(size, np.intp)
    last[positions] = numbers
    return last[positions] == numbers


#: `x` with its elements at flat positions, a vector, replaced by those of `y`, a vector or a number.
_replaced: Operation = primitive(
    "scatter",
    _replace,
    x=lambda g, positions: _replaced(g, 0, positions),
    y=lambda g, positions: keep(take_at(g.reshape(-1), positions), as_one_call(_is_kept, positions, array_of(g).size)),
    doc="x with elements replaced by those of y: g with these set to 0; for y the elements of g, if none comes later",
)


def _expanded(src: Tensor, shape: tuple[int, ...]) -> Tensor:
    try:
        return expand_to(src, shape)
    except ValueError:
        raise RuntimeError(
            f"values of shape {src.array.shape} do not broadcast to the shape {shape} of the elements to be replaced"
        ) from None


# -- reducing at flat positions -----------------------------------------------------------------------------

_REDUCTIONS = ("sum", "prod", "mean", "amax", "amin")


def _reduce_at(name: str, input: Tensor, positions: Array, values: Tensor, reduce: str, include_self: bool) -> Tensor:
    """`input` with the `values` that have the same flat position reduced to one."""
    if reduce not in _REDUCTIONS:
        raise RuntimeError(f"{name}: reduce argument must be one of {', '.join(_REDUCTIONS)}, but got {reduce!r}")
    x, v, at = input.reshape(-1), values.reshape(-1), positions.reshape(-1)
    count = np.bincount(at, minlength=x.array.size)
    if reduce in ("sum", "mean"):
        start = x if include_self else where(count > 0, 0, x)
        out = start + put_at(v, x.array.shape, at)
        if reduce == "mean":
            number = np.maximum(count + include_self, 1)
            rounding = "floor" if x.array.dtype.kind in "iu" else None
            out = div(out, wrap(number.astype(x.array.real.dtype)), rounding_mode=rounding)
    elif reduce == "prod":
        out = _product(x if include_self else where(count > 0, 1, x), v, at)
    else:
        out = _extreme(x, v, at, count, reduce, include_self)
    return as_dtype(out, input.array.dtype).reshape(input.array.shape)


def _product(x: Tensor, v: Tensor, at: Array) -> Tensor:
    """`x` times the values at each position, multiplied one round after another, so that zeros do no harm."""
    rank = _ranks(at)
    for r in range(int(np.max(rank, initial=-1)) + 1):
        of_round = np.flatnonzero(rank == r)
        source = np.zeros(x.array.shape, np.int64)
        source[at[of_round]] = of_round
        multiplied = np.zeros(x.array.shape, bool)
        multiplied[at[of_round]] = True
        x = x * where(multiplied, take_at(v, source), 1)
    return x


def _ranks(at: Array) -> Array:
    """For each element, how many before it have the same position."""
    order = np.argsort(at, kind="stable")
    ordered = at[order]
    rank = np.empty(at.shape, np.int64)
    rank[order] = np.arange(len(at)) - np.searchsorted(ordered, ordered)
    return rank


def _extreme(x: Tensor, v: Tensor, at: Array, count: Array, reduce: str, include_self: bool) -> Tensor:
    """The largest or smallest value at each position, as the mean of its ties, so that they share the gradient."""
    ufunc: Any = np.maximum if reduce == "amax" else np.minimum
    a, b = x.array, v.array
    own = (count == 0) | include_self
    kind = a.dtype
    if kind.kind == "b":
        weakest: Any = reduce != "amax"
    elif kind.kind == "f":
        weakest = -np.inf if reduce == "amax" else np.inf
    else:
        weakest = np.iinfo(kind).min if reduce == "amax" else np.iinfo(kind).max
    best = np.where(own, a, as_array(weakest, kind))
    ufunc.at(best, at, b)
    if kind.kind != "f" or not (x.requires_grad or v.requires_grad):
        return wrap(best)
    own_ties = own & ((a == best) | (np.isnan(a) & np.isnan(best)))
    ties = (b == best[at]) | (np.isnan(b) & np.isnan(best[at]))
    number = own_ties + np.bincount(at[ties], minlength=len(best))
    weight = wrap((1 / np.maximum(number, 1)).astype(kind))
    mean = where(own_ties, x, 0) * weight + put_at(where(ties, v, 0) * take_at(weight, at), x.array.shape, at)
    # Correct the rounding of the mean, unless a value is infinite or NaN.
    return wrap(best - array_of(mean.detach()).astype(kind)) + mean if np.all(np.isfinite(best)) else mean
