"""Metrics that are running means: of the values passed in, or of a loss."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.core.tensor import Tensor
from autograd.tensorflow.tensors import EagerTensor

from .. import losses
from .base import MeanMetricWrapper, Metric, plain


class Sum(Metric):
    """The sum of all values so far."""

    def __init__(self, name: str | None = "sum") -> None:
        super().__init__(name)
        self.reset_state()

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Add values, each as often as its weight says."""
        weight = 1 if sample_weight is None else plain(sample_weight)
        self.total += np.float32((plain(values) * weight).sum(dtype=np.float32))

    def result(self) -> Tensor:
        """The sum so far."""
        return EagerTensor(self.total)

    def reset_state(self) -> None:
        """Begin again."""
        self.total = np.float32(0)


class MeanSquaredError(MeanMetricWrapper):
    """The mean of (y_true - y_pred)²."""

    def __init__(self, name: str = "mean_squared_error") -> None:
        super().__init__(losses.mean_squared_error, name)


class MeanAbsoluteError(MeanMetricWrapper):
    """The mean of |y_true - y_pred|."""

    def __init__(self, name: str = "mean_absolute_error") -> None:
        super().__init__(losses.mean_absolute_error, name)


class BinaryCrossentropy(MeanMetricWrapper):
    """The mean of the binary cross entropy; arguments as for the loss."""

    def __init__(
        self, name: str = "binary_crossentropy", from_logits: bool = False, label_smoothing: float = 0.0
    ) -> None:
        super().__init__(
            lambda y_true, y_pred: losses.binary_crossentropy(y_true, y_pred, from_logits, label_smoothing), name
        )


class CategoricalCrossentropy(MeanMetricWrapper):
    """The mean of the cross entropy with one-hot rows; arguments as for the loss."""

    def __init__(
        self, name: str = "categorical_crossentropy", from_logits: bool = False, label_smoothing: float = 0.0
    ) -> None:
        super().__init__(
            lambda y_true, y_pred: losses.categorical_crossentropy(y_true, y_pred, from_logits, label_smoothing), name
        )


class SparseCategoricalCrossentropy(MeanMetricWrapper):
    """The mean of the cross entropy with class numbers; arguments as for the loss."""

    def __init__(self, name: str = "sparse_categorical_crossentropy", from_logits: bool = False) -> None:
        super().__init__(
            lambda y_true, y_pred: losses.sparse_categorical_crossentropy(y_true, y_pred, from_logits), name
        )


class CosineSimilarity(MeanMetricWrapper):
    """The mean cosine between the true and the predicted vectors."""

    def __init__(self, name: str = "cosine_similarity", axis: int = -1) -> None:
        super().__init__(lambda y_true, y_pred: -losses.cosine_similarity(y_true, y_pred, axis), name)


def _mean_of(title: str, function: Any) -> type[MeanMetricWrapper]:
    """The running mean of a loss as a metric."""

    class OfLoss(MeanMetricWrapper):
        def __init__(self, name: str = function.__name__) -> None:
            super().__init__(function, name)

    OfLoss.__name__ = OfLoss.__qualname__ = title
    OfLoss.__doc__ = f"The mean of the loss: {function.__doc__}"
    return OfLoss


MeanAbsolutePercentageError = _mean_of("MeanAbsolutePercentageError", losses.mean_absolute_percentage_error)

MeanSquaredLogarithmicError = _mean_of("MeanSquaredLogarithmicError", losses.mean_squared_logarithmic_error)

KLDivergence = _mean_of("KLDivergence", losses.kl_divergence)

Poisson = _mean_of("Poisson", losses.poisson)

Hinge = _mean_of("Hinge", losses.hinge)

SquaredHinge = _mean_of("SquaredHinge", losses.squared_hinge)

CategoricalHinge = _mean_of("CategoricalHinge", losses.categorical_hinge)

LogCoshError = _mean_of("LogCoshError", losses.log_cosh)
