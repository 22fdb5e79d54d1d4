"""AUC: the area under the ROC curve, or the precision-recall curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.core.tensor import Tensor
from autograd.tensorflow.elementwise import sigmoid
from autograd.tensorflow.tensors import EagerTensor

from ..losses.base import EPSILON, tensors
from ..naming import lookup
from .base import Values
from .confusion import ThresholdCounts, checked_thresholds, ratio

__all__ = ["AUC"]

#: The heights of the strips under a curve, from the values at their two ends.
_HEIGHTS = {"interpolation": lambda a, b: (a + b) / 2, "minoring": np.minimum, "majoring": np.maximum}


class AUC(ThresholdCounts):
    """The area under a curve of two rates, of which each threshold gives a point.

    Args:
        num_thresholds: the number of thresholds, evenly spaced from 0 to 1.
        curve: "ROC" (true positives over false positives) or "PR" (precision over recall).
        summation_method: "interpolation", or "minoring" or "majoring" for the smaller or larger end of each strip. For
            the PR curve, interpolation is that of the counts (Davis and Goadrich, 2006).
        name, dtype: as for `Metric`.
        thresholds: in place of `num_thresholds`, the thresholds between 0 and 1.
        multi_label: whether to compute an area for each label, a place in the last dim, and average them.
        num_labels: the number of labels; by default that of the first batch.
        label_weights: a weight for each label: in the average, or else of the label's counts.
        from_logits: whether the predictions are logits.

    >>> metric = AUC(num_thresholds=3)
    >>> metric.update_state([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9])
    >>> float(metric.result())
    0.75
    """

    def __init__(
        self, num_thresholds: int = 200, curve: str = "ROC", summation_method: str = "interpolation",
        name: str | None = None, dtype: Any = None, thresholds: Sequence[float] | None = None,
        multi_label: bool = False, num_labels: int | None = None, label_weights: Any = None, from_logits: bool = False,
    ) -> None:  # fmt: skip
        if thresholds is None and num_thresholds <= 1:
            raise ValueError(f"Argument `num_thresholds` must be an integer > 1. Received: {num_thresholds}")
        if num_labels is not None and not multi_label:
            raise ValueError("`num_labels` is needed only when `multi_label` is True.")
        lookup("curve", curve, dict.fromkeys(("ROC", "PR")))
        self.curve, self.summation_method = curve, summation_method
        self._height = lookup("summation_method", summation_method, _HEIGHTS)
        self.multi_label, self.from_logits = multi_label, from_logits
        self.label_weights = None if label_weights is None else np.asarray(label_weights, np.float32)
        self._labels = () if num_labels is None else (num_labels,)
        inner = np.linspace(0, 1, num_thresholds)[1:-1] if thresholds is None else checked_thresholds(thresholds)
        super().__init__([-EPSILON, *sorted(map(float, inner)), 1 + EPSILON], name, dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        if self.from_logits:
            y_pred = sigmoid(EagerTensor.result(tensors(y_true, y_pred)[1]))
        super().update_state(y_true, y_pred, sample_weight)

    def _prepared(self, true: Values, pred: Values) -> tuple[Values, Values]:
        if self.multi_label:
            if pred.ndim != 2 or self._labels and pred.shape[1:] != self._labels:
                raise ValueError(
                    f"With multi_label=True, y_pred must have shape (N, {(*self._labels, 'labels')[0]}), but has shape "
                    f"{pred.shape}"
                )
            if not self._labels:
                self._labels = pred.shape[1:]
                self.reset_state()
        # The thresholds at the ends lie beyond 0 and 1, and so must all predictions not.
        return true, np.clip(pred, 0, 1)

    def _count(self, true: Values, pred: Values, weight: Values) -> None:
        if self.label_weights is not None and not self.multi_label:
            if pred.shape[-1:] != self.label_weights.shape:
                raise ValueError(
                    f"label_weights of shape {self.label_weights.shape} must have a weight for each label of y_pred, "
                    f"of shape {pred.shape}"
                )
            weight = weight * self.label_weights
        super()._count(true, pred, weight)

    def result(self) -> Tensor:
        """The area so far; with several labels the mean of their areas."""
        recall = ratio(self.true_positives, self.true_positives + self.false_negatives)
        if self.curve == "PR" and self.summation_method == "interpolation":
            strips = self._interpolated_strips()
        else:
            if self.curve == "PR":
                x, y = recall, ratio(self.true_positives, self.true_positives + self.false_positives)
            else:
                x, y = ratio(self.false_positives, self.false_positives + self.true_negatives), recall
            strips = (x[:-1] - x[1:]) * self._height(y[:-1], y[1:])
        areas = strips.sum(0)
        if not self.multi_label:
            return EagerTensor(np.float32(areas))
        weights = np.ones_like(areas) if self.label_weights is None else self.label_weights
        return EagerTensor(np.float32(ratio((areas * weights).sum(), weights.sum())))

    def _interpolated_strips(self) -> Values:
        """The areas of the strips under the precision-recall curve, if the counts are linear between thresholds.

        Let P be the number of positive predictions, and TP = intercept + slope · P that of the correct ones. The
        precision TP / P integrated over TP from A to B is slope · (TP_B - TP_A + intercept · log(P_B / P_A)).
        """
        positive = self.true_positives + self.false_positives
        change = self.true_positives[:-1] - self.true_positives[1:]
        slope = ratio(change, np.maximum(positive[:-1] - positive[1:], 0))
        intercept = self.true_positives[1:] - slope * positive[1:]
        growth = np.where(positive[1:] > 0, ratio(positive[:-1], positive[1:]), 1)
        growth = np.where(positive[:-1] > 0, growth, 1)
        total = self.true_positives[1:] + self.false_negatives[1:]
        return np.asarray(ratio(slope * (change + intercept * np.log(growth)), np.maximum(total, 0)))
