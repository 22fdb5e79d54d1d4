"""Running sums, products, extremes and log-sum-exps along a dim."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.operation import Operation, primitive
from ...core.tensor import Tensor, wrap
from ..arguments import check_dim, numpy_names
from ..elementwise.composites import logaddexp
from ..shape.indexing import along, take_at
from ..shape.joining import cat
from ..shape.reshape import movedim
from . import named_results
from .reductions import addable

__all__ = ["cummax", "cummin", "cumprod", "cumsum", "logcumsumexp"]


running_sum = primitive(
    "cumsum",
    lambda x, axis: np.add.accumulate(x, axis),
    x=lambda g, axis: running_sum_back(g, axis),
    doc="Running sums: running sums of g from the end",
)
running_sum_back: Operation = primitive(
    "cumsum_back",
    lambda x, axis: np.flip(np.add.accumulate(np.flip(x, axis), axis), axis),
    x=lambda g, axis: running_sum(g, axis),
    doc="Running sums from the end: running sums of g",
)


@numpy_names
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
def cumprod(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """The running products along `dim`.

    They are computed by doubling (Hillis and Steele, 1986), so that the gradient is right where factors are 0.
    """
    x = addable("cumprod", input, dtype)
    axis = check_dim(dim, x.array.ndim)
    if not x.array.ndim:
        return x
    x = movedim(x, axis, 0)
    step = 1
    while step < len(x.array):
        x = cat([x[:step], x[step:] * x[:-step]])
        step *= 2
    return movedim(x, 0, axis)


def _running_extremes(ufunc: Any, input: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    """The running maxima or minima along a dim, and the index of the last element that attains each."""
    axis = check_dim(dim, input.array.ndim)
    if not input.array.ndim:
        return input.clone(), wrap(np.int64(0))
    x = np.moveaxis(input.array, axis, -1)
    attained = (x == ufunc.accumulate(x, -1)) | np.isnan(x)
    last = np.maximum.accumulate(np.where(attained, np.arange(x.shape[-1]), 0), -1)
    positions = np.ascontiguousarray(np.moveaxis(last, -1, axis))
    return take_at(input, along(positions, axis)), wrap(positions)


@numpy_names
def cummax(input: Tensor, dim: int) -> named_results.cummax:
    """The running maxima along `dim`, and their indices."""
    return named_results.cummax(*_running_extremes(np.maximum, input, dim))


@numpy_names
def cummin(input: Tensor, dim: int) -> named_results.cummin:
    """The running minima along `dim`, and their indices."""
    return named_results.cummin(*_running_extremes(np.minimum, input, dim))


@numpy_names
def logcumsumexp(input: Tensor, dim: int) -> Tensor:
    """The logarithms of the running sums of exp(x) along `dim`.

    Real numbers are added by doubling, as in `cumprod`. Complex ones are added one by one, so that each logarithm
    continues the branch of the one before.
    """
    axis = check_dim(dim, input.array.ndim)
    if not input.array.ndim:
        return input.clone()
    x, step = movedim(input, axis, 0), 1
    if x.array.dtype.kind == "c":
        rows = [x[:1]]
        for i in range(1, len(x.array)):
            rows.append(logaddexp(rows[-1], x[i : i + 1]))
        return movedim(cat(rows), 0, axis)
    while step < len(x.array):
        x = cat([x[:step], logaddexp(x[step:], x[:-step])])
        step *= 2
    return movedim(x, 0, axis)
