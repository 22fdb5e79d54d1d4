"""Metrics counted from right and wrong predictions at thresholds: true positives, precision, recall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.core.tensor import Tensor
from autograd.tensorflow.tensors import EagerTensor

from ..losses.base import same_shape
from ..ranks import broadcast, same_rank
from .base import Metric, Values, plain

__all__ = ["FalseNegatives", "FalsePositives", "Precision", "Recall", "TrueNegatives", "TruePositives"]


class ThresholdCounts(Metric):
    """Base class of metrics that count true and false positives and negatives at one threshold or several.

    A prediction above a threshold counts as positive.
    """

    #: The shape of the counts after the dim of the thresholds.
    _labels: tuple[int, ...] = ()

    def __init__(self, thresholds: Sequence[float], name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self.thresholds = list(thresholds)
        self.reset_state()

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch; ValueError for shapes that do not fit each other."""
        true, pred = self._prepared(*(plain(y) for y in same_shape(type(self).__name__, y_true, y_pred)))
        true = true.astype(bool)
        weight = np.broadcast_to(np.float32(1), pred.shape)
        if sample_weight is not None:
            weight = same_rank(true, plain(sample_weight).astype(np.float32)[..., None], expand_vectors=False)[1]
            weight = broadcast("sample_weight", weight, pred.shape)
        self._count(true, pred, weight)

    def _prepared(self, true: Values, pred: Values) -> tuple[Values, Values]:
        """The true values and predictions to be counted."""
        return true, pred

    def _count(self, true: Values, pred: Values, weight: Values) -> None:
        # The dims that the counts do not have are summed over.
        others = tuple(range(pred.ndim - len(self._labels)))
        for i, threshold in enumerate(self.thresholds):
            positive = pred > np.float32(threshold)
            for counts, hits in (
                (self.true_positives, positive & true), (self.false_positives, positive & ~true),
                (self.true_negatives, ~positive & ~true), (self.false_negatives, ~positive & true),
            ):  # fmt: skip
                counts[i] += (weight * hits).sum(others)

    def reset_state(self) -> None:
        shape = (len(self.thresholds), *self._labels)
        self.true_positives, self.false_positives = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        self.true_negatives, self.false_negatives = np.zeros(shape, np.float32), np.zeros(shape, np.float32)

    def _per_threshold(self, values: Values) -> Tensor:
        """The values as a tensor: a scalar if there is one threshold."""
        return EagerTensor(np.float32(values[0]) if len(values) == 1 else values.astype(np.float32))


def checked_thresholds(thresholds: float | Sequence[float] | None, default: float = 0.5) -> list[float]:
    """Thresholds as a list, from a number, a sequence or None for the default; ValueError for one outside [0, 1]."""
    values = [default] if thresholds is None else [float(t) for t in np.ravel(thresholds)]
    if thresholds is not None and any(not 0 <= t <= 1 for t in values):
        raise ValueError(f"Threshold values must be in range [0, 1]. Received: {values}")
    return values


class _Count(ThresholdCounts):
    """Base class of the metrics that are one of the counts."""

    counted: str

    def __init__(
        self, thresholds: float | Sequence[float] | None = None, name: str | None = None, dtype: Any = None
    ) -> None:
        super().__init__(checked_thresholds(thresholds), name, dtype)

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


class _OfClasses(ThresholdCounts):
    """The arguments of Precision, which describes them, and of Recall."""

    def __init__(
        self, thresholds: float | Sequence[float] | None = None, top_k: int | None = None, class_id: int | None = None,
        name: str | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(checked_thresholds(thresholds, 0.5 if top_k is None else -np.inf), name, dtype)
        self.top_k, self.class_id = top_k, class_id

    def _prepared(self, true: Values, pred: Values) -> tuple[Values, Values]:
        classes = pred.shape[-1] if pred.ndim else 0
        if self.top_k is not None:
            if not 1 <= self.top_k <= classes:
                raise ValueError(
                    f"top_k={self.top_k} needs at least as many classes, but y_pred has shape {pred.shape}"
                )
            rank = np.argsort(np.argsort(-pred, -1, kind="stable"), -1)
            pred = np.where(rank < self.top_k, pred, -np.inf)
        if self.class_id is not None:
            if pred.ndim < 2 or true.ndim < 2 or not -classes <= self.class_id < classes:
                raise ValueError(
                    "When class_id is provided, y_pred must be an array with shape (num_samples, num_classes), and "
                    f"class_id below num_classes; found shape {pred.shape} and class_id={self.class_id}"
                )
            true, pred = true[..., self.class_id, None], pred[..., self.class_id, None]
        return true, pred


class Precision(_OfClasses):
    """The share of positive predictions that are correct.

    Args:
        thresholds: above which predictions are positive: a number, or several for one result each; 0.5 by default.
        top_k: only the `top_k` largest predictions of a sample may be positive; without `thresholds` all of them are.
        class_id: the only class, an index into the last dim, to be counted.
        name, dtype: as for `Metric`.

    >>> metric = Precision()
    >>> metric.update_state([0, 1, 1, 1], [1.0, 0.0, 1.0, 1.0])
    >>> round(float(metric.result()), 4)
    0.6667
    """

    def result(self) -> Tensor:
        """The share so far; 0 if no prediction is positive."""
        return self._per_threshold(ratio(self.true_positives, self.true_positives + self.false_positives))


class Recall(_OfClasses):
    """The share of true samples that are predicted as positive; arguments as for `Precision`.

    >>> metric = Recall()
    >>> metric.update_state([0, 1, 1, 1], [1.0, 0.0, 1.0, 1.0])
    >>> round(float(metric.result()), 4)
    0.6667
    """

    def result(self) -> Tensor:
        """The share so far; 0 if no sample is true."""
        return self._per_threshold(ratio(self.true_positives, self.true_positives + self.false_negatives))


def ratio(numerator: Any, denominator: Any) -> Any:
    """The quotient; 0 where the denominator is 0."""
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator != 0)
