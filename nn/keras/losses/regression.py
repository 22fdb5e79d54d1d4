"""Losses of differences: squared, absolute and relative errors, Huber, log cosh; and cosine similarity.

The functions reduce one dim, the last but for `cosine_similarity`'s `axis`: values (*, D) give losses (*). They raise
ValueError for shapes that do not broadcast. The classes reduce the losses further, as `Loss` says.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd
from autograd.core.tensor import Tensor, wrap

from .base import EPSILON, FunctionLoss, aligned, eager_result

__all__ = [
    "CosineSimilarity", "Huber", "LogCosh", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError",
    "MeanSquaredLogarithmicError", "cosine_similarity", "huber", "log_cosh", "mean_absolute_error",
    "mean_absolute_percentage_error", "mean_squared_error", "mean_squared_logarithmic_error",
]  # fmt: skip


@eager_result
def mean_squared_error(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of (y_true - y_pred)² over the last dim.

    >>> print(mean_squared_error([[0.0, 2.0]], [[1.0, 1.0]]))
    tf.Tensor([1.], shape=(1,), dtype=float32)
    """
    true, pred = aligned(y_true, y_pred)
    return autograd.square(pred - true).mean(-1)


@eager_result
def mean_absolute_error(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of |y_true - y_pred| over the last dim."""
    true, pred = aligned(y_true, y_pred)
    return autograd.abs(pred - true).mean(-1)


@eager_result
def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Tensor:
    """100 times the mean of |y_true - y_pred| / |y_true| over the last dim."""
    true, pred = aligned(y_true, y_pred)
    return 100 * autograd.abs((true - pred) / autograd.clamp(autograd.abs(true), min=EPSILON)).mean(-1)


@eager_result
def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of (log(1 + y_true) - log(1 + y_pred))² over the last dim."""
    true, pred = (autograd.log1p(autograd.clamp(y, min=EPSILON)) for y in aligned(y_true, y_pred))
    return autograd.square(true - pred).mean(-1)


@eager_result
def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Tensor:
    """The mean over the last dim of e² / 2 where |e| <= delta, and of delta |e| - delta² / 2 elsewhere.

    >>> huber([[0.0, 0.0]], [[0.5, 3.0]]).numpy()
    array([1.3125], dtype=float32)
    """
    true, pred = aligned(y_true, y_pred)
    size = autograd.abs(pred - true)
    return autograd.where(size <= delta, 0.5 * size * size, delta * size - 0.5 * delta**2).mean(-1)


@eager_result
def log_cosh(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of log cosh(y_pred - y_true) over the last dim."""
    true, pred = aligned(y_true, y_pred)
    difference = pred - true
    minus = -2 * difference
    # log cosh d = d + log(1 + exp(-2d)) - log 2, which does not overflow.
    return (difference + autograd.logaddexp(minus, autograd.zeros_like(minus)) - math.log(2)).mean(-1)


@eager_result
def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Tensor:
    """The negative cosine of the angle between true and predicted vectors along an axis.

    >>> print(cosine_similarity([[0.0, 1.0]], [[0.0, 2.0]]))
    tf.Tensor([-1.], shape=(1,), dtype=float32)
    """
    true, pred = (_normalized(y, axis) for y in aligned(y_true, y_pred))
    return -(true * pred).sum(axis)


def _normalized(x: Tensor, axis: int) -> Tensor:
    square = autograd.square(x).sum(axis, keepdim=True)
    return x * autograd.rsqrt(autograd.maximum(square, wrap(np.full_like(square.array, 1e-12))))


class MeanSquaredError(FunctionLoss, function=mean_squared_error):
    """The mean of (y_true - y_pred)².

    >>> MeanSquaredError()([[0.0], [2.0]], [[1.0], [4.0]]).item()
    2.5
    """


class MeanAbsoluteError(FunctionLoss, function=mean_absolute_error):
    """The mean of |y_true - y_pred|."""


class MeanAbsolutePercentageError(FunctionLoss, function=mean_absolute_percentage_error):
    """100 times the mean of |y_true - y_pred| / |y_true|."""


class MeanSquaredLogarithmicError(FunctionLoss, function=mean_squared_logarithmic_error):
    """The mean of (log(1 + y_true) - log(1 + y_pred))²."""


class LogCosh(FunctionLoss, function=log_cosh):
    """The mean of log cosh(y_pred - y_true)."""


class Huber(FunctionLoss, function=huber):
    """The mean of e² / 2 where |e| <= delta, and of delta |e| - delta² / 2 elsewhere; e = y_pred - y_true."""

    def __init__(
        self, delta: float = 1.0, reduction: str | None = "sum_over_batch_size", name: str | None = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(reduction, name or "huber_loss", dtype)
        self.delta = delta


class CosineSimilarity(FunctionLoss, function=cosine_similarity):
    """The mean of the negative cosine of the angle between true and predicted vectors along `axis`."""

    def __init__(
        self, axis: int = -1, reduction: str | None = "sum_over_batch_size", name: str | None = None, dtype: Any = None
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.axis = axis
