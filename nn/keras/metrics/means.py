"""Metrics that are the running mean of a loss."""

from __future__ import annotations

from typing import Any

from .. import losses
from .base import FunctionMean, MeanMetricWrapper

__all__ = [
    "BinaryCrossentropy", "CategoricalCrossentropy", "CategoricalHinge", "CosineSimilarity", "Hinge", "KLDivergence",
    "LogCoshError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError",
    "MeanSquaredLogarithmicError", "Poisson", "SparseCategoricalCrossentropy", "SquaredHinge",
]  # fmt: skip


class MeanSquaredError(FunctionMean, function=losses.mean_squared_error):
    """The mean of (y_true - y_pred)²."""


class MeanAbsoluteError(FunctionMean, function=losses.mean_absolute_error):
    """The mean of |y_true - y_pred|."""


class MeanAbsolutePercentageError(FunctionMean, function=losses.mean_absolute_percentage_error):
    """100 times the mean of |y_true - y_pred| / |y_true|."""


class MeanSquaredLogarithmicError(FunctionMean, function=losses.mean_squared_logarithmic_error):
    """The mean of (log(1 + y_true) - log(1 + y_pred))²."""


class LogCoshError(FunctionMean, function=losses.log_cosh):
    """The mean of log cosh(y_pred - y_true)."""


class CosineSimilarity(MeanMetricWrapper):
    """The mean cosine of the angle between true and predicted vectors."""

    def __init__(self, name: str = "cosine_similarity", dtype: Any = None, axis: int = -1) -> None:
        super().__init__(lambda y_true, y_pred: -losses.cosine_similarity(y_true, y_pred, axis), name, dtype)


class BinaryCrossentropy(MeanMetricWrapper):
    """The mean binary cross-entropy; arguments as for the loss."""

    def __init__(
        self, name: str = "binary_crossentropy", dtype: Any = None, from_logits: bool = False,
        label_smoothing: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__(
            losses.binary_crossentropy, name, dtype, from_logits=from_logits, label_smoothing=label_smoothing
        )


class CategoricalCrossentropy(MeanMetricWrapper):
    """The mean cross-entropy for one-hot rows; arguments as for the loss."""

    def __init__(
        self, name: str = "categorical_crossentropy", dtype: Any = None, from_logits: bool = False,
        label_smoothing: float = 0.0, axis: int = -1,
    ) -> None:  # fmt: skip
        options = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(losses.categorical_crossentropy, name, dtype, **options)


class SparseCategoricalCrossentropy(MeanMetricWrapper):
    """The mean cross-entropy for class indices; arguments as for the loss."""

    def __init__(
        self, name: str = "sparse_categorical_crossentropy", dtype: Any = None, from_logits: bool = False,
        ignore_class: int | None = None, axis: int = -1,
    ) -> None:  # fmt: skip
        options = {"from_logits": from_logits, "ignore_class": ignore_class, "axis": axis}
        super().__init__(losses.sparse_categorical_crossentropy, name, dtype, **options)


class KLDivergence(FunctionMean, function=losses.kl_divergence):
    """The mean of Σ y_true log(y_true / y_pred)."""


class Poisson(FunctionMean, function=losses.poisson):
    """The mean of y_pred - y_true log y_pred."""


class Hinge(FunctionMean, function=losses.hinge):
    """The mean of max(1 - y_true y_pred, 0)."""


class SquaredHinge(FunctionMean, function=losses.squared_hinge):
    """The mean of max(1 - y_true y_pred, 0)²."""


class CategoricalHinge(FunctionMean, function=losses.categorical_hinge):
    """The mean of max(1 + the largest prediction of a wrong class - the prediction of the true class, 0)."""
