"""Metrics that are the running mean of a loss."""

from __future__ import annotations

from .. import losses
from .base import MeanMetricWrapper


class MeanSquaredError(MeanMetricWrapper):
    """The mean of (y_true - y_pred)²."""

    def __init__(self, name: str = "mean_squared_error") -> None:
        super().__init__(losses.mean_squared_error, name)


class MeanAbsoluteError(MeanMetricWrapper):
    """The mean of |y_true - y_pred|."""

    def __init__(self, name: str = "mean_absolute_error") -> None:
        super().__init__(losses.mean_absolute_error, name)


class MeanAbsolutePercentageError(MeanMetricWrapper):
    """100 times the mean of |y_true - y_pred| / |y_true|."""

    def __init__(self, name: str = "mean_absolute_percentage_error") -> None:
        super().__init__(losses.mean_absolute_percentage_error, name)


class MeanSquaredLogarithmicError(MeanMetricWrapper):
    """The mean of (log(1 + y_true) - log(1 + y_pred))²."""

    def __init__(self, name: str = "mean_squared_logarithmic_error") -> None:
        super().__init__(losses.mean_squared_logarithmic_error, name)


class LogCoshError(MeanMetricWrapper):
    """The mean of log cosh(y_pred - y_true)."""

    def __init__(self, name: str = "log_cosh") -> None:
        super().__init__(losses.log_cosh, name)


class CosineSimilarity(MeanMetricWrapper):
    """The mean cosine of the angle between true and predicted vectors."""

    def __init__(self, name: str = "cosine_similarity", axis: int = -1) -> None:
        super().__init__(lambda y_true, y_pred: -losses.cosine_similarity(y_true, y_pred, axis), name)


class BinaryCrossentropy(MeanMetricWrapper):
    """The mean binary cross-entropy; arguments as for the loss."""

    def __init__(
        self, name: str = "binary_crossentropy", from_logits: bool = False, label_smoothing: float = 0.0
    ) -> None:
        super().__init__(
            lambda y_true, y_pred: losses.binary_crossentropy(y_true, y_pred, from_logits, label_smoothing), name
        )


class CategoricalCrossentropy(MeanMetricWrapper):
    """The mean cross-entropy for one-hot rows; arguments as for the loss."""

    def __init__(
        self, name: str = "categorical_crossentropy", from_logits: bool = False, label_smoothing: float = 0.0
    ) -> None:
        super().__init__(
            lambda y_true, y_pred: losses.categorical_crossentropy(y_true, y_pred, from_logits, label_smoothing), name
        )


class SparseCategoricalCrossentropy(MeanMetricWrapper):
    """The mean cross-entropy for class indices; arguments as for the loss."""

    def __init__(self, name: str = "sparse_categorical_crossentropy", from_logits: bool = False) -> None:
        super().__init__(
            lambda y_true, y_pred: losses.sparse_categorical_crossentropy(y_true, y_pred, from_logits), name
        )


class KLDivergence(MeanMetricWrapper):
    """The mean of Σ y_true log(y_true / y_pred)."""

    def __init__(self, name: str = "kl_divergence") -> None:
        super().__init__(losses.kl_divergence, name)


class Poisson(MeanMetricWrapper):
    """The mean of y_pred - y_true log y_pred."""

    def __init__(self, name: str = "poisson") -> None:
        super().__init__(losses.poisson, name)


class Hinge(MeanMetricWrapper):
    """The mean of max(1 - y_true y_pred, 0)."""

    def __init__(self, name: str = "hinge") -> None:
        super().__init__(losses.hinge, name)


class SquaredHinge(MeanMetricWrapper):
    """The mean of max(1 - y_true y_pred, 0)²."""

    def __init__(self, name: str = "squared_hinge") -> None:
        super().__init__(losses.squared_hinge, name)


class CategoricalHinge(MeanMetricWrapper):
    """The mean of max(1 + the largest prediction of a wrong class - the prediction of the true class, 0)."""

    def __init__(self, name: str = "categorical_hinge") -> None:
        super().__init__(losses.categorical_hinge, name)
