"""Running sums, products, extremes and log-sum-exps along a dim; differences, numerical derivatives and areas."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...base.half_precision import in_single
from ...base.symbolic import as_one_call, contiguous, contiguous_copy
from ...core.errors import check_float
from ...core.operation import Operation, array_of, primitive
from ...core.public import numpy_names
from ...core.tensor import Tensor, wrap
from ..arguments import check_dim, check_dims
from ..elementwise.arithmetic import mul
from ..elementwise.comparison import logical_xor
from ..elementwise.composites import logaddexp
from ..half_precision import in_single_precision
from ..new_memory import with_own_memory
from ..shape.joining import cat
from ..shape.reshape import movedim
from . import named_results
from .ordering import values_and_indices
from .reductions import addable, sum

__all__ = [
    "cummax", "cummin", "cumprod", "cumsum", "cumulative_trapezoid", "diff", "gradient", "logcumsumexp", "trapezoid",
    "trapz",
]  # fmt: skip


def accumulate(x: Array, axis: int, step: int = 1) -> Array:
    """Running sums along an axis from its start, or with step -1 from its end."""
    if axis > 1 or x.shape[axis] ** 2 > x.size or x.size < 2**14:
        order = (slice(None),) * axis + (slice(None, None, step),)
        return np.add.accumulate(x[order], axis, x.dtype)[order]
    # Row after row: NumPy goes along one row, or down one column, after the other, and each sum waits for the last.
    out = contiguous_copy(x.swapaxes(0, axis))
    for before, row in pairwise(out[::step]):
        np.add(before, row, row)
    return contiguous_copy(out.swapaxes(0, axis)) if axis else out


running_sum = primitive(
    "cumsum",
    in_single(lambda x, axis: as_one_call(accumulate, x, axis)),
    x=lambda g, axis: running_sum_back(g, axis),
    doc="Running sums: running sums of g from the end",
)
running_sum_back: Operation = primitive(
    "cumsum_back",
    in_single(lambda x, axis: as_one_call(accumulate, x, axis, -1)),
    x=lambda g, axis: running_sum(g, axis),
    doc="Running sums from the end: running sums of g",
)


@numpy_names
@with_own_memory
def cumsum(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """The running sums along `dim`.

    >>> from autograd import tensor
    >>> cumsum(tensor([1.0, 2.0, 3.0]), dim=0)
    tensor([1., 3., 6.])
    """
    x = addable("cumsum", input, dtype)
    axis = check_dim(dim, x.array.ndim)
    return running_sum(x, axis) if x.array.ndim else x


@numpy_names
@with_own_memory
@in_single_precision
def cumprod(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """The running products along `dim`.

    They are computed by doubling (Hillis and Steele, 1986), so that the gradient is right where factors are 0.
    """
    x = addable("cumprod", input, dtype)
    axis = check_dim(dim, x.array.ndim)
    if not x.array.ndim:
        return x
    return movedim(_by_doubling(mul, movedim(x, axis, 0)), 0, axis)


def _by_doubling(combine: Callable[[Any, Any], Any], x: Tensor) -> Tensor:
    """The running results along the first dim, of longer and longer runs: first of 2 elements, then of 4, and so on."""
    step = 1
    while step < len(x.array):
        x = cat([x[:step], combine(x[step:], x[:-step])])
        step *= 2
    return x


def _running_extremes(ufunc: Any, input: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    """The running maxima or minima along a dim, and the index of the last element that attains each."""
    axis = check_dim(dim, input.array.ndim)
    x = np.moveaxis(np.atleast_1d(input.array), axis, -1)
    attained = (x == ufunc.accumulate(x, -1)) | np.isnan(x)
    last = np.maximum.accumulate(np.where(attained, np.arange(x.shape[-1]), 0), -1)
    return values_and_indices(input, contiguous(np.moveaxis(last, -1, axis)), axis)


@numpy_names
def cummax(input: Tensor, dim: int) -> named_results.cummax:
    """The running maxima along `dim`, and their indices."""
    return named_results.cummax(*_running_extremes(np.maximum, input, dim))


@numpy_names
def cummin(input: Tensor, dim: int) -> named_results.cummin:
    """The running minima along `dim`, and their indices."""
    return named_results.cummin(*_running_extremes(np.minimum, input, dim))


@numpy_names
@with_own_memory
@in_single_precision
def logcumsumexp(input: Tensor, dim: int) -> Tensor:
    """The logarithms of the running sums of exp(x) along `dim`.

    Real numbers are added by doubling, as in `cumprod`. Complex ones are added one by one, so that each logarithm
    continues the branch of the one before.

    Raises:
        NotImplementedError: the elements are integers or booleans.
    """
    check_float("logcumsumexp", input)
    axis = check_dim(dim, input.array.ndim)
    if not input.array.ndim:
        return input.clone()
    x = movedim(input, axis, 0)
    if x.array.dtype.kind == "c":
        rows = [x[:1]]
        for i in range(1, len(x.array)):
            rows.append(logaddexp(rows[-1], x[i : i + 1]))
        return movedim(cat(rows), 0, axis)
    return movedim(_by_doubling(logaddexp, x), 0, axis)


# -- differences of neighbours ---------------------------------------------------------------------------------


@numpy_names
@with_own_memory
def gradient(input: Tensor, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> tuple[Tensor, ...]:
    """Numerical derivatives along each dim: central differences, and one-sided ones at the ends.

    Args:
        input: the values of a function on a grid.
        spacing: the distance between grid points; or one for each dim; or for each dim a vector of coordinates.
        dim: the dims; None for all.
        edge_order: 1 or 2, the order of the differences at the ends.

    Raises:
        RuntimeError: a dim has too few values, or `edge_order` is neither 1 nor 2.

    >>> from autograd import tensor
    >>> gradient(tensor([1.0, 4.0, 9.0, 16.0]))
    (tensor([3., 4., 6., 7.]),)
    """
    axes = tuple(range(input.array.ndim)) if dim is None else check_dims(dim, input.array.ndim) or ()
    if edge_order not in (1, 2):
        raise RuntimeError(f"torch.gradient only supports edge_order=1 and edge_order=2, but got {edge_order}")
    spacing = 1 if spacing is None else spacing
    each = spacing if isinstance(spacing, (list, tuple)) else [spacing] * len(axes)
    if len(each) != len(axes):
        raise RuntimeError(f"torch.gradient expected spacing for each of {len(axes)} dims, but got {len(each)}")
    out = []
    for axis, steps in zip(axes, each, strict=True):
        if input.array.shape[axis] < edge_order + 1:
            raise RuntimeError(
                f"torch.gradient expected each dimension size to be at least edge_order+1, which is {edge_order + 1}, "
                f"but the size of dim {axis} is {input.array.shape[axis]}"
            )
        f = movedim(input if input.array.dtype.kind in "fc" else input.float(), axis, 0)
        out.append(movedim(_slopes(f, steps, edge_order), 0, axis))
    return tuple(out)


def _slopes(f: Tensor, steps: Any, edge_order: int) -> Tensor:
    """The numerical derivatives along the first dim."""
    n = len(f.array)
    coordinates = isinstance(steps, Tensor) and steps.array.ndim
    gaps = np.diff(steps.array) if coordinates else np.full(n - 1, array_of(steps))
    kind = f.array.real.dtype
    h = wrap(gaps.astype(kind).reshape(-1, *[1] * (f.array.ndim - 1)))
    left, right = h[:-1], h[1:]
    slopes = (f[1:] - f[:-1]) / h
    inner = (slopes[:-1] * right + slopes[1:] * left) / (left + right)
    first, last = slopes[:1], slopes[-1:]
    if edge_order == 2:
        bend = (slopes[1:] - slopes[:-1]) / (left + right)
        first, last = first - bend[:1] * h[:1], last + bend[-1:] * h[-1:]
    return cat([first, inner, last])


def _neighbours(x: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    """All slices along a dim but the first, and all but the last."""
    outer = (slice(None),) * check_dim(dim, x.array.ndim)
    return x[(*outer, slice(1, None))], x[(*outer, slice(None, -1))]


@numpy_names
def diff(
    input: Tensor, n: int = 1, dim: int = -1, prepend: Tensor | None = None, append: Tensor | None = None
) -> Tensor:
    """The differences of neighbours along `dim`, taken `n` times; `prepend` and `append` are joined to `input` first.

    Raises:
        RuntimeError: `n` is negative.
    """
    if n < 0:
        raise RuntimeError(f"diff: order must be non-negative but got {n}")
    if n == 0:
        return input.clone()
    x = cat([part for part in (prepend, input, append) if part is not None], dim)
    for _ in range(min(n, x.array.shape[check_dim(dim, x.array.ndim)] if x.array.ndim else 1)):
        after, before = _neighbours(x, dim)
        x = logical_xor(after, before) if x.array.dtype.kind == "b" else after - before
    return x


def _areas(y: Tensor, x: Tensor | None, dx: Any, dim: int) -> Tensor:
    """The areas of the trapezoids between neighbours."""
    after, before = _neighbours(y, dim)
    if x is None:
        return (after + before) * (1 if dx is None else dx) / 2
    axis = check_dim(dim, y.array.ndim)
    if x.array.ndim == 1:
        x = x.reshape([-1 if i == axis else 1 for i in range(y.array.ndim)])
    elif x.array.ndim < y.array.ndim:
        x = x.reshape([1] * (y.array.ndim - x.array.ndim) + list(x.array.shape))
    return (after + before) * diff(x, dim=dim) / 2


@numpy_names
def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: Any = None, dim: int = -1) -> Tensor:
    """The integral of `y` along `dim` by the trapezoidal rule, at points `x` or at the distance `dx` (default 1)."""
    return sum(_areas(y, x, dx, dim), dim)


trapz = trapezoid


@numpy_names
def cumulative_trapezoid(y: Tensor, x: Tensor | None = None, *, dx: Any = None, dim: int = -1) -> Tensor:
    """The running integral of `y` along `dim` by the trapezoidal rule."""
    return cumsum(_areas(y, x, dx, dim), dim)
