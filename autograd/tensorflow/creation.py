"""New tensors: filled, ranges, identity matrices, one-hot vectors, and shapes as tensors."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from ..core.tensor import Tensor
from ..ops.shape import reshape
from .dtypes import as_dtype
from .elementwise import cast, pair
from .errors import invalid
from .tensors import EagerTensor, checked, operation, tensor_of

__all__ = [
    "eye", "fill", "linspace", "one_hot", "ones", "ones_like", "range", "rank", "shape", "size", "zeros", "zeros_like",
]  # fmt: skip


def sizes_of(shape: Any) -> tuple[int, ...]:
    """Convert a shape, which may be a number, list, array or tensor, to a tuple.

    Raises:
        TypeError: the sizes are not integers.
    """
    if isinstance(shape, (list, tuple)):
        sizes = [tensor_of(size).array for size in shape]
        array = np.array(sizes) if sizes else np.zeros(0, np.int64)
    else:
        array = np.asarray(tensor_of(shape).array)
    if array.dtype.kind not in "iu" or array.ndim > 1:
        raise TypeError(f"a shape must be a list of integers, but is {shape!r:.60}")
    return tuple(int(size) for size in np.atleast_1d(array))


@checked("Fill")
def zeros(shape: Any, dtype: Any = "float32", name: str | None = None) -> EagerTensor:
    """A tensor of zeros.

    >>> print(zeros([2]))
    tf.Tensor([0. 0.], shape=(2,), dtype=float32)
    """
    return _filled(shape, 0, as_dtype(dtype).numpy)


@checked("Fill")
def ones(shape: Any, dtype: Any = "float32", name: str | None = None) -> EagerTensor:
    """A tensor of ones."""
    return _filled(shape, 1, as_dtype(dtype).numpy)


@checked("ZerosLike")
def zeros_like(input: Any, dtype: Any = None, name: str | None = None) -> EagerTensor:
    """Zeros with the shape of another tensor, and its dtype by default."""
    x = tensor_of(input)
    return _filled(x.array.shape, 0, x.array.dtype if dtype is None else as_dtype(dtype).numpy)


@checked("OnesLike")
def ones_like(input: Any, dtype: Any = None, name: str | None = None) -> EagerTensor:
    """Ones with the shape of another tensor, and its dtype by default."""
    x = tensor_of(input)
    return _filled(x.array.shape, 1, x.array.dtype if dtype is None else as_dtype(dtype).numpy)


@operation("Fill")
def fill(dims: Any, value: Any, name: str | None = None) -> Tensor:
    """A tensor of one value, with the dtype of that value; the value's gradient is the sum.

    >>> fill([2], 0.5).numpy()
    array([0.5, 0.5], dtype=float32)
    """
    v, sizes = tensor_of(value), checked_sizes("Fill", dims)
    if v.array.ndim:
        raise RuntimeError(f"value must be a scalar, got shape {list(v.array.shape)}")
    return reshape.broadcast_to(v, sizes)


def checked_sizes(op: str, shape: Any) -> tuple[int, ...]:
    """Convert a shape to a tuple; InvalidArgumentError for a negative size, or more elements than memory can hold."""
    sizes = sizes_of(shape)
    if any(size < 0 for size in sizes):
        raise invalid(op, f"Dimensions must be >= 0, but got shape {sizes}")
    if math.prod(sizes) >= 2**60:
        raise invalid(op, f"shape {sizes} has too many elements")
    return sizes


def _filled(shape: Any, value: Any, kind: Any) -> EagerTensor:
    sizes = checked_sizes("Fill", shape)
    return EagerTensor(np.full(sizes, value, kind) if sizes else kind.type(value))


@checked("Range")
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
    if (last - first) / step < 0:
        raise invalid("Range", f"Requires the limit to be reached from the start: {first}, {last}, delta {step}")
    count = int(np.ceil((float(last) - float(first)) / float(step)))
    return EagerTensor((first + np.arange(count) * step).astype(kind))


@checked("LinSpace")
def linspace(start: Any, stop: Any, num: Any, name: str | None = None, axis: int = 0) -> EagerTensor:
    """`num` evenly spaced numbers from `start` to `stop`, inclusive, along a new axis; gradients reach both ends.

    Raises:
        InvalidArgumentError: `num` is not positive, or the ends have different dtypes or shapes.

    >>> linspace(0.0, 1.0, 3).numpy()
    array([0. , 0.5, 1. ], dtype=float32)
    """
    first, last = pair("LinSpace", start, stop)
    if first.array.dtype.kind in "iu":
        first, last = cast(first, "float64"), cast(last, "float64")
    count, ndim = int(num), max(first.array.ndim, last.array.ndim)
    if count < 1:
        raise invalid("LinSpace", f"Requires num > 0: {count}")
    if not -ndim - 1 <= axis <= ndim:
        raise invalid("LinSpace", f"axis {axis} is out of range for ends with {ndim} axes")
    share = np.arange(count) / max(count - 1, 1)
    share = share.reshape([-1 if i == axis % (ndim + 1) else 1 for i in builtins.range(ndim + 1)])
    ends = [EagerTensor.result(reshape.unsqueeze(end, axis if end.array.ndim else 0)) for end in (first, last)]
    return ends[0] * (1 - share).astype(first.array.dtype) + ends[1] * share.astype(first.array.dtype)


@checked("Eye")
def eye(
    num_rows: int, num_columns: int | None = None, batch_shape: Any = None, dtype: Any = "float32",
    name: str | None = None,
) -> EagerTensor:  # fmt: skip
    """The identity matrix, or a batch of identity matrices."""
    matrix = np.eye(num_rows, num_columns, dtype=as_dtype(dtype).numpy)
    return EagerTensor(np.array(np.broadcast_to(matrix, (*sizes_of(batch_shape or ()), *matrix.shape))))


@checked("OneHot")
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
    place = -1 if axis is None else axis
    if not isinstance(place, (int, np.integer)):
        raise TypeError(f"Expected int for argument 'axis' not {axis!r}.")
    if not -1 <= place < out.ndim:
        raise invalid("OneHot", f"Expected axis to be -1 or between [0, {out.ndim}). But received: {axis}")
    return EagerTensor(np.moveaxis(out, -1, place))


def shape(input: Any, out_type: Any = "int32", name: str | None = None) -> EagerTensor:
    """The shape of a tensor, as a tensor."""
    return EagerTensor(np.array(tensor_of(input).array.shape, as_dtype(out_type).numpy))


def size(input: Any, out_type: Any = "int32", name: str | None = None) -> EagerTensor:
    """The number of elements, as a tensor."""
    return EagerTensor(as_dtype(out_type).numpy.type(tensor_of(input).array.size))


def rank(input: Any, name: str | None = None) -> EagerTensor:
    """The number of axes, as a tensor."""
    return EagerTensor(np.int32(tensor_of(input).array.ndim))
