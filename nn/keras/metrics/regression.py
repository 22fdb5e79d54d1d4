"""Regression metrics: root mean squared error and R²."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.core.tensor import Tensor
from autograd.tensorflow.tensors import EagerTensor

from ..losses.base import aligned
from .base import MeanMetricWrapper, Metric, Values, plain

__all__ = ["R2Score", "RootMeanSquaredError"]


class RootMeanSquaredError(MeanMetricWrapper):
    """The root of the mean of (y_true - y_pred)²."""

    def __init__(self, name: str | None = "root_mean_squared_error") -> None:
        super().__init__(_squared_error, name)

    def result(self) -> Tensor:
        return EagerTensor(np.sqrt(super().result().array))


def _squared_error(y_true: Any, y_pred: Any) -> Values:
    true, pred = aligned(y_true, y_pred)
    return np.square(plain(pred) - plain(true))


class R2Score(Metric):
    """The share of the variance explained, 1 - Σ (y_true - y_pred)² / Σ (y_true - mean)², averaged over outputs.

    >>> score = R2Score()
    >>> score.update_state([[1.0], [2.0], [3.0]], [[1.1], [1.9], [3.2]])
    >>> round(float(score.result()), 4)
    0.97
    """

    def __init__(self, name: str | None = "r2_score", dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self.reset_state()

    def reset_state(self) -> None:
        self._sums: list[Values] = [np.zeros(1)] * 4

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch of shape (N, outputs)."""
        true, pred = (plain(y).reshape(len(plain(y)), -1).astype(np.float64) for y in (y_true, y_pred))
        weight = np.ones((len(true), 1)) if sample_weight is None else plain(sample_weight).reshape(-1, 1)
        terms = (weight, weight * true, weight * true**2, weight * (true - pred) ** 2)
        self._sums = [total + term.sum(0) for total, term in zip(self._sums, terms)]

    def result(self) -> Tensor:
        count, total, squares, residual = self._sums
        return EagerTensor(np.float32(np.mean(1 - residual / (squares - total**2 / count)) if np.any(count) else 0))
