"""Scores of classes: F1 and mean intersection over union."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.core.tensor import Tensor
from autograd.tensorflow.tensors import EagerTensor

from ..ranks import broadcast
from .base import Metric, Values, plain
from .confusion import ratio

__all__ = ["F1Score", "MeanIoU"]


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
        # Like Keras: all of several equal largest predictions are positive, but none that is 0.
        largest = (pred >= pred.max(1, keepdims=True, initial=-np.inf)) & (np.abs(pred) > 1e-9)
        positive = (largest if self.threshold is None else pred > self.threshold).astype(np.float32)
        given = np.ones(1) if sample_weight is None else plain(sample_weight)
        weight = broadcast("sample_weight", given[:, None] if given.ndim == 1 else given, true.shape)
        axis = None if self.average == "micro" else 0
        hits = [true * positive, (1 - true) * positive, true * (1 - positive)]
        self._counts = self._counts + np.array([np.atleast_1d((part * weight).sum(axis)) for part in hits], np.float32)

    def result(self) -> Tensor:
        """The score so far, or one score per class."""
        true_positives, false_positives, false_negatives = self._counts
        score = ratio(2 * true_positives, 2 * true_positives + false_positives + false_negatives)
        if self.average == "weighted":
            of_class = true_positives + false_negatives
            return EagerTensor(np.float32((score * ratio(of_class, of_class.sum())).sum()))
        return EagerTensor(np.float32(score.mean()) if self.average else score)


class MeanIoU(Metric):
    """Intersection over union of true and predicted class, averaged over the classes that occur.

    Args:
        num_classes: the number of classes.
        ignore_class: a class index to leave out.
        sparse_y_true, sparse_y_pred: whether the values are class indices, or hold a value per class along `axis`.
        axis: the dim of the classes.

    >>> overlap = MeanIoU(num_classes=3)
    >>> overlap.update_state([0, 1, 2, 1], [0, 2, 2, 1])
    >>> round(float(overlap.result()), 4)
    0.6667
    """

    def __init__(
        self, num_classes: int, name: str | None = None, dtype: Any = None, ignore_class: int | None = None,
        sparse_y_true: bool = True, sparse_y_pred: bool = True, axis: int = -1,
    ) -> None:  # fmt: skip
        super().__init__(name, dtype)
        self.num_classes, self.ignore_class, self.axis = num_classes, ignore_class, axis
        self.sparse_y_true, self.sparse_y_pred = sparse_y_true, sparse_y_pred
        self.reset_state()

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch; ValueError if a class index is out of range."""
        true, pred = (
            (plain(y) if sparse else plain(y).argmax(self.axis)).astype(np.int64).ravel()
            for y, sparse in ((y_true, self.sparse_y_true), (y_pred, self.sparse_y_pred))
        )
        if true.shape != pred.shape:
            raise ValueError(
                f"{type(self).__name__}: y_true and y_pred must hold the same number of values, but hold {true.size} "
                f"and {pred.size}"
            )
        given = np.ones(1) if sample_weight is None else np.ravel(plain(sample_weight))
        weight = broadcast("sample_weight", given, true.shape)
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
        return EagerTensor(np.float32(ratio(intersection, union)[union > 0].mean() if np.any(union) else 0))

    def reset_state(self) -> None:
        self._confusion = np.zeros((self.num_classes, self.num_classes))
