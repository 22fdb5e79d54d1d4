"""Losses as primitives: cross entropy and mean squared error."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...base.half_precision import in_single
from ...core.operation import array_of, primitive
from ...core.tensor import Tensor
from ..reduce.reductions import sum_axes
from .softmax import log_softmax_of, softmax_along

_log_softmax = in_single(log_softmax_of)


def _mean_loss(x: Array, log_p: Array, target: Array) -> Array:
    picked = log_p.take(_at(log_p, target))
    return -(np.add.reduce(picked) / len(picked))


def _probability_error(x: Array, log_p: Array, target: Array) -> Array:
    out = np.exp(log_p)
    at = _at(log_p, target)
    out.put(at, out.take(at) - 1)
    return out


def _at(log_p: Array, target: Array) -> Array:
    """The flat indices of the targets' elements: faster than indexing by row and column."""
    return _row_starts(*log_p.shape) + target


@functools.lru_cache(maxsize=32)
def _row_starts(rows: int, classes: int) -> Array:
    """The flat index of the first element of each row."""
    starts = np.arange(0, rows * classes, classes)
    starts.flags.writeable = False
    return starts


def _softmax_rule(g: Any, x: Any) -> Any:
    p = softmax_along(x, 1)
    return p * (g - sum_axes(g * p, (1,), True))


# log softmax(x) is passed as an array, so that neither primitive computes it again. It is not an independent input:
# the rules for x account for it.
#: The error of the probabilities: softmax(x), minus 1 at the targets.
_error = primitive("cross_entropy_miss", _probability_error, x=_softmax_rule, doc="softmax(x), minus 1 at the targets")

_cross_entropy = primitive(
    "cross_entropy",
    in_single(_mean_loss),
    x=lambda g, x, log_p, target: _error(x, log_p, target) * (g / len(target)),
    doc="The mean of -log softmax(x) at the targets: g (softmax(x) - one-hot) / rows",
)


def _mean_square(x: Array, y: Array) -> Array:
    difference = np.ravel(x - y)
    return (np.dot(difference, difference) / (difference.size or math.nan)).astype(difference.dtype)


_mse = primitive(
    "mse_loss",
    in_single(_mean_square),
    x=lambda g, x, y: (x - y) * (g * (2 / _count(x))),
    y=lambda g, x, y: (y - x) * (g * (2 / _count(x))),
    doc="The mean of (x - y)²: g 2 (x - y) / n for x, and its negative for y",
)


def _count(x: Any) -> int:
    """The number of elements; at least 1, for the empty gradient of no elements."""
    return max(1, array_of(x).size)


def cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """The mean over the rows of -log softmax(logits)[target].

    Args:
        logits: (N, C), floating-point.
        target: (N,), integers from 0 to C - 1; not checked here.
    """
    return _cross_entropy(logits, _log_softmax(logits.array, 1), target.array)


def mse(x: Tensor, y: Tensor) -> Tensor:
    """The mean squared difference of two tensors of the same shape and dtype."""
    return _mse(x, y)
