"""Metrics of counts: which predictions are right at a threshold, or among the largest; and means of further losses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.core.tensor import Tensor
from autograd.tensorflow.tensors import EagerTensor

from .. import losses
from .base import Mean, MeanMetricWrapper, Metric, Values, plain


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


class RootMeanSquaredError(Metric):
    """The root of the mean of (y_true - y_pred)²."""

    def __init__(self, name: str | None = "root_mean_squared_error") -> None:
        super().__init__(name)
        self._mean = Mean()

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count the elements of one batch."""
        true, pred = losses.aligned(y_true, y_pred)
        self._mean.update_state(np.square(plain(pred) - plain(true)), sample_weight)

    def result(self) -> Tensor:
        """The root so far."""
        return EagerTensor(np.sqrt(self._mean.result().array))

    def reset_state(self) -> None:
        """Begin again."""
        self._mean.reset_state()


class _Counts(Metric):
    """What the metrics share that count right and wrong predictions at thresholds.

    Args:
        thresholds: a number or several, from 0 to 1: a prediction above says yes.
        name: how it is called.
    """

    def __init__(self, thresholds: float | Sequence[float] | None = None, name: str | None = None) -> None:
        super().__init__(name)
        self.thresholds = [0.5] if thresholds is None else list(np.ravel(thresholds))
        if any(not 0 <= float(t) <= 1 for t in self.thresholds):
            raise ValueError(f"Threshold values must be in range [0, 1]. Received: {self.thresholds}")
        self._single = thresholds is None or np.ndim(thresholds) == 0
        self.reset_state()

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count the elements of one batch."""
        true, pred = (plain(y) for y in losses.aligned(y_true, y_pred))
        self._count(true, pred, sample_weight)

    def _count(self, true: Values, pred: Values, sample_weight: Any) -> None:
        if pred.size and (pred.min() < 0 or pred.max() > 1):
            raise ValueError(f"{self.name}: predictions must be in [0, 1], but go from {pred.min()} to {pred.max()}")
        weight = np.ones(1, np.float32) if sample_weight is None else plain(sample_weight).astype(np.float32)
        weight = np.broadcast_to(weight.reshape(weight.shape + (1,) * (pred.ndim - weight.ndim)), pred.shape)
        yes = true.astype(bool)
        for i, threshold in enumerate(self.thresholds):
            said = pred > np.float32(threshold)
            for counts, hits in (
                (self.true_positives, said & yes), (self.false_positives, said & ~yes),
                (self.true_negatives, ~said & ~yes), (self.false_negatives, ~said & yes),
            ):  # fmt: skip
                counts[i] += weight[hits].sum()

    def reset_state(self) -> None:
        """Begin again."""
        count = len(self.thresholds)
        self.true_positives, self.false_positives = np.zeros(count, np.float32), np.zeros(count, np.float32)
        self.true_negatives, self.false_negatives = np.zeros(count, np.float32), np.zeros(count, np.float32)

    def _answer(self, values: Values) -> Tensor:
        return EagerTensor(np.float32(values[0]) if self._single else values.astype(np.float32))


class TruePositives(_Counts):
    """How many predictions say yes, and rightly."""

    def result(self) -> Tensor:
        """The count so far."""
        return self._answer(self.true_positives)


class FalsePositives(_Counts):
    """How many predictions say yes, and wrongly."""

    def result(self) -> Tensor:
        """The count so far."""
        return self._answer(self.false_positives)


class TrueNegatives(_Counts):
    """How many predictions say no, and rightly."""

    def result(self) -> Tensor:
        """The count so far."""
        return self._answer(self.true_negatives)


class FalseNegatives(_Counts):
    """How many predictions say no, and wrongly."""

    def result(self) -> Tensor:
        """The count so far."""
        return self._answer(self.false_negatives)


class Precision(_Counts):
    """The share of right ones among the predictions that say yes.

    >>> metric = Precision()
    >>> metric.update_state([0, 1, 1, 1], [1.0, 0.0, 1.0, 1.0])
    >>> round(float(metric.result()), 4)
    0.6667
    """

    def result(self) -> Tensor:
        """The share so far; 0 if none says yes."""
        return self._answer(_share(self.true_positives, self.false_positives))


class Recall(_Counts):
    """The share of those found among the ones that are true.

    >>> metric = Recall()
    >>> metric.update_state([0, 1, 1, 1], [1.0, 0.0, 1.0, 1.0])
    >>> round(float(metric.result()), 4)
    0.6667
    """

    def result(self) -> Tensor:
        """The share so far; 0 if none is true."""
        return self._answer(_share(self.true_positives, self.false_negatives))


class AUC(_Counts):
    """The area under the ROC curve, by trapezia between thresholds.

    Args:
        num_thresholds: how many thresholds the curve is drawn with.
        name: how it is called.
    """

    def __init__(self, num_thresholds: int = 200, name: str | None = None) -> None:
        if num_thresholds <= 1:
            raise ValueError(f"Argument `num_thresholds` must be an integer > 1. Received: {num_thresholds}")
        super().__init__(np.linspace(0, 1, num_thresholds).tolist(), name)
        self.thresholds[0], self.thresholds[-1] = -losses.EPSILON, 1 + losses.EPSILON

    def result(self) -> Tensor:
        """The area so far."""
        recall = _share(self.true_positives, self.false_negatives)
        fall_out = _share(self.false_positives, self.true_negatives)
        return EagerTensor(np.float32(np.sum((fall_out[:-1] - fall_out[1:]) * (recall[:-1] + recall[1:]) / 2)))


def _share(part: Values, rest: Values) -> Values:
    whole = part + rest
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> EagerTensor:
    """For each sample 1 where the true class is among the `k` largest predictions."""
    true, pred = plain(y_true), plain(y_pred)
    if true.ndim == pred.ndim and true.shape[-1] == 1:
        true = true[..., 0]
    own = np.take_along_axis(pred, true.astype(np.int64)[..., None], -1)
    return EagerTensor(((pred > own).sum(-1) < k).astype(np.float32))


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> EagerTensor:
    """For each sample 1 where the class of the one-hot row is among the `k` largest predictions."""
    return sparse_top_k_categorical_accuracy(plain(y_true).argmax(-1), y_pred, k)


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """The share of samples whose class, given as a one-hot row, is among the `k` largest predictions."""

    def __init__(self, k: int = 5, name: str = "top_k_categorical_accuracy") -> None:
        super().__init__(lambda y_true, y_pred: top_k_categorical_accuracy(y_true, y_pred, k), name)


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """The share of samples whose class number is among the `k` largest predictions."""

    def __init__(self, k: int = 5, name: str = "sparse_top_k_categorical_accuracy") -> None:
        super().__init__(lambda y_true, y_pred: sparse_top_k_categorical_accuracy(y_true, y_pred, k), name)


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
