"""TODO: say what idea this file holds."""

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
from .reductions import _addable

__all__ = ["cummax", "cummin", "cumprod", "cumsum", "logcumsumexp"]


def _running(extreme: Any, input: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    """The running extreme values along a dim, and where the last of each stands."""
    axis = check_dim(dim, input.array.ndim)
    if not input.array.ndim:
        return input.clone(), wrap(np.int64(0))
    x = np.moveaxis(input.array, axis, -1)
    new = (x == extreme.accumulate(x, -1)) | np.isnan(x)
    places = np.maximum.accumulate(np.where(new, np.arange(x.shape[-1]), 0), -1)
    positions = np.ascontiguousarray(np.moveaxis(places, -1, axis))
    return take_at(input, along(positions, axis)), wrap(positions)


@numpy_names
def cummax(input: Tensor, dim: int) -> named_results.cummax:
    """The largest elements so far along `dim`, and where they stand."""
    return named_results.cummax(*_running(np.maximum, input, dim))


@numpy_names
def cummin(input: Tensor, dim: int) -> named_results.cummin:
    """The smallest elements so far along `dim`, and where they stand."""
    return named_results.cummin(*_running(np.minimum, input, dim))


@numpy_names
def logcumsumexp(input: Tensor, dim: int) -> Tensor:
    """The logarithms of the running sums of eˣ along `dim`: by doubling, as `cumprod`, or if complex one by one.

    A complex logarithm is one of many: in sequence it stays on the branch of what came before.
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


running_sum = primitive(
    "cumsum",
    lambda x, axis: np.add.accumulate(x, axis),
    x=lambda g, axis: running_sum_back(g, axis),
    doc="Running sums: sums from behind",
)

running_sum_back: Operation = primitive(
    "cumsum_back",
    lambda x, axis: np.flip(np.add.accumulate(np.flip(x, axis), axis), axis),
    x=lambda g, axis: running_sum(g, axis),
    doc="Running sums from behind: running sums",
)


@numpy_names
def cumsum(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """The running sum along `dim`.

    >>> from autograd import tensor
    >>> cumsum(tensor([1.0, 2.0, 3.0]), dim=0)
    tensor([1., 3., 6.])
    """
    x = _addable("cumsum", input, dtype)
    axis = check_dim(dim, x.array.ndim)
    return running_sum(x, axis) if x.array.ndim else x


@numpy_names
def cumprod(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """The running product along `dim`, by doubling (Hillis and Steele, 1986), so that zeros do no harm."""
    x = _addable("cumprod", input, dtype)
    axis = check_dim(dim, x.array.ndim)
    if not x.array.ndim:
        return x
    x = movedim(x, axis, 0)
    step = 1
    while step < len(x.array):
        x = cat([x[:step], x[step:] * x[:-step]])
        step *= 2
    return movedim(x, 0, axis)
