"""Running sums, products, extremes and log-sum-exps along a dim."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...base.half_precision import in_single
from ...base.symbolic import as_one_call, contiguous, contiguous_copy
from ...core.errors import check_float
from ...core.operation import Operation, primitive
from ...core.public import numpy_names
from ...core.tensor import Tensor
from ..arguments import check_dim
from ..elementwise.arithmetic import mul
from ..elementwise.composites import logaddexp
from ..half_precision import in_single_precision
from ..new_memory import with_own_memory
from ..shape.joining import cat
from ..shape.reshape import movedim
from . import named_results
from .ordering import values_and_indices
from .reductions import addable

__all__ = ["cummax", "cummin", "cumprod", "cumsum", "logcumsumexp"]


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
