"""Accuracy metrics: the share of predictions that are correct."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.tensorflow.tensors import EagerTensor

from ..losses.base import aligned
from .base import FunctionMean, MeanMetricWrapper, Values, plain

__all__ = [
    "Accuracy", "BinaryAccuracy", "CategoricalAccuracy", "SparseCategoricalAccuracy", "SparseTopKCategoricalAccuracy",
    "TopKCategoricalAccuracy", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy",
    "sparse_top_k_categorical_accuracy", "top_k_categorical_accuracy",
]  # fmt: skip


class Accuracy(MeanMetricWrapper):
    """The share of predictions that are equal to the true value."""

    def __init__(self, name: str = "accuracy") -> None:
        super().__init__(lambda y_true, y_pred: _equal(plain(y_true), plain(y_pred)), name)


class BinaryAccuracy(MeanMetricWrapper):
    """The share of predictions on the correct side of a threshold.

    >>> metric = BinaryAccuracy()
    >>> metric.update_state([[1], [0]], [[0.9], [0.6]])
    >>> float(metric.result())
    0.5
    """

    def __init__(self, name: str = "binary_accuracy", threshold: float = 0.5) -> None:
        super().__init__(lambda y_true, y_pred: binary_accuracy(y_true, y_pred, threshold), name)
        self.threshold = threshold


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """The share of samples whose true class, given as a one-hot row, is among the `k` largest predictions."""

    def __init__(self, k: int = 5, name: str = "top_k_categorical_accuracy") -> None:
        super().__init__(lambda y_true, y_pred: top_k_categorical_accuracy(y_true, y_pred, k), name)


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """The share of samples whose true class, given as an index, is among the `k` largest predictions."""

    def __init__(self, k: int = 5, name: str = "sparse_top_k_categorical_accuracy") -> None:
        super().__init__(lambda y_true, y_pred: sparse_top_k_categorical_accuracy(y_true, y_pred, k), name)


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> EagerTensor:
    """For each sample the share of predictions on the correct side of the threshold."""
    true, pred = aligned(y_true, y_pred)
    predicted = plain(pred) > threshold
    return EagerTensor((plain(true) == predicted).mean(-1, dtype=np.float32))


def categorical_accuracy(y_true: Any, y_pred: Any) -> EagerTensor:
    """1 per sample whose largest prediction is that of the true class, given as a one-hot row; 0 for others."""
    return _equal(plain(y_true).argmax(-1), plain(y_pred).argmax(-1))


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> EagerTensor:
    """1 per sample whose largest prediction is that of the true class, given as an index; 0 for others."""
    pred = plain(y_pred)
    return _equal(_indices(y_true, pred), pred.argmax(-1))


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> EagerTensor:
    """1 per sample whose true class, given as a one-hot row, is among the `k` largest predictions; 0 for others."""
    return sparse_top_k_categorical_accuracy(plain(y_true).argmax(-1), y_pred, k)


def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> EagerTensor:
    """1 per sample whose true class, given as an index, is among the `k` largest predictions; 0 for others."""
    pred = plain(y_pred)
    of_true_class = np.take_along_axis(pred, _indices(y_true, pred).astype(np.int64)[..., None], -1)
    return EagerTensor(((pred > of_true_class).sum(-1) < k).astype(np.float32))


def _indices(y_true: Any, pred: Values) -> Values:
    """Class indices (N,), from (N,) or (N, 1), for predictions (N, classes)."""
    true = plain(y_true)
    return true[..., 0] if true.ndim == pred.ndim and true.shape[-1] == 1 else true


def _equal(true: Values, predicted: Values) -> EagerTensor:
    return EagerTensor((true == predicted).astype(np.float32))


class CategoricalAccuracy(FunctionMean, function=categorical_accuracy):
    """The share of samples whose largest prediction is that of the true class, given as a one-hot row."""


class SparseCategoricalAccuracy(FunctionMean, function=sparse_categorical_accuracy):
    """The share of samples whose largest prediction is that of the true class, given as an index."""
