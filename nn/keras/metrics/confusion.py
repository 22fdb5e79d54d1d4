"""Metrics counted from right and wrong predictions: true positives, precision, recall, AUC, F1 and mean IoU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.core.tensor import Tensor
from autograd.tensorflow.tensors import EagerTensor

from ..losses.base import EPSILON, aligned
from .base import Metric, Values, expanded, plain

__all__ = [
    "AUC", "F1Score", "FalseNegatives", "FalsePositives", "MeanIoU", "Precision", "Recall", "TrueNegatives",
    "TruePositives",
]  # fmt: skip


class _ThresholdCounts(Metric):
    """Base class of metrics that count true and false positives and negatives at one threshold or several.

    A prediction above a threshold, a number from 0 to 1, counts as positive.
    """

    def __init__(self, thresholds: float | Sequence[float] | None = None, name: str | None = None) -> None:
        super().__init__(name)
        self.thresholds = [0.5] if thresholds is None else list(np.ravel(thresholds))
        if any(not 0 <= float(t) <= 1 for t in self.thresholds):
            raise ValueError(f"Threshold values must be in range [0, 1]. Received: {self.thresholds}")
        self._is_scalar = thresholds is None or np.ndim(thresholds) == 0
        self.reset_state()

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        true, pred = (plain(y) for y in aligned(y_true, y_pred))
        if pred.size and (pred.min() < 0 or pred.max() > 1):
            raise ValueError(f"{self.name}: predictions must be in [0, 1], but go from {pred.min()} to {pred.max()}")
        weight = np.ones(1, np.float32) if sample_weight is None else plain(sample_weight).astype(np.float32)
        weight = expanded(weight, pred.shape)
        true = true.astype(bool)
        for i, threshold in enumerate(self.thresholds):
            positive = pred > np.float32(threshold)
            for counts, hits in (
                (self.true_positives, positive & true), (self.false_positives, positive & ~true),
                (self.true_negatives, ~positive & ~true), (self.false_negatives, ~positive & true),
            ):  # fmt: skip
                counts[i] += weight[hits].sum()

    def reset_state(self) -> None:
        count = len(self.thresholds)
        self.true_positives, self.false_positives = np.zeros(count, np.float32), np.zeros(count, np.float32)
        self.true_negatives, self.false_negatives = np.zeros(count, np.float32), np.zeros(count, np.float32)

    def _per_threshold(self, values: Values) -> Tensor:
        """The values as a tensor: a scalar if there is one threshold and it was not given in a sequence."""
        return EagerTensor(np.float32(values[0]) if self._is_scalar else values.astype(np.float32))


class _Count(_ThresholdCounts):
    """Base class of the metrics that are one of the counts."""

    counted: str

    def result(self) -> Tensor:
        values: Values = getattr(self, self.counted)
        return self._per_threshold(values)


class TruePositives(_Count, counted="true_positives"):
    """The number of positive predictions that are correct."""


class FalsePositives(_Count, counted="false_positives"):
    """The number of positive predictions that are wrong."""


class TrueNegatives(_Count, counted="true_negatives"):
    """The number of negative predictions that are correct."""


class FalseNegatives(_Count, counted="false_negatives"):
    """The number of negative predictions that are wrong."""


class Precision(_ThresholdCounts):
    """The share of positive predictions that are correct.

    >>> metric = Precision()
    >>> metric.update_state([0, 1, 1, 1], [1.0, 0.0, 1.0, 1.0])
    >>> round(float(metric.result()), 4)
    0.6667
    """

    def result(self) -> Tensor:
        """The share so far; 0 if no prediction is positive."""
        return self._per_threshold(_ratio(self.true_positives, self.true_positives + self.false_positives))


class Recall(_ThresholdCounts):
    """The share of true samples that are predicted as positive.

    >>> metric = Recall()
    >>> metric.update_state([0, 1, 1, 1], [1.0, 0.0, 1.0, 1.0])
    >>> round(float(metric.result()), 4)
    0.6667
    """

    def result(self) -> Tensor:
        """The share so far; 0 if no sample is true."""
        return self._per_threshold(_ratio(self.true_positives, self.true_positives + self.false_negatives))


class AUC(_ThresholdCounts):
    """The area under the ROC curve, by the trapezoidal rule on a curve of `num_thresholds` points."""

    def __init__(self, num_thresholds: int = 200, name: str | None = None) -> None:
        if num_thresholds <= 1:
            raise ValueError(f"Argument `num_thresholds` must be an integer > 1. Received: {num_thresholds}")
        super().__init__(np.linspace(0, 1, num_thresholds).tolist(), name)
        self.thresholds[0], self.thresholds[-1] = -EPSILON, 1 + EPSILON

    def result(self) -> Tensor:
        recall = _ratio(self.true_positives, self.true_positives + self.false_negatives)
        fall_out = _ratio(self.false_positives, self.false_positives + self.true_negatives)
        return EagerTensor(np.float32(np.sum((fall_out[:-1] - fall_out[1:]) * (recall[:-1] + recall[1:]) / 2)))


def _ratio(numerator: Any, denominator: Any) -> Any:
    """The quotient; 0 where the denominator is 0."""
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator != 0)


class F1Score(Metric):
    """2 precision · recall / (precision + recall) of every class, for true values (N, classes) of 0 and 1.

    Args:
        average: None for one score per class; "macro" for their mean; "weighted" for their mean weighted by the number
            of true samples; "micro" to count all classes as one.
        threshold: a class is predicted where its prediction is above the threshold; by default where it is the largest.

    >>> score = F1Score(average="macro", threshold=0.5)
    >>> score.update_state([[1, 0], [0, 1], [1, 1]], [[0.8, 0.2], [0.3, 0.9], [0.4, 0.7]])
    >>> round(float(score.result()), 4)
    0.8333
    """

    def __init__(
        self, average: str | None = None, threshold: float | None = None, name: str | None = "f1_score",
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(name, dtype)
        if average not in (None, "micro", "macro", "weighted"):
            raise ValueError(
                f"Invalid `average` argument value. Expected one of: None, micro, macro, weighted. Received: {average}"
            )
        self.average, self.threshold = average, threshold
        self.reset_state()

    def reset_state(self) -> None:
        #: True positives, false positives and false negatives of every class.
        self._counts: Values = np.zeros((3, 1), np.float32)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch; ValueError for values that are not matrices of the same shape."""
        true, pred = plain(y_true).astype(np.float32), plain(y_pred)
        if true.ndim != 2 or true.shape != pred.shape:
            raise ValueError(
                f"{type(self).__name__} takes y_true and y_pred of the same shape (N, classes), but got {true.shape} "
                f"and {pred.shape}"
            )
        largest = np.arange(pred.shape[1]) == pred.argmax(1)[:, None]
        positive = (largest if self.threshold is None else pred > self.threshold).astype(np.float32)
        weight = np.float32(1) if sample_weight is None else plain(sample_weight).reshape(-1, 1)
        axis = None if self.average == "micro" else 0
        hits = [true * positive, (1 - true) * positive, true * (1 - positive)]
        self._counts = self._counts + np.array([np.atleast_1d((part * weight).sum(axis)) for part in hits], np.float32)

    def result(self) -> Tensor:
        """The score so far, or one score per class."""
        true_positives, false_positives, false_negatives = self._counts
        score = _ratio(2 * true_positives, 2 * true_positives + false_positives + false_negatives)
        if self.average == "weighted":
            of_class = true_positives + false_negatives
            return EagerTensor(np.float32((score * _ratio(of_class, of_class.sum())).sum()))
        return EagerTensor(np.float32(score.mean()) if self.average else score)


