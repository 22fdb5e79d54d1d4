"""Reductions: sums, extremes and statistics along axes."""

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
from .tensors import EagerTensor, operation, tensor_of

#: What every reduction takes: a tensor, the axes (None: all), and whether they stay with size 1.
Reduction = Callable[..., EagerTensor]


def axes_of(axis: Any) -> Any:
    """Axes as an integer or a tuple: they may be given as a list, an array or a tensor."""
    if axis is None or isinstance(axis, int):
        return axis
    array = np.asarray(axis.array if isinstance(axis, Tensor) else axis)
    return int(array) if not array.ndim else tuple(int(a) for a in array)


def _reduction(op: str, function: Callable[[EagerTensor, Any, bool], Tensor], words: str) -> Reduction:
    @operation(op)
    def reduce(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None) -> Tensor:
        return function(tensor_of(input_tensor), axes_of(axis), keepdims)

    reduce.__name__ = reduce.__qualname__ = f"reduce_{op.lower()}"
    reduce.__doc__ = words
    return reduce


def _sum(x: EagerTensor, axis: Any, keepdims: bool) -> Tensor:
    if x.array.dtype.kind == "b":
        raise RuntimeError("Value for attr 'T' of bool is not in the list of allowed values: cast it first")
    return _same(core.sum(x, axis, keepdims), x)


def _same(out: Tensor, x: Tensor) -> Tensor:
    """With the integers of `x`, which TensorFlow does not widen."""
    return out if out.array.dtype == x.array.dtype else cast_array(out, x.array.dtype)


def _mean(x: EagerTensor, axis: Any, keepdims: bool) -> Tensor:
    if x.array.dtype.kind in "iu":  # TensorFlow stays with integers
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


def _any(x: EagerTensor, axis: Any, keepdims: bool) -> Tensor:
    return comparison.any(x, axis, keepdims)


def _all(x: EagerTensor, axis: Any, keepdims: bool) -> Tensor:
    return comparison.all(x, axis, keepdims)


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
reduce_mean = _reduction("Mean", _mean, "The mean along the axes; of integers cut to an integer.")
reduce_prod = _reduction("Prod", _prod, "The product along the axes.")
reduce_max = _reduction("Max", _max, "The largest along the axes; ties share the gradient.")
reduce_min = _reduction("Min", _min, "The smallest along the axes; ties share the gradient.")
reduce_any = _reduction("Any", _any, "Whether any holds along the axes.")
reduce_all = _reduction("All", _all, "Whether all hold along the axes.")
reduce_variance = _reduction("Variance", _variance, "The variance along the axes: the mean of squares about the mean.")
reduce_std = _reduction("Std", _std, "The standard deviation along the axes: the root of the variance.")
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
    """The place of the first largest element along an axis, the first if none is given."""
    return _positions(np.argmax, input, axis, output_type)


@operation("ArgMin")
def argmin(input: Any, axis: Any = None, output_type: Any = "int64", name: str | None = None) -> Tensor:
    """The place of the first smallest element along an axis, the first if none is given."""
    return _positions(np.argmin, input, axis, output_type)


def _positions(find: Any, input: Any, axis: Any, output_type: Any) -> Tensor:
    x = tensor_of(input)
    return wrap(find(x.array, axis=0 if axis is None else axes_of(axis)).astype(as_dtype(output_type).numpy))


@operation("CountNonzero")
def count_nonzero(
    input: Any, axis: Any = None, keepdims: bool = False, dtype: Any = "int64", name: str | None = None
) -> Tensor:
    """How many elements are not 0 along the axes."""
    count = np.count_nonzero(tensor_of(input).array, axis=axes_of(axis), keepdims=keepdims)
    return wrap(np.asarray(count, as_dtype(dtype).numpy)[()])


@operation("Cumsum")
def cumsum(x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None) -> Tensor:
    """Running sums along an axis; `exclusive` leaves out the element itself, `reverse` starts at the end."""
    t: Tensor = tensor_of(x)
    t = flip(t, [axis]) if reverse else t
    out = _same(cumulative.cumsum(t, axis), t)
    out = out - t if exclusive else out
    return flip(out, [axis]) if reverse else out


@operation("Sort")
def sort(values: Any, axis: int = -1, direction: str = "ASCENDING", name: str | None = None) -> Tensor:
    """The elements in order along an axis: "ASCENDING" or "DESCENDING"."""
    return ordering.sort(tensor_of(values), axis, direction == "DESCENDING", stable=True)[0]


@operation("ArgSort")
def argsort(
    values: Any, axis: int = -1, direction: str = "ASCENDING", stable: bool = False, name: str | None = None
) -> Tensor:
    """The places of the elements in their order along an axis."""
    order = ordering.sort(tensor_of(values), axis, direction == "DESCENDING", stable=True)[1]
    return wrap(order.array.astype(np.int32))


def top_k(input: Any, k: int = 1, sorted: bool = True, name: str | None = None) -> tuple[EagerTensor, EagerTensor]:
    """The `k` largest along the last axis, and their places.

    Raises:
        InvalidArgumentError: the axis has fewer than `k` elements.
    """
    positions = _first_places(input, k)
    values = take_along_dim(tensor_of(input), wrap(positions.astype(np.int64)), -1)
    return EagerTensor.result(values), EagerTensor(positions)


def _first_places(input: Any, k: int) -> Any:
    x = tensor_of(input)
    if not x.array.ndim or x.array.shape[-1] < k:
        raise invalid("TopKV2", f"input must have at least k ({k}) columns, but its shape is {x.shape}")
    return np.argsort(-x.array, axis=-1, kind="stable")[..., :k].astype(np.int32)
