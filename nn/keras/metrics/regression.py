"""Regression metrics: root mean squared error and R²."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from autograd.core.tensor import Tensor
from autograd.tensorflow.tensors import EagerTensor

from ..losses.base import aligned, same_shape
from ..ranks import broadcast
from .base import MeanMetricWrapper, Metric, Values, plain

__all__ = ["R2Score", "RootMeanSquaredError"]


class RootMeanSquaredError(MeanMetricWrapper):
    """The root of the mean of (y_true - y_pred)²."""

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(_squared_error, name, dtype)

    def result(self) -> Tensor:
        return EagerTensor(np.sqrt(super().result().array))


def _squared_error(y_true: Any, y_pred: Any) -> Values:
    true, pred = aligned(y_true, y_pred)
    return np.square(plain(pred) - plain(true))


class R2Score(Metric):
    """The share of the variance explained, 1 - Σ (y_true - y_pred)² / Σ (y_true - mean)², of every output.

    Args:
        class_aggregation: "uniform_average" for the mean over the outputs; "variance_weighted_average" for their mean
            weighted by the variances; None for one score per output.
        num_regressors: the number of regressors p in the adjusted score 1 - (1 - score) (n - 1) / (n - p - 1) for n
            values; 0 for no adjustment.

    >>> score = R2Score()
    >>> score.update_state([[1.0], [2.0], [3.0]], [[1.1], [1.9], [3.2]])
    >>> round(float(score.result()), 4)
    0.97
    """

    def __init__(
        self, class_aggregation: str | None = "uniform_average", num_regressors: int = 0,
        name: str | None = "r2_score", dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(name, dtype)
        if class_aggregation not in (None, "uniform_average", "variance_weighted_average"):
            raise ValueError(
                "Invalid value for argument `class_aggregation`. Expected one of (None, 'uniform_average', "
                f"'variance_weighted_average'). Received: class_aggregation={class_aggregation}"
            )
        if num_regressors < 0:
            raise ValueError(f"num_regressors must be at least 0. Received: num_regressors={num_regressors}")
        self.class_aggregation, self.num_regressors = class_aggregation, num_regressors
        self.reset_state()

    def reset_state(self) -> None:
        self._sums: list[Values] = [np.zeros(1)] * 4
        self._samples = 0

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch of shape (N, outputs); ValueError for values of another rank."""
        true, pred = (plain(y).astype(np.float64) for y in same_shape("R2Score", y_true, y_pred))
        if true.ndim != 2:
            raise ValueError(
                f"R2Score expects y_true and y_pred of shape (N, outputs), but their shape is {true.shape}"
            )
        given = np.ones(1) if sample_weight is None else plain(sample_weight).astype(np.float64)
        weight = broadcast("sample_weight", given[:, None] if given.ndim == 1 else given, true.shape)
        terms = (weight, weight * true, weight * true**2, weight * (true - pred) ** 2)
        self._sums = [total + term.sum(0) for total, term in zip(self._sums, terms)]
        self._samples += true.size

    def result(self) -> Tensor:
        count, total, squares, residual = self._sums
        if not np.any(count):
            return EagerTensor(np.float32(0))
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = squares - total**2 / count
            variance[variance < 1e-13 * squares] = 0  # equal values: only the rounding is left
            scores = 1 - residual / variance
            scores = np.where(np.isinf(scores), 0, scores)
            if self.class_aggregation == "uniform_average":
                scores = scores.mean()
            elif self.class_aggregation == "variance_weighted_average":
                scores = (variance * scores).sum() / variance.sum()
        beyond = self._samples - self.num_regressors - 1
        if self.num_regressors and beyond <= 0:
            warnings.warn(
                f"R2Score: {self._samples} values are too few for {self.num_regressors} regressors. Falling back to "
                "standard R2 score.",
                stacklevel=2,
            )
        elif self.num_regressors:
            scores = 1 - (1 - scores) * (self._samples - 1) / beyond
        return EagerTensor(np.asarray(scores, np.float32)[()])
