"""Reductions along axes: sums, extremes, statistics, and sorting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..core.operation import cast as cast_array
from ..core.tensor import Tensor, wrap
from ..ops.elementwise import comparison, complex_numbers
from ..ops.reduce import cumulative, ordering, reductions as core
from ..ops.shape.indexing import take_along_dim
from ..ops.shape.reordering import flip
from ..ops.shape.reshape import unsqueeze
from . import elementwise
from .dtypes import as_dtype
from .elementwise import floats
from .errors import invalid
from .tensors import EagerTensor, checked, described, operation, tensor_of

#: The names at the top level of `autograd.tensorflow`; the others are in tf.math only.
__all__ = [
    "argmax", "argmin", "argsort", "cumsum", "reduce_all", "reduce_any", "reduce_logsumexp", "reduce_max",
    "reduce_mean", "reduce_min", "reduce_prod", "reduce_sum", "sort",
]  # fmt: skip

#: Takes a tensor, the axes (None for all), and whether to keep them with size 1.
Reduction = Callable[..., EagerTensor]


def axes_of(axis: Any) -> Any:
    """Convert axes, which may be a number, list, array or tensor, to an integer or a tuple; else TypeError."""
    if axis is None or isinstance(axis, int):
        return None if axis is None else int(axis)
    array = tensor_of(axis).array if not isinstance(axis, (list, tuple)) or axis else np.zeros(0, np.int32)
    if array.dtype.kind not in "iu" or array.ndim > 1:
        raise TypeError(f"Cannot convert {axis!r:.60} to EagerTensor of dtype int32: an axis must be an integer")
    return int(array) if not array.ndim else tuple(int(a) for a in array)


def axis_of(axis: Any) -> int:
    """Convert one axis, which may be a number, a list of one, or a tensor of one, to an integer.

    Raises:
        TypeError: the axis is something else.
    """
    found = axes_of(axis)
    found = found[0] if isinstance(found, tuple) and len(found) == 1 else found
    if not isinstance(found, int):
        raise TypeError(f"axis must be one integer, but is {axis!r:.60}")
    return found


def _reduction(op: str, function: Callable[[EagerTensor, Any, bool], Tensor], doc: str) -> Reduction:
    @described(f"reduce_{op.lower()}", doc)
    @operation(op)
    def reduce(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None) -> Tensor:
        return function(*_with_axes(tensor_of(input_tensor), axis, keepdims))

    return reduce


def _with_axes(x: EagerTensor, axis: Any, keepdims: bool | None) -> tuple[EagerTensor, Any, bool]:
    """The tensor, the axes and `keepdims` of a reduction.

    Along an empty list of axes nothing is reduced: the reduction is then along a new last axis of size 1.

    Raises:
        RuntimeError: an axis is out of range, or given twice.
    """
    axes = axes_of(axis)
    if axes == ():
        return EagerTensor.result(unsqueeze(x, -1)), -1, False
    listed, ndim = (axes if isinstance(axes, tuple) else () if axes is None else (axes,)), x.array.ndim
    for a in listed:
        if not -ndim <= a < ndim:
            raise RuntimeError(f"Invalid reduction dimension ({a} for input with {ndim} dimension(s)")
    if len({a % ndim for a in listed}) < len(listed):
        raise RuntimeError(f"Invalid reduction arguments: Axes contains duplicate dimension: {list(listed)}")
    return x, axes, bool(keepdims)


def _sum(x: EagerTensor, axis: Any, keepdims: bool) -> Tensor:
    if x.array.dtype.kind == "b":
        raise RuntimeError("Value for attr 'T' of bool is not in the list of allowed values; use tf.cast")
    return in_dtype_of(x, core.sum(x, axis, keepdims))


def mean_of(x: Tensor, axis: Any) -> Tensor:
    """The mean along axes in the dtype of `x`: that of integers truncated to an integer."""
    return _mean(EagerTensor.result(x), axis, False)


def in_dtype_of(x: Tensor, out: Tensor) -> Tensor:
    """`out` in the dtype of `x`: TensorFlow does not widen integers."""
    return out if out.array.dtype == x.array.dtype else cast_array(out, x.array.dtype)


def _mean(x: EagerTensor, axis: Any, keepdims: bool) -> Tensor:
    if x.array.dtype.kind in "iu":  # in TensorFlow the mean of integers is an integer
        total = core.sum(x, axis, keepdims).array
        count = np.size(x.array) // max(np.size(total), 1)
        return wrap(np.asarray(np.trunc(np.true_divide(total, count)), x.array.dtype)[()])
    return core.mean(x, axis, keepdims)


def _prod(x: EagerTensor, axis: Any, keepdims: bool) -> Tensor:
    floats("Prod", x, "iufc")
    if axis is None and keepdims:
        axis = tuple(range(x.array.ndim))
    if isinstance(axis, tuple):
        out: Any = x
        for a in sorted((a % x.array.ndim for a in axis), reverse=True):
            out = core.prod(out, a, keepdims, dtype=x.dtype)
        return in_dtype_of(x, out)
    out = core.prod(x, dtype=x.dtype) if axis is None else core.prod(x, axis, keepdims, dtype=x.dtype)
    return in_dtype_of(x, out)


def _max(x: EagerTensor, axis: Any, keepdims: bool) -> Tensor:
    floats("Max", x, "iuf")
    return core.amax(x, () if axis is None else axis, keepdims)


def _min(x: EagerTensor, axis: Any, keepdims: bool) -> Tensor:
    floats("Min", x, "iuf")
    return core.amin(x, () if axis is None else axis, keepdims)


def _variance(x: EagerTensor, axis: Any, keepdims: bool) -> Tensor:
    if x.array.dtype.kind not in "fc":
        raise TypeError(f"Input must be either real or complex. Received integer type {x.dtype!r}.")
    difference = elementwise.subtract(x, EagerTensor.result(core.mean(x, axis, True)))
    square = core.mean(elementwise.squared_size(difference), axis, keepdims)
    return complex_numbers.real(square) if x.array.dtype.kind == "c" else square


def _std(x: EagerTensor, axis: Any, keepdims: bool) -> Tensor:
    return elementwise.sqrt(EagerTensor.result(_variance(x, axis, keepdims)))


def _logsumexp(x: EagerTensor, axis: Any, keepdims: bool) -> Tensor:
    every = tuple(range(x.array.ndim)) if axis is None else axis
    return core.logsumexp(floats("Exp", x, "f"), every, keepdims)


reduce_sum = _reduction("Sum", _sum, "The sum along the axes.")
reduce_mean = _reduction("Mean", _mean, "The mean along the axes; of integers truncated to an integer.")
reduce_prod = _reduction("Prod", _prod, "The product along the axes.")
reduce_max = _reduction("Max", _max, "The maximum along the axes; ties share the gradient.")
reduce_min = _reduction("Min", _min, "The minimum along the axes; ties share the gradient.")
reduce_any = _reduction("Any", comparison.any, "Whether any element along the axes is true.")
reduce_all = _reduction("All", comparison.all, "Whether all elements along the axes are true.")
reduce_variance = _reduction("Variance", _variance, "The variance along the axes, not corrected for bias.")
reduce_std = _reduction("Std", _std, "The standard deviation along the axes, not corrected for bias.")
reduce_logsumexp = _reduction("LogSumExp", _logsumexp, "log Σ eˣ along the axes, without overflow.")


@operation("EuclideanNorm")
def reduce_euclidean_norm(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """The Euclidean norm √Σ|x|² along the axes, in the dtype of `x`; its gradient at 0 is NaN."""
    x, axes, keep = _with_axes(floats("EuclideanNorm", input_tensor, "iufc"), axis, keepdims)
    values: Tensor = cast_array(x, np.dtype(np.float64)) if x.array.dtype.kind in "iu" else x
    length = elementwise.sqrt(EagerTensor.result(core.sum(elementwise.squared_size(values), axes, keep)))
    return in_dtype_of(x, length)


@operation("ArgMax")
def argmax(input: Any, axis: Any = None, output_type: Any = "int64", name: str | None = None) -> Tensor:
    """The index of the largest element along an axis, by default the first; of the first one at a tie."""
    return _positions(np.argmax, input, axis, output_type)


@operation("ArgMin")
def argmin(input: Any, axis: Any = None, output_type: Any = "int64", name: str | None = None) -> Tensor:
    """The index of the smallest element along an axis, by default the first; of the first one at a tie."""
    return _positions(np.argmin, input, axis, output_type)


def _positions(find: Any, input: Any, axis: Any, output_type: Any) -> Tensor:
    x = tensor_of(input)
    along = 0 if axis is None else axis_of(axis)
    if not x.array.size or not x.array.ndim:
        raise RuntimeError(f"Reduction axis {along} is empty in shape {list(x.array.shape)}")
    return wrap(find(x.array, axis=along).astype(as_dtype(output_type).numpy))


@operation("CountNonzero")
def count_nonzero(
    input: Any, axis: Any = None, keepdims: bool = False, dtype: Any = "int64", name: str | None = None
) -> Tensor:
    """The number of nonzero elements along the axes."""
    array, axes = tensor_of(input).array, axes_of(axis)
    count = array != 0 if axes == () else np.count_nonzero(array, axis=axes, keepdims=bool(keepdims))
    return wrap(np.asarray(count, as_dtype(dtype).numpy)[()])


@operation("Cumsum")
def cumsum(x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None) -> Tensor:
    """The cumulative sum along an axis; `exclusive` excludes the element itself, `reverse` starts at the end."""
    t: Tensor = tensor_of(x)
    axis = axis_of(axis)
    t = flip(t, [axis]) if reverse else t
    out = in_dtype_of(t, cumulative.cumsum(t, axis))
    out = out - t if exclusive else out
    return flip(out, [axis]) if reverse else out


@operation("Sort")
def sort(values: Any, axis: int = -1, direction: str = "ASCENDING", name: str | None = None) -> Tensor:
    """The elements sorted along an axis, "ASCENDING" or "DESCENDING"."""
    return ordering.sort(tensor_of(values), axis_of(axis), _descending(direction), stable=True)[0]


def _descending(direction: str) -> bool:
    if direction not in ("ASCENDING", "DESCENDING"):
        raise ValueError(f"Argument `direction` should be one of 'ASCENDING' or 'DESCENDING'. Received: {direction}")
    return direction == "DESCENDING"


@operation("ArgSort")
def argsort(
    values: Any, axis: int = -1, direction: str = "ASCENDING", stable: bool = False, name: str | None = None
) -> Tensor:
    """The indices that sort the elements along an axis, "ASCENDING" or "DESCENDING"."""
    order = ordering.sort(tensor_of(values), axis_of(axis), _descending(direction), stable=True)[1]
    return wrap(order.array.astype(np.int32))


class TopK(NamedTuple):
    """The largest elements, and their indices."""

    values: EagerTensor
    indices: EagerTensor


@checked("TopKV2")
def top_k(
    input: Any, k: int = 1, sorted: bool = True, index_type: Any = "int32", name: str | None = None
) -> TopK:  # fmt: skip
    """The `k` largest elements along the last axis, and their indices, which have the dtype `index_type`.

    Raises:
        InvalidArgumentError: the axis has fewer than `k` elements.
    """
    x, k = tensor_of(input), axis_of(k)
    if not x.array.ndim or not 0 <= k <= x.array.shape[-1]:
        raise invalid("TopKV2", f"input must have at least k ({k}) columns, but its shape is {x.shape}")
    indices = np.argsort(-x.array, axis=-1, kind="stable")[..., :k]
    values = EagerTensor.result(take_along_dim(x, wrap(indices), -1))
    return TopK(values, EagerTensor(indices.astype(as_dtype(index_type).numpy)))
