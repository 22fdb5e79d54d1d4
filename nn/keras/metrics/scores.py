"""Scores of whole sets, which no mean of batches gives: F1, R², and the overlap of classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.core.tensor import Tensor
from autograd.tensorflow.tensors import EagerTensor

from .base import Metric, Values, plain


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


class R2Score(Metric):
    """1 - Σ (y_true - y_pred)² / Σ (y_true - mean)²: which share of the variance is explained; the outputs' mean.

    >>> score = R2Score()
    >>> score.update_state([[1.0], [2.0], [3.0]], [[1.1], [1.9], [3.2]])
    >>> round(float(score.result()), 4)
    0.97
    """

    def __init__(self, name: str | None = "r2_score", dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self._sums: list[Values]
        self.reset_state()

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch of (N, outputs)."""
        true, pred = (plain(y).reshape(len(plain(y)), -1).astype(np.float64) for y in (y_true, y_pred))
        weight = np.ones((len(true), 1)) if sample_weight is None else plain(sample_weight).reshape(-1, 1)
        parts = (weight, weight * true, weight * true**2, weight * (true - pred) ** 2)
        self._sums = [total + part.sum(0) for total, part in zip(self._sums, parts)]

    def result(self) -> Tensor:
        """The score so far."""
        count, total, squares, residual = self._sums
        return EagerTensor(np.float32(np.mean(1 - residual / (squares - total**2 / count)) if np.any(count) else 0))

    def reset_state(self) -> None:
        """Begin again."""
        self._sums = [np.zeros(1)] * 4


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