class MeanIoU(Metric):
    """Intersection over union of true and predicted class, averaged over the classes that occur.

    Args:
        num_classes: the number of classes.
        ignore_class: a class index to leave out.
        sparse_y_true, sparse_y_pred: whether the values are class indices, or hold a value per class in the last dim.

    >>> overlap = MeanIoU(num_classes=3)
    >>> overlap.update_state([0, 1, 2, 1], [0, 2, 2, 1])
    >>> round(float(overlap.result()), 4)
    0.6667
    """

    def __init__(
        self, num_classes: int, name: str | None = None, dtype: Any = None, ignore_class: int | None = None,
        sparse_y_true: bool = True, sparse_y_pred: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(name, dtype)
        self.num_classes, self.ignore_class = num_classes, ignore_class
        self.sparse_y_true, self.sparse_y_pred = sparse_y_true, sparse_y_pred
        self.reset_state()

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch; ValueError if a class index is out of range."""
        true, pred = (
            (plain(y) if sparse else plain(y).argmax(-1)).astype(np.int64).ravel()
            for y, sparse in ((y_true, self.sparse_y_true), (y_pred, self.sparse_y_pred))
        )
        weight = np.ones(len(true)) if sample_weight is None else np.ravel(plain(sample_weight))
        counted = true != (-1 if self.ignore_class is None else self.ignore_class)
        indices = np.concatenate([true[counted], pred[counted]])
        if indices.size and not 0 <= indices.min() <= indices.max() < self.num_classes:
            raise ValueError(
                f"{type(self).__name__}: class indices must be from 0 to {self.num_classes - 1}, but go from "
                f"{indices.min()} to {indices.max()}"
            )
        np.add.at(self._confusion, (true[counted], pred[counted]), weight[counted])

    def result(self) -> Tensor:
        intersection = np.diag(self._confusion)
        union = self._confusion.sum(0) + self._confusion.sum(1) - intersection
        return EagerTensor(np.float32(_ratio(intersection, union)[union > 0].mean() if np.any(union) else 0))

    def reset_state(self) -> None:
        self._confusion = np.zeros((self.num_classes, self.num_classes))
