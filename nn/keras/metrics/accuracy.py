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

    def __init__(self, name: str = "accuracy", dtype: Any = None) -> None:
        super().__init__(_accuracy, name, dtype)


class BinaryAccuracy(MeanMetricWrapper):
    """The share of predictions on the correct side of a threshold.

    >>> metric = BinaryAccuracy()
    >>> metric.update_state([[1], [0]], [[0.9], [0.6]])
    >>> float(metric.result())
    0.5
    """

    def __init__(self, name: str = "binary_accuracy", dtype: Any = None, threshold: float = 0.5) -> None:
        super().__init__(binary_accuracy, name, dtype, threshold=threshold)
        self.threshold = threshold


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """The share of samples whose true class, given as a one-hot row, is among the `k` largest predictions."""

    def __init__(self, k: int = 5, name: str = "top_k_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(top_k_categorical_accuracy, name, dtype, k=k)


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """The share of samples whose true class, given as an index, is among the `k` largest predictions."""

    def __init__(self, k: int = 5, name: str = "sparse_top_k_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(sparse_top_k_categorical_accuracy, name, dtype, k=k)


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> EagerTensor:
    """1 for each prediction on the correct side of the threshold; 0 for others."""
    true, pred = aligned(y_true, y_pred)
    return _equal(plain(true), plain(pred) > threshold)


def categorical_accuracy(y_true: Any, y_pred: Any) -> EagerTensor:
    """1 per sample whose largest prediction is that of the true class, given as a one-hot row; 0 for others."""
    return _equal(_largest(plain(y_true)), _largest(plain(y_pred)))


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> EagerTensor:
    """1 per sample whose largest prediction is that of the true class, given as an index; 0 for others."""
    pred = plain(y_pred)
    return _equal(_indices(y_true, pred), _largest(pred))


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> EagerTensor:
    """1 per sample whose true class, given as a one-hot row, is among the `k` largest predictions; 0 for others."""
    return sparse_top_k_categorical_accuracy(_largest(plain(y_true)), y_pred, k)


def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> EagerTensor:
    """1 per sample whose true class, given as an index, is among the `k` largest predictions; 0 for others."""
    pred = plain(y_pred)
    indices = _indices(y_true, pred).astype(np.int64)
    if indices.size and not 0 <= indices.min() <= indices.max() < pred.shape[-1]:
        raise ValueError(
            f"y_true holds class indices from {indices.min()} to {indices.max()}, but y_pred has {pred.shape[-1]} "
            "classes"
        )
    of_true_class = np.take_along_axis(pred, indices[..., None], -1)
    correct = (pred > of_true_class).sum(-1) < k
    return EagerTensor(correct.astype(np.float32).reshape(np.shape(plain(y_true))))


def _indices(y_true: Any, pred: Values) -> Values:
    """Class indices (N,), from (N,) or (N, 1), for predictions (N, classes)."""
    true = plain(y_true)
    indices = true[..., 0] if true.ndim == pred.ndim and true.shape[-1:] == (1,) else true
    if not pred.ndim or indices.shape != pred.shape[:-1]:
        raise ValueError(
            f"y_true must hold one class per row of y_pred, but y_true has shape {true.shape}, and y_pred {pred.shape}"
        )
    return indices


def _largest(rows: Values) -> Values:
    """The index of the largest element of every row."""
    if not rows.ndim or not rows.shape[-1]:
        raise ValueError(f"the values must have a last dim with a value per class, but their shape is {rows.shape}")
    return rows.argmax(-1)


def _accuracy(y_true: Any, y_pred: Any) -> EagerTensor:
    true, pred = aligned(y_true, y_pred)
    return _equal(plain(true), plain(pred))


def _equal(true: Values, predicted: Values) -> EagerTensor:
    return EagerTensor((true == predicted).astype(np.float32))


class CategoricalAccuracy(FunctionMean, function=categorical_accuracy):
    """The share of samples whose largest prediction is that of the true class, given as a one-hot row."""


class SparseCategoricalAccuracy(FunctionMean, function=sparse_categorical_accuracy):
    """The share of samples whose largest prediction is that of the true class, given as an index."""
