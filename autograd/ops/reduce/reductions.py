"""Reductions: sums, means, products, extremes, variances, norms and log-sum-exp."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...base.along import max_along, sum_along
from ...base.dtypes import Array, promote_numpy, to_numpy_dtype
from ...base.half_precision import HALF, SINGLE, in_single, single
from ...base.symbolic import Symbolic, as_array, contiguous
from ...core.broadcasting import sum_to
from ...core.errors import check_kind, not_a_tensor
from ...core.operation import Operation, array_of, as_dtype, cast, primitive, unary
from ...core.public import numpy_names
from ...core.tensor import Tensor, wrap
from ..arguments import check_dim, check_dims, sizes_of
from ..elementwise.arithmetic import abs as absolute, pow as power, square
from ..elementwise.composites import as_float
from ..elementwise.elementary import exp
from ..elementwise.selection import keep, where
from ..half_precision import in_single_precision
from ..new_memory import with_own_memory
from ..shape.diagonals import diagonal
from ..shape.joining import join
from . import named_results

__all__ = [
    "amax", "amin", "aminmax", "logsumexp", "mean", "nansum", "prod", "std", "std_mean", "sum", "trace", "var",
    "var_mean",
]  # fmt: skip


Dims = int | tuple[int, ...] | list[int] | None


def _restore(g: Array, axes: tuple[int, ...] | None, keepdims: bool) -> Array:
    """`g` with dims of size 1 where the reduction dropped them."""
    if axes is None or keepdims or not np.ndim(g) and not axes:
        return g
    kept = list(g.shape)
    for axis in sorted(axes):
        kept.insert(axis, 1)
    return g.reshape(kept)


def _spread(x: Array, shape: tuple[int, ...], axes: tuple[int, ...] | None, keepdims: bool) -> Array:
    x = _restore(x, axes, keepdims)
    if isinstance(x, Symbolic):
        return np.copy(np.broadcast_to(x, shape), order="C")
    return np.full(shape, x)  # which takes a third of the time


#: The transpose of a sum: each value is copied to all elements of the group that was summed.
spread = primitive(
    "spread",
    _spread,
    x=lambda g, axes, keepdims: sum_axes(g, axes, keepdims),
    doc="Each value copied to the group of elements that a reduction summed: the sum of g over the group",
)


def _sum(x: Array, axes: tuple[int, ...] | None, keepdims: bool) -> Array:
    if x.dtype == HALF:
        return sum_along(single(x), axes, keepdims=keepdims).astype(HALF)
    return sum_along(x, axes, x.dtype, None, keepdims)


sum_axes: Operation = primitive(
    "sum",
    _sum,
    x=lambda g, x_shape, axes, keepdims: spread(g, x_shape, axes, keepdims),
    doc="The sum along dims, in the dtype of x: g copied along them",
)


def _count(shape: tuple[int, ...], axes: Sequence[int] | None) -> int:
    return math.prod(shape if axes is None else [shape[axis] for axis in axes])


def _mean(x: Array, axes: tuple[int, ...] | None, keepdims: bool) -> Array:
    return np.true_divide(sum_along(x, axes, keepdims=keepdims), _count(np.shape(x), axes), dtype=x.dtype)


def _shared(g: Any, count: int) -> Any:
    """g / count; of float16, in which the count may be infinite, computed in float32."""
    return g / count if array_of(g).dtype != HALF else cast(cast(g, SINGLE) / count, HALF)


_mean_axes = primitive(
    "mean",
    in_single(_mean),
    x=lambda g, x_shape, axes, keepdims: spread(_shared(g, _count(x_shape, axes)), x_shape, axes, keepdims),
    doc="The mean along dims: g / n, copied along them",
)


def _typed(name: str, x: Any, dtype: Any) -> Tensor:
    """The operand of a reduction, converted to `dtype` if that is given.

    Raises:
        TypeError: it is not a Tensor.
    """
    if not isinstance(x, Tensor):
        raise TypeError(f"{name}(): argument 'input' must be {not_a_tensor(x)}")
    return x if dtype is None else as_dtype(x, to_numpy_dtype(dtype))


def addable(name: str, x: Any, dtype: Any) -> Tensor:
    """The operand of a sum or product: without a `dtype`, integers and booleans become int64."""
    x = _typed(name, x, dtype)
    return as_dtype(x, np.dtype(np.int64)) if dtype is None and x.array.dtype.kind in "biu" else x


def _axes_of(dim: Any, ndim: int) -> tuple[int, ...] | None:
    """The dims to reduce, as numbers from 0; None, which means all, if no dim is given."""
    return None if dim is None or dim == () or dim == [] else check_dims(dim, ndim)


@numpy_names
def sum(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The sum of all elements, or along `dim`. The sum of integers and booleans is int64.

    >>> from autograd import ones
    >>> sum(ones(2, 3), dim=1)
    tensor([3., 3.])
    """
    x = input if dtype is None and input.array.dtype.kind in "fc" else addable("sum", input, dtype)
    axes = None if dim is None else _axes_of(dim, x.array.ndim)
    return sum_axes(x, axes, keepdim)


