"""Reductions along axes: sums, extremes, statistics, and sorting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.operation import cast as cast_array
from ..core.tensor import Tensor, wrap
from ..ops.elementwise import comparison
from ..ops.reduce import cumulative, ordering, reductions as core
from ..ops.shape.indexing import take_along_dim
from ..ops.shape.reordering import flip
from . import elementwise
from .dtypes import as_dtype
from .elementwise import floats
from .errors import invalid
from .tensors import EagerTensor, described, operation, tensor_of

#: The names at the top level of `autograd.tensorflow`; the others are in tf.math only.
__all__ = [
    "argmax", "argmin", "argsort", "cumsum", "reduce_all", "reduce_any", "reduce_logsumexp", "reduce_max",
    "reduce_mean", "reduce_min", "reduce_prod", "reduce_sum", "sort",
]  # fmt: skip

#: Takes a tensor, the axes (None for all), and whether to keep them with size 1.
Reduction = Callable[..., EagerTensor]


def axes_of(axis: Any) -> Any:
    """Convert axes, which may be a number, list, array or tensor, to an integer or a tuple."""
    if axis is None or isinstance(axis, int):
        return axis
    array = np.asarray(axis.array if isinstance(axis, Tensor) else axis)
    return int(array) if not array.ndim else tuple(int(a) for a in array)


def _reduction(op: str, function: Callable[[EagerTensor, Any, bool], Tensor], doc: str) -> Reduction:
    @described(f"reduce_{op.lower()}", doc)
    @operation(op)
    def reduce(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None) -> Tensor:
        return function(tensor_of(input_tensor), axes_of(axis), keepdims)

    return reduce


def _sum(x: EagerTensor, axis: Any, keepdims: bool) -> Tensor:
    if x.array.dtype.kind == "b":
        raise RuntimeError("Value for attr 'T' of bool is not in the list of allowed values; use tf.cast")
    return _in_dtype_of(x, core.sum(x, axis, keepdims))


def _in_dtype_of(x: Tensor, out: Tensor) -> Tensor:
    """`out` in the dtype of `x`: TensorFlow does not widen integers."""
    return out if out.array.dtype == x.array.dtype else cast_array(out, x.array.dtype)


def _mean(x: EagerTensor, axis: Any, keepdims: bool) -> Tensor:
    if x.array.dtype.kind in "iu":  # in TensorFlow the mean of integers is an integer
        total = core.sum(x, axis, keepdims).array
        count = np.size(x.array) // max(np.size(total), 1)
        return wrap(np.asarray(np.trunc(np.true_divide(total, count)), x.array.dtype)[()])
    return core.mean(x, axis, keepdims)


def _prod(x: EagerTensor, axis: Any, keepdims: bool) -> Tensor:
    if axis is None and keepdims:
        axis = tuple(range(x.array.ndim))
    if isinstance(axis, tuple):
        out: Any = x
        for a in sorted((a % x.array.ndim for a in axis), reverse=True):
            out = core.prod(out, a, keepdims, dtype=x.dtype)
        return out
    return core.prod(x, dtype=x.dtype) if axis is None else core.prod(x, axis, keepdims, dtype=x.dtype)


def _max(x: EagerTensor, axis: Any, keepdims: bool) -> Tensor:
    return core.amax(x, () if axis is None else axis, keepdims)


def _min(x: EagerTensor, axis: Any, keepdims: bool) -> Tensor:
    return core.amin(x, () if axis is None else axis, keepdims)


def _variance(x: EagerTensor, axis: Any, keepdims: bool) -> Tensor:
    if x.array.dtype.kind not in "fc":
        raise TypeError(f"Input must be either real or complex. Received integer type {x.dtype!r}.")
    difference = elementwise.subtract(x, EagerTensor.result(core.mean(x, axis, True)))
    return core.mean(elementwise.square(difference), axis, keepdims)


def _std(x: EagerTensor, axis: Any, keepdims: bool) -> Tensor:
    return elementwise.sqrt(EagerTensor.result(_variance(x, axis, keepdims)))


def _logsumexp(x: EagerTensor, axis: Any, keepdims: bool) -> Tensor:
    every = tuple(range(x.array.ndim)) if axis is None else axis
    return core.logsumexp(floats("Exp", x), every, keepdims)


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
    """The Euclidean norm along the axes; its gradient at 0 is NaN."""
    square = elementwise.square(floats("EuclideanNorm", input_tensor))
    return elementwise.sqrt(EagerTensor.result(core.sum(square, axes_of(axis), keepdims)))


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
    return wrap(find(x.array, axis=0 if axis is None else axes_of(axis)).astype(as_dtype(output_type).numpy))


@operation("CountNonzero")
def count_nonzero(
    input: Any, axis: Any = None, keepdims: bool = False, dtype: Any = "int64", name: str | None = None
) -> Tensor:
    """The number of nonzero elements along the axes."""
    count = np.count_nonzero(tensor_of(input).array, axis=axes_of(axis), keepdims=keepdims)
    return wrap(np.asarray(count, as_dtype(dtype).numpy)[()])


@operation("Cumsum")
def cumsum(x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None) -> Tensor:
    """The cumulative sum along an axis; `exclusive` excludes the element itself, `reverse` starts at the end."""
    t: Tensor = tensor_of(x)
    t = flip(t, [axis]) if reverse else t
    out = _in_dtype_of(t, cumulative.cumsum(t, axis))
    out = out - t if exclusive else out
    return flip(out, [axis]) if reverse else out


@operation("Sort")
def sort(values: Any, axis: int = -1, direction: str = "ASCENDING", name: str | None = None) -> Tensor:
    """The elements sorted along an axis, "ASCENDING" or "DESCENDING"."""
    return ordering.sort(tensor_of(values), axis, direction == "DESCENDING", stable=True)[0]


@operation("ArgSort")
def argsort(
    values: Any, axis: int = -1, direction: str = "ASCENDING", stable: bool = False, name: str | None = None
) -> Tensor:
    """The indices that sort the elements along an axis, "ASCENDING" or "DESCENDING"."""
    order = ordering.sort(tensor_of(values), axis, direction == "DESCENDING", stable=True)[1]
    return wrap(order.array.astype(np.int32))


def top_k(input: Any, k: int = 1, sorted: bool = True, name: str | None = None) -> tuple[EagerTensor, EagerTensor]:
    """The `k` largest elements along the last axis, and their indices.

    Raises:
        InvalidArgumentError: the axis has fewer than `k` elements.
    """
    x = tensor_of(input)
    if not x.array.ndim or x.array.shape[-1] < k:
        raise invalid("TopKV2", f"input must have at least k ({k}) columns, but its shape is {x.shape}")
    indices = np.argsort(-x.array, axis=-1, kind="stable")[..., :k]
    return EagerTensor.result(take_along_dim(x, wrap(indices), -1)), EagerTensor(indices.astype(np.int32))
