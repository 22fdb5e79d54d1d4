"""Metrics counted from right and wrong predictions: true positives, precision, recall, AUC, F1 and mean IoU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.core.tensor import Tensor
from autograd.tensorflow.tensors import EagerTensor

from .. import losses
from .base import Metric, Values, plain


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


def _ratio(above: Any, below: Any) -> Any:
    """The quotient; 0 where both are 0."""
    return np.divide(above, below, out=np.zeros_like(above), where=below != 0)


class F1Score(Metric):
    """2 precision · recall / (precision + recall) of every class, for true values (N, classes) of 0 and 1.

    Args:
        average: what becomes of the classes' scores: None, all are given; "macro", their mean; "weighted", by how often
            each class is true; "micro", all classes are counted as one.
        threshold: above which prediction a class is chosen; the class with the largest is if left out.
        name: how it is called.

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
        self._counts: Values
        if average not in (None, "micro", "macro", "weighted"):
            raise ValueError(
                f"Invalid `average` argument value. Expected one of: None, micro, macro, weighted. Received: {average}"
            )
        self.average, self.threshold = average, threshold
        self.reset_state()

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch.

        Raises:
            ValueError: the values are no matrices of one shape.
        """
        true, pred = plain(y_true).astype(np.float32), plain(y_pred)
        if true.ndim != 2 or true.shape != pred.shape:
            raise ValueError(
                f"{type(self).__name__} takes y_true and y_pred of one shape (N, classes), but got {true.shape} and "
                f"{pred.shape}"
            )
        largest = np.arange(pred.shape[1]) == pred.argmax(1)[:, None]
        chosen = (largest if self.threshold is None else pred > self.threshold).astype(np.float32)
        weight = np.float32(1) if sample_weight is None else plain(sample_weight).reshape(-1, 1)
        axis = None if self.average == "micro" else 0
        counted = [true * chosen, (1 - true) * chosen, true * (1 - chosen)]
        self._counts = self._counts + np.array(
            [np.atleast_1d((part * weight).sum(axis)) for part in counted], np.float32
        )

    def result(self) -> Tensor:
        """The score so far, or those of the classes."""
        right, too_much, missed = self._counts
        score = _ratio(2 * right, 2 * right + too_much + missed)
        if self.average == "weighted":
            return EagerTensor(np.float32((score * _ratio(right + missed, (right + missed).sum())).sum()))
        return EagerTensor(np.float32(score.mean()) if self.average else score)

    def reset_state(self) -> None:
        """Begin again."""
        self._counts = np.zeros((3, 1), np.float32)


class MeanIoU(Metric):
    """The share of what is of a class, or is predicted so, that is both: the mean of the classes that occur.

    Args:
        num_classes: how many classes there are.
        name: how it is called.
        ignore_class: a class number that does not count.
        sparse_y_true, sparse_y_pred: whether they are class numbers, or have a value for each class along the last dim.

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
        """Count a batch.

        Raises:
            ValueError: a class number is not below `num_classes`.
        """
        true, pred = (
            (plain(y) if sparse else plain(y).argmax(-1)).astype(np.int64).ravel()
            for y, sparse in ((y_true, self.sparse_y_true), (y_pred, self.sparse_y_pred))
        )
        weight = np.ones(len(true)) if sample_weight is None else np.ravel(plain(sample_weight))
        counts = true != (-1 if self.ignore_class is None else self.ignore_class)
        numbers = np.concatenate([true[counts], pred[counts]])
        if numbers.size and not 0 <= numbers.min() <= numbers.max() < self.num_classes:
            raise ValueError(
                f"{type(self).__name__}: class numbers go from 0 to {self.num_classes - 1}, but got {numbers.min()} to "
                f"{numbers.max()}"
            )
        np.add.at(self._confusion, (true[counts], pred[counts]), weight[counts])

    def result(self) -> Tensor:
        """The mean so far."""
        both = np.diag(self._confusion)
        either = self._confusion.sum(0) + self._confusion.sum(1) - both
        return EagerTensor(np.float32(_ratio(both, either)[either > 0].mean() if np.any(either) else 0))

    def reset_state(self) -> None:
        """Begin again."""
        self._confusion = np.zeros((self.num_classes, self.num_classes))
