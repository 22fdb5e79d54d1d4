"""Losses beyond the usual ones: of values, of distances between distributions, of margins, of directions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd
from autograd.core.tensor import Tensor, wrap

from .base import EPSILON, Loss, aligned, eager_result


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
    """The mean over the last dim of e² / 2 up to |e| = delta, and delta |e| - delta² / 2 beyond.

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
    # log(e^d + e^-d) - log 2, without overflow.
    return (difference + autograd.logaddexp(minus, autograd.zeros_like(minus)) - math.log(2)).mean(-1)


@eager_result
def kl_divergence(y_true: Any, y_pred: Any) -> Tensor:
    """Σ y_true log(y_true / y_pred) over the last dim."""
    true, pred = (autograd.clamp(y, EPSILON, 1) for y in aligned(y_true, y_pred))
    return (true * autograd.log(true / pred)).sum(-1)


@eager_result
def poisson(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of y_pred - y_true log y_pred over the last dim."""
    true, pred = aligned(y_true, y_pred)
    return (pred - true * autograd.log(pred + EPSILON)).mean(-1)


def _signs(true: Tensor) -> Tensor:
    """Labels -1 and 1, from these or from 0 and 1."""
    values = np.asarray(true.array)
    return true * 2 - 1 if np.all((values == 0) | (values == 1)) else true


@eager_result
def hinge(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of max(1 - y_true y_pred, 0) over the last dim, for labels -1 and 1 (or 0 and 1)."""
    true, pred = aligned(y_true, y_pred)
    return autograd.clamp(1 - _signs(true) * pred, min=0).mean(-1)


@eager_result
def squared_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of max(1 - y_true y_pred, 0)² over the last dim, for labels -1 and 1 (or 0 and 1)."""
    true, pred = aligned(y_true, y_pred)
    return autograd.square(autograd.clamp(1 - _signs(true) * pred, min=0)).mean(-1)


@eager_result
def categorical_hinge(y_true: Any, y_pred: Any) -> Tensor:
    """max(1 + the largest wrong prediction - the right one, 0), for one-hot rows."""
    true, pred = aligned(y_true, y_pred)
    right, wrong = (true * pred).sum(-1), autograd.amax((1 - true) * pred, -1)
    return autograd.clamp(wrong - right + 1, min=0)


@eager_result
def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Tensor:
    """The cosine of the angle between the true and the predicted vectors along an axis, negated.

    >>> print(cosine_similarity([[0.0, 1.0]], [[0.0, 2.0]]))
    tf.Tensor([-1.], shape=(1,), dtype=float32)
    """
    true, pred = (_directions(y, axis) for y in aligned(y_true, y_pred))
    return -(true * pred).sum(axis)


def _directions(x: Tensor, axis: int) -> Tensor:
    square = autograd.square(x).sum(axis, keepdim=True)
    return x * autograd.rsqrt(autograd.maximum(square, wrap(np.full_like(square.array, 1e-12))))


class _Plain(Loss):
    """A loss whose values are those of a function without further arguments."""

    function: Any

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """One value for each sample."""
        values: Tensor = type(self).function(y_true, y_pred)
        return values


class MeanAbsolutePercentageError(_Plain):
    """100 times the mean of |y_true - y_pred| / |y_true|."""

    function = staticmethod(mean_absolute_percentage_error)


class MeanSquaredLogarithmicError(_Plain):
    """The mean of (log(1 + y_true) - log(1 + y_pred))²."""

    function = staticmethod(mean_squared_logarithmic_error)


class LogCosh(_Plain):
    """The mean of log cosh(y_pred - y_true)."""

    function = staticmethod(log_cosh)


class KLDivergence(_Plain):
    """Σ y_true log(y_true / y_pred)."""

    function = staticmethod(kl_divergence)


class Poisson(_Plain):
    """The mean of y_pred - y_true log y_pred."""

    function = staticmethod(poisson)


class Hinge(_Plain):
    """The mean of max(1 - y_true y_pred, 0)."""

    function = staticmethod(hinge)


class SquaredHinge(_Plain):
    """The mean of max(1 - y_true y_pred, 0)²."""

    function = staticmethod(squared_hinge)


class CategoricalHinge(_Plain):
    """max(1 + the largest wrong prediction - the right one, 0)."""

    function = staticmethod(categorical_hinge)


class Huber(Loss):
    """The mean of e² / 2 up to |e| = delta, and delta |e| - delta² / 2 beyond."""

    def __init__(
        self, delta: float = 1.0, reduction: str | None = "sum_over_batch_size", name: str | None = None
    ) -> None:
        super().__init__(name or "huber_loss", reduction)
        self.delta = delta

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """One value for each sample."""
        return huber(y_true, y_pred, self.delta)


class CosineSimilarity(Loss):
    """The cosine between the true and the predicted vectors, negated."""

    def __init__(self, axis: int = -1, reduction: str | None = "sum_over_batch_size", name: str | None = None) -> None:
        super().__init__(name, reduction)
        self.axis = axis

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """One value for each sample."""
        return cosine_similarity(y_true, y_pred, self.axis)
