"""Scatter updates into a tensor by index, and reduce rows by segment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.tensor import Tensor, wrap
from ..ops.elementwise import arithmetic
from ..ops.reduce import reductions
from ..ops.shape import indexing, reshape
from ..ops.shape.joining import cat, stack
from .creation import sizes_of
from .elementwise import divide, pair
from .reductions import in_dtype_of, mean_of
from .tensors import EagerTensor, described, operation, tensor_of

#: The names at the top level of `autograd.tensorflow`; the others are in tf.math.
__all__ = ["scatter_nd", "tensor_scatter_nd_add", "tensor_scatter_nd_sub", "tensor_scatter_nd_update"]


def coordinates_of(indices: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """The key of NumPy indexing for coordinates along the last axis of `indices`, which must be in range."""
    coordinates = np.asarray(tensor_of(indices).array)
    if not coordinates.ndim or coordinates.dtype.kind not in "iu" or coordinates.shape[-1] > len(shape):
        raise RuntimeError(
            f"indices of shape {coordinates.shape} and dtype {coordinates.dtype} must hold vectors of at most "
            f"{len(shape)} integers, to index into shape {list(shape)}"
        )
    outside = (coordinates < 0) | (coordinates >= np.array(shape[: coordinates.shape[-1]]))
    if outside.any():
        raise RuntimeError(f"indices {coordinates[outside.any(-1)][0].tolist()} do not index into shape {list(shape)}")
    return tuple(coordinates[..., i] for i in range(coordinates.shape[-1]))


@operation("ScatterNd")
def scatter_nd(indices: Any, updates: Any, shape: Any, name: str | None = None) -> Tensor:
    """Zeros of a shape with the updates added at the indices, whose last axis holds the coordinates.

    >>> print(scatter_nd([[1], [3], [1]], [9.0, 10.0, 2.0], [4]))
    tf.Tensor([ 0. 11.  0. 10.], shape=(4,), dtype=float32)
    """
    sizes = sizes_of(shape)
    return indexing.put_at(tensor_of(updates), sizes, coordinates_of(indices, sizes))


def _tensor_scatter(word: str, function: Callable[[Tensor, Tensor], Tensor], verb: str) -> Callable[..., EagerTensor]:
    op = f"TensorScatter{word}"

    @described(f"tensor_scatter_nd_{word.lower()}", f"The tensor with the updates {verb} at the indices.")
    @operation(op)
    def scatter(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Tensor:
        a, b = pair(op, tensor, updates)
        return function(a, indexing.put_at(b, a.array.shape, coordinates_of(indices, a.array.shape)))

    return scatter


tensor_scatter_nd_add = _tensor_scatter("Add", arithmetic.add, "added")
tensor_scatter_nd_sub = _tensor_scatter("Sub", arithmetic.sub, "subtracted")


@operation("TensorScatterUpdate")
def tensor_scatter_nd_update(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Tensor:
    """The tensor with the elements at the indices replaced; of several updates of an element the last one counts.

    >>> print(tensor_scatter_nd_update([1.0, 2.0, 3.0], [[1]], [9.0]))
    tf.Tensor([1. 9. 3.], shape=(3,), dtype=float32)
    """
    a, b = pair("TensorScatterUpdate", tensor, updates)
    key = coordinates_of(indices, a.array.shape)
    # The number of the update that each element comes from, counted from 1; 0 for the tensor's own elements.
    source = np.zeros(a.array.shape, np.int64)
    source[key] = np.arange(1, b.array.size + 1).reshape(b.array.shape)
    both = cat([reshape.reshape(a, (-1,)), reshape.reshape(b, (-1,))], 0)
    own = np.arange(a.array.size).reshape(a.array.shape)
    return indexing.getitem(both, np.where(source == 0, own, a.array.size + source - 1))


# -- segments ------------------------------------------------------------------------------------------------


def _checked_ids(x: Tensor, segment_ids: Any) -> Any:
    ids = np.asarray(tensor_of(segment_ids).array)
    if ids.shape != x.array.shape[: ids.ndim]:
        raise RuntimeError(f"segment_ids of shape {ids.shape} must be a prefix of the data's shape {x.array.shape}")
    return ids


@operation("UnsortedSegmentSum")
def unsorted_segment_sum(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
    """For each segment the sum of its rows; rows with a negative segment number are ignored.

    >>> print(unsorted_segment_sum([1.0, 2.0, 3.0], [0, 1, 0], 2))
    tf.Tensor([4. 2.], shape=(2,), dtype=float32)
    """
    x = tensor_of(data)
    ids = _checked_ids(x, segment_ids)
    counted = ids >= 0
    if ids.size and ids.max() >= int(num_segments):
        raise RuntimeError(f"segment_ids contains {ids.max()}, which is not in [0, {int(num_segments)})")
    rows = indexing.getitem(x, counted)
    return indexing.put_at(rows, (int(num_segments), *x.array.shape[ids.ndim :]), (ids[counted],))


@operation("UnsortedSegmentMean")
def unsorted_segment_mean(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
    """For each segment the mean of its rows; 0 if it has none."""
    x = tensor_of(data)
    ids = _checked_ids(x, segment_ids)
    total = unsorted_segment_sum(x, ids, num_segments)
    counts = np.maximum(np.bincount(ids[ids >= 0], minlength=int(num_segments)), 1).astype(x.array.dtype)
    return divide(total, EagerTensor(counts.reshape(-1, *[1] * (total.array.ndim - 1))))


def _segments(op: str, reduce: Callable[[Tensor], Tensor], noun: str) -> Callable[..., EagerTensor]:
    @described(op, f"For each segment the {noun} of its rows, 0 if it has none; the segment numbers must be sorted.")
    @operation(op)
    def segment(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
        x = tensor_of(data)
        ids = _checked_ids(x, segment_ids)
        if ids.ndim != 1 or (np.diff(ids) < 0).any() or (ids < 0).any():
            raise RuntimeError(
                f"segment ids are not increasing: {ids.tolist()}; use unsorted_segment_sum for unsorted ones"
            )
        rows = [indexing.getitem(x, ids == number) for number in range(int(ids.max(initial=-1)) + 1)]
        empty = wrap(np.zeros(x.array.shape[1:], x.array.dtype))
        return stack([reduce(part) if len(part.array) else empty for part in rows])

    return segment


segment_sum = _segments("SegmentSum", lambda rows: in_dtype_of(rows, reductions.sum(rows, 0)), "sum")
segment_mean = _segments("SegmentMean", lambda rows: mean_of(rows, 0), "mean")
segment_max = _segments("SegmentMax", lambda rows: reductions.amax(rows, 0), "maximum")
segment_min = _segments("SegmentMin", lambda rows: reductions.amin(rows, 0), "minimum")