@numpy_names
def mean(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The mean of all elements, or along `dim`.

    Raises:
        RuntimeError: the elements are integers or booleans.

    >>> from autograd import tensor
    >>> mean(tensor([1.0, 2.0, 6.0]))
    tensor(3.)
    """
    x = _typed("mean", input, dtype)
    if x.array.dtype.kind in "biu":
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
            f"Got: {x.dtype}; convert it with .float() or pass dtype="
        )
    axes = None if dim is None else _axes_of(dim, x.array.ndim)
    return _mean_axes(x, axes, keepdim)


@numpy_names
def nansum(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The sum of all elements, or along `dim`, with NaN counted as 0."""
    return sum(keep(input, ~np.isnan(input.array)), dim, keepdim, dtype=dtype)


def _prod(x: Array, axis: int) -> Array:
    x = x.swapaxes(0, axis)
    while len(x) > 8:  # in pairs, faster than along the rows
        half = len(x) // 2
        pairs = x[:half] * x[half : 2 * half]
        x = np.concatenate([pairs, x[2 * half :]]) if len(x) % 2 else pairs
    return np.multiply.reduce(x, 0, x.dtype, keepdims=True).swapaxes(0, axis)


def _others(x: Any) -> Any:
    """For each slice along the first dim the product of the others: in pairs, so that no factor is divided by."""
    n = len(x)
    half = n // 2
    if not half:
        return np.ones(np.shape(array_of(x)), array_of(x).dtype)
    left, right, rest = x[:half], x[half : 2 * half], x[2 * half :]
    of_pairs = _others(join([left * right, rest], (0, half, n - half), 0))
    return join([right * of_pairs[:half], left * of_pairs[:half], of_pairs[half:]], (0, half, 2 * half, n), 0)


def _first(x: Any, axis: int) -> Any:
    """`x` with an axis first, laid out in that order."""
    x = x.swapaxes(0, axis)
    return x if isinstance(x, Tensor) else contiguous(x)


_product = primitive(
    "prod",
    in_single(_prod),
    x=lambda g, x, axis: g * _others(_first(x, axis)).swapaxes(0, axis),
    doc="The product along a dim, which is kept: g times the product of the other factors",
)


@numpy_names
@with_own_memory
@in_single_precision
def prod(input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The product of all elements, or along `dim`.

    The gradient is right where factors are 0.

    >>> from autograd import tensor
    >>> prod(tensor([2.0, 3.0, 4.0]))
    tensor(24.)
    """
    x = addable("prod", input, dtype)
    axis = 0 if dim is None else check_dim(dim, x.array.ndim)
    if dim is None or not x.array.ndim:
        return _product(x.reshape(-1), 0)[0]
    out = _product(x, axis)
    return out if keepdim else out.squeeze(axis)


# -- extremes ---------------------------------------------------------------------------------------


def _is_extreme(x: Any, out: Any, axes: tuple[int, ...] | None, keepdims: bool) -> Array:
    """Where `x` equals the extreme value of its group; NaN counts as an extreme."""
    x, top = array_of(x), _restore(as_array(array_of(out)), axes, keepdims)
    return (x == top) | (np.isnan(x) & np.isnan(top))


def _share_among_ties(g: Any, x: Any, out: Any, axes: tuple[int, ...] | None, keepdims: bool) -> Any:
    """The cotangent of an extreme value, shared equally among its ties."""
    ties = _is_extreme(x, out, axes, keepdims)
    count = np.add.reduce(ties, axes, keepdims=True, dtype=array_of(g).dtype)
    return keep(spread(g, ties.shape, axes, keepdims) / count, ties)


_amax = primitive(
    "amax",
    lambda x, axes, keepdims: max_along(x, axes, keepdims=keepdims),
    x=_share_among_ties,
    doc="The largest element along dims: g, shared equally among ties",
)
_amin = primitive(
    "amin",
    lambda x, axes, keepdims: np.minimum.reduce(x, axes, keepdims=keepdims),
    x=_share_among_ties,
    doc="The smallest element along dims: g, shared equally among ties",
)


def check_not_empty(name: str, x: Tensor, axes: Sequence[int] | None) -> None:
    check_kind(name, x.array.dtype, "biuf")
    if x.array.size == 0 and _count(x.array.shape, axes) == 0:
        kind = RuntimeError if axes is None else IndexError
        raise kind(
            f"{name}(): Expected reduction dim to be specified and to have non-zero size: the shape is "
            f"{x.array.shape}; an empty group has no extreme value"
        )


@numpy_names
def amax(input: Tensor, dim: Dims = (), keepdim: bool = False) -> Tensor:
    """The largest element, or the largest along `dim`; ties share the gradient equally.

    Raises:
        RuntimeError: the tensor is empty.
        IndexError: `dim` has size 0.
    """
    axes = _axes_of(dim, input.array.ndim)
    check_not_empty("amax", input, axes)
    return _amax(input, axes, keepdim)


@numpy_names
def amin(input: Tensor, dim: Dims = (), keepdim: bool = False) -> Tensor:
    """The smallest element, or the smallest along `dim`: as `amax`."""
    axes = _axes_of(dim, input.array.ndim)
    check_not_empty("amin", input, axes)
    return _amin(input, axes, keepdim)


@numpy_names
def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> named_results.aminmax:
    """The smallest and the largest element, or those along `dim`."""
    return named_results.aminmax(amin(input, dim, keepdim), amax(input, dim, keepdim))


# -- variances and norms ------------------------------------------------------------------------------

#: The square root with the slope at 0 taken to be 0, so that norms and standard deviations of 0 have a gradient.
root = unary(
    "root",
    np.sqrt,
    lambda g, out: where(array_of(out) == 0, 0, g / where(array_of(out) == 0, 1, 2 * out)),
    doc="√x with the slope at 0 taken to be 0: g / (2 √x), and 0 for x = 0",
)


def _squared_modulus(x: Tensor) -> Tensor:
    """|x|²."""
    return square(x if x.array.dtype.kind == "f" else absolute(x))


@numpy_names
@in_single_precision
def var(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Any = None
) -> Tensor:
    """The variance of all elements, or along `dim`: squared deviations, summed and divided by n - correction.

    `correction` is 1 by default; `unbiased=False` is the same as 0. If it is n or more, the result is infinite, or NaN
    for equal elements, and PyTorch's warning is given.

    >>> from autograd import tensor
    >>> var(tensor([1.0, 2.0, 3.0]))
    tensor(1.)
    """
    return _variance("var", input, dim, unbiased, keepdim, correction)


def _variance(name: str, input: Tensor, dim: Any, unbiased: bool | None, keepdim: bool, correction: Any) -> Tensor:
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if correction is None:
        correction = 1 if unbiased is None or unbiased else 0
    if input.array.dtype.kind in "biu":
        raise RuntimeError(f"std and var only support floating point and complex dtypes, but got {input.dtype}")
    axes = _axes_of(dim, input.array.ndim)
    deviations = input - _mean_axes(input, axes, True)
    freedom = _count(input.array.shape, axes) - correction
    total = sum_axes(_squared_modulus(deviations), axes, keepdim)
    if freedom > 0:
        return total / freedom
    if total.array.size:
        warnings.warn(
            f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor "
            "(input numel divided by output numel).",
            stacklevel=4,
        )
    return total * wrap(np.where(total.array == 0, math.nan, math.inf).astype(total.array.dtype)[()])


@numpy_names
@in_single_precision
def std(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Any = None
) -> Tensor:
    """The standard deviation, the square root of `var`; its gradient at 0 is 0."""
    return root(_variance("std", input, dim, unbiased, keepdim, correction))


@numpy_names
@in_single_precision
def var_mean(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Any = None
) -> tuple[Tensor, Tensor]:
    """The variance, as `var`, and the mean."""
    dims = None if isinstance(dim, bool) else dim
    return _variance("var_mean", input, dim, unbiased, keepdim, correction), mean(input, dims, keepdim)


@numpy_names
@in_single_precision
def std_mean(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Any = None
) -> tuple[Tensor, Tensor]:
    """The standard deviation, as `std`, and the mean."""
    dims = None if isinstance(dim, bool) else dim
    deviation = root(_variance("std_mean", input, dim, unbiased, keepdim, correction))
    return deviation, mean(input, dims, keepdim)


def widened(name: str, x: Tensor, dtype: Any) -> Tensor:
    """`x` converted to `dtype`, if that is given and `x` holds no integers, which norms refuse.

    Raises:
        RuntimeError: `dtype` is narrower than that of `x`, or only one of them is complex.
    """
    given, wanted = x.array.dtype, x.array.dtype if dtype is None else to_numpy_dtype(dtype)
    if given.kind in "fc" and (promote_numpy(given, wanted) != wanted or given.kind != wanted.kind):
        raise RuntimeError(f"{name}: {x.dtype} is not convertible without narrowing to {dtype}: convert x first")
    return as_dtype(x, wanted) if given.kind in "fc" else x


@numpy_names
@in_single_precision
def norm(input: Tensor, p: Any = "fro", dim: Dims = None, keepdim: bool = False, dtype: Any = None) -> Tensor:
    """The p-norm of all elements, or along `dim`: (Σ |x|ᵖ)^(1/p). Its gradient at 0 is 0.

    Args:
        input: floating-point or complex, of any shape.
        p: a number; "fro", the same as 2; inf or -inf, the largest or smallest |x|; 0, the number of nonzero elements.
        dim: the dims; None for all.
        keepdim: whether the dims are kept with size 1.
        dtype: the dtype that `input` is converted to first.

    Raises:
        RuntimeError: the elements are integers or booleans, `p` is an unknown name, or there are no elements and `p` is
            negative or infinite.

    >>> from autograd import tensor
    >>> norm(tensor([3.0, 4.0]))
    tensor(5.)
    """
    x = widened("norm", _typed("norm", input, None), dtype)
    if x.array.dtype.kind in "biu":
        raise RuntimeError(f"norm: expected a floating point or complex tensor as input, got {x.dtype}")
    if isinstance(p, str) and p != "fro":
        raise RuntimeError(f"norm: unknown order {p!r}: expected a number, inf, -inf or 'fro'")
    axes = _axes_of(dim, x.array.ndim)
    if p is None or p in ("fro", 2):
        return root(sum_axes(_squared_modulus(x), axes, keepdim))
    if (p < 0 or p == math.inf) and 0 in (x.array.shape if axes is None else [x.array.shape[axis] for axis in axes]):
        raise RuntimeError(
            f"norm: the norm of order {p} of no elements is not defined, and the input of shape {x.array.shape} has "
            f"none along {'any dim' if dim is None else f'dim {dim}'}"
        )
    modulus = absolute(x)
    if p == math.inf:
        return amax(modulus, axes, keepdim)
    if p == -math.inf:
        return amin(modulus, axes, keepdim)
    if p == 0:
        return sum_axes(where(x.array != 0, 1, modulus), axes, keepdim)
    if p == 1:
        return sum_axes(modulus, axes, keepdim)
    # |x|ᵖ is 0 at 0, or infinite for p < 0. Its derivative there is infinite or undefined for p < 2: there |1|ᵖ is
    # computed and then replaced.
    zero, power_of_0 = x.array == 0, 0 if p > 0 else math.inf
    total = sum_axes(where(zero, power_of_0, power(where(zero, 1, modulus), p)), axes, keepdim)
    zero, infinite = total.array == power_of_0, total.array == (math.inf if p > 0 else 0)
    out = power(where(zero | infinite, 1, total), 1 / p)
    return where(zero, 0, where(infinite, math.inf, out))


def trace(input: Tensor) -> Tensor:
    """The sum of the diagonal of a matrix.

    Raises:
        RuntimeError: `input` is not a matrix.
    """
    if input.array.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got {input.array.ndim} dims")
    return sum(diagonal(input))


# -- log-sum-exp ------------------------------------------------------------------------------------------


def _logsumexp(x: Array, axes: tuple[int, ...] | None, keepdims: bool) -> Array:
    top = max_along(x.real, axes, keepdims=True)
    peak = np.where(np.isfinite(top), top, 0)
    out = np.log(sum_along(np.exp(x - peak), axes, keepdims=True)) + peak
    return out if keepdims else np.squeeze(out, axes)[()]


def _softmax(x: Any, out: Any, axes: tuple[int, ...] | None, keepdims: bool) -> Any:
    """The softmax of x, given its log-sum-exp `out`; 0 where x is -∞, even if all of its group is."""
    out = _restore(out, axes, keepdims)
    return exp(x - where(np.isneginf(array_of(out).real), 0, out))


_logsumexp_axes = primitive(
    "logsumexp",
    in_single(_logsumexp),
    x=lambda g, x, out, axes, keepdims: _restore(g, axes, keepdims) * _softmax(x, out, axes, keepdims),
    doc="log Σ exp x along dims, without overflow: g softmax(x)",
)


@numpy_names
def logsumexp(input: Tensor, dim: Dims, keepdim: bool = False) -> Tensor:
    """log Σ exp(x) along `dim`, without overflow.

    >>> from autograd import tensor
    >>> logsumexp(tensor([100.0, 100.0]), dim=0)
    tensor(100.6931)
    """
    x = as_float(input)
    axes = check_dims(dim, x.array.ndim)
    if not x.array.size:
        return sum(exp(x), dim, keepdim).log()
    return _logsumexp_axes(x, axes or None, keepdim)


def sum_to_size(input: Tensor, *size: Any) -> Tensor:
    """`input` summed to a shape that broadcasts to its own; `input` itself if it has that shape.

    Raises:
        RuntimeError: the shape does not broadcast to that of `input`.
    """
    shape = sizes_of(size)
    try:
        np.broadcast_to(np.empty(shape, bool), input.array.shape)
    except ValueError:
        raise RuntimeError(f"size {{{list(shape)}}} is not expandable to size {{{list(input.array.shape)}}}.") from None
    if shape and shape == input.array.shape:
        return input
    return sum_to(input, shape) if shape else sum(input)
