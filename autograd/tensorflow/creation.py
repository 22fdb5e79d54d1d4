"""New tensors: filled, ranges, identity matrices, one-hot vectors, and shapes as tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from .dtypes import as_dtype
from .errors import invalid
from .tensors import EagerTensor, tensor_of

__all__ = [
    "eye", "fill", "linspace", "one_hot", "ones", "ones_like", "range", "rank", "shape", "size", "zeros", "zeros_like",
]  # fmt: skip


def sizes_of(shape: Any) -> tuple[int, ...]:
    """Convert a shape, which may be a number, list, array or tensor, to a tuple."""
    array = np.asarray(getattr(shape, "array", shape if isinstance(shape, int) else [int(s) for s in shape]))
    return (int(array),) if not array.ndim else tuple(int(s) for s in array)


def zeros(shape: Any, dtype: Any = "float32", name: str | None = None) -> EagerTensor:
    """A tensor of zeros.

    >>> print(zeros([2]))
    tf.Tensor([0. 0.], shape=(2,), dtype=float32)
    """
    return _filled(shape, 0, as_dtype(dtype).numpy)


def ones(shape: Any, dtype: Any = "float32", name: str | None = None) -> EagerTensor:
    """A tensor of ones."""
    return _filled(shape, 1, as_dtype(dtype).numpy)


def zeros_like(input: Any, dtype: Any = None, name: str | None = None) -> EagerTensor:
    """Zeros with the shape of another tensor, and its dtype by default."""
    x = tensor_of(input)
    return _filled(x.array.shape, 0, x.array.dtype if dtype is None else as_dtype(dtype).numpy)


def ones_like(input: Any, dtype: Any = None, name: str | None = None) -> EagerTensor:
    """Ones with the shape of another tensor, and its dtype by default."""
    x = tensor_of(input)
    return _filled(x.array.shape, 1, x.array.dtype if dtype is None else as_dtype(dtype).numpy)


def fill(dims: Any, value: Any, name: str | None = None) -> EagerTensor:
    """A tensor of one value, with the dtype of that value."""
    v = tensor_of(value)
    return _filled(dims, v.array, v.array.dtype)


def _filled(shape: Any, value: Any, kind: Any) -> EagerTensor:
    sizes = sizes_of(shape)
    if any(size < 0 for size in sizes):
        raise invalid("Fill", f"Dimensions must be >= 0, but got shape {sizes}")
    return EagerTensor(np.full(sizes, value, kind) if sizes else kind.type(value))


def range(start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: str = "range") -> EagerTensor:
    """The numbers from `start` to `limit`, exclusive, in steps of `delta`; `range(n)` is from 0 to n.

    >>> print(range(3), range(1.0, 2.0, 0.5))
    tf.Tensor([0 1 2], shape=(3,), dtype=int32) tf.Tensor([1.  1.5], shape=(2,), dtype=float32)
    """
    bounds = (0, start) if limit is None else (start, limit)
    first, last, step = (tensor_of(v).array for v in (*bounds, delta))
    kind = np.result_type(first, last, step) if dtype is None else as_dtype(dtype).numpy
    if dtype is None and kind == np.float64 and not any(v.dtype == np.float64 for v in (first, last, step)):
        kind = np.dtype(np.float32)
    if step == 0:
        raise invalid("Range", "Requires delta != 0")
    count = max(0, int(np.ceil((float(last) - float(first)) / float(step))))
    return EagerTensor((first + np.arange(count) * step).astype(kind))


def linspace(start: Any, stop: Any, num: Any, name: str | None = None, axis: int = 0) -> EagerTensor:
    """`num` evenly spaced numbers from `start` to `stop`, inclusive."""
    first, last = tensor_of(start).array, tensor_of(stop).array
    kind = np.dtype(np.float64) if first.dtype.kind in "iu" else first.dtype
    return EagerTensor(np.linspace(first, last, int(num), axis=axis).astype(kind))


def eye(
    num_rows: int, num_columns: int | None = None, batch_shape: Any = None, dtype: Any = "float32",
    name: str | None = None,
) -> EagerTensor:  # fmt: skip
    """The identity matrix, or a batch of identity matrices."""
    matrix = np.eye(num_rows, num_columns, dtype=as_dtype(dtype).numpy)
    return EagerTensor(np.array(np.broadcast_to(matrix, (*sizes_of(batch_shape or ()), *matrix.shape))))


def one_hot(
    indices: Any, depth: Any, on_value: Any = None, off_value: Any = None, axis: int | None = None, dtype: Any = None,
    name: str | None = None,
) -> EagerTensor:  # fmt: skip
    """One-hot vectors of length `depth` along a new axis, the last by default.

    Args:
        indices: integers; an index out of range gives a vector without an `on_value`.
        depth: the length of the vectors.
        on_value, off_value: the values at the index and elsewhere; 1 and 0 by default.
        axis: the position of the new axis.
        dtype: of the result; by default that of the values, else float32.

    Raises:
        TypeError: the values have different dtypes.

    >>> print(one_hot([1, -1], 3))
    tf.Tensor(
    [[0. 1. 0.]
     [0. 0. 0.]], shape=(2, 3), dtype=float32)
    """
    given = [tensor_of(v, dtype).array for v in (on_value, off_value) if v is not None]
    kind = given[0].dtype if given else np.dtype(np.float32) if dtype is None else as_dtype(dtype).numpy
    if any(v.dtype != kind for v in given):
        raise TypeError(f"dtypes of on_value and off_value must match, but are {[v.dtype.name for v in given]}")
    numbers = tensor_of(indices).array
    if numbers.dtype.kind not in "iu":
        raise invalid(
            "OneHot", f"Value for attr 'TI' of {numbers.dtype} is not in the list of allowed values: integers"
        )
    hot = np.asarray(numbers)[..., None] == np.arange(int(depth))
    on, off = 1 if on_value is None else on_value, 0 if off_value is None else off_value
    out = np.where(hot, np.asarray(on, kind), np.asarray(off, kind))
    return EagerTensor(out if axis in (None, -1) else np.moveaxis(out, -1, axis))


def shape(input: Any, out_type: Any = "int32", name: str | None = None) -> EagerTensor:
    """The shape of a tensor, as a tensor."""
    return EagerTensor(np.array(tensor_of(input).array.shape, as_dtype(out_type).numpy))


def size(input: Any, out_type: Any = "int32", name: str | None = None) -> EagerTensor:
    """The number of elements, as a tensor."""
    return EagerTensor(as_dtype(out_type).numpy.type(tensor_of(input).array.size))


def rank(input: Any, name: str | None = None) -> EagerTensor:
    """The number of axes, as a tensor."""
    return EagerTensor(np.int32(tensor_of(input).array.ndim))
