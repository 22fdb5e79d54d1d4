"""Accuracy metrics: the share of predictions that are correct."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.tensorflow.tensors import EagerTensor

from .. import losses
from .base import MeanMetricWrapper, Values, plain


class Accuracy(MeanMetricWrapper):
    """The share of predictions that are equal to the true value."""

    def __init__(self, name: str = "accuracy") -> None:
        super().__init__(lambda y_true, y_pred: _equal(plain(y_true), plain(y_pred)), name)


class BinaryAccuracy(MeanMetricWrapper):
    """The share of predictions on the right side of a threshold.

    >>> metric = BinaryAccuracy()
    >>> metric.update_state([[1], [0]], [[0.9], [0.6]])
    >>> float(metric.result())
    0.5
    """

    def __init__(self, name: str = "binary_accuracy", threshold: float = 0.5) -> None:
        super().__init__(lambda y_true, y_pred: binary_accuracy(y_true, y_pred, threshold), name)
        self.threshold = threshold


class CategoricalAccuracy(MeanMetricWrapper):
    """The share of samples whose largest prediction stands where the one-hot row has its 1."""

    def __init__(self, name: str = "categorical_accuracy") -> None:
        super().__init__(categorical_accuracy, name)


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """The share of samples whose largest prediction has the true class's number."""

    def __init__(self, name: str = "sparse_categorical_accuracy") -> None:
        super().__init__(sparse_categorical_accuracy, name)


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """The share of samples whose class, given as a one-hot row, is among the `k` largest predictions."""

    def __init__(self, k: int = 5, name: str = "top_k_categorical_accuracy") -> None:
        super().__init__(lambda y_true, y_pred: top_k_categorical_accuracy(y_true, y_pred, k), name)


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """The share of samples whose class number is among the `k` largest predictions."""

    def __init__(self, k: int = 5, name: str = "sparse_top_k_categorical_accuracy") -> None:
        super().__init__(lambda y_true, y_pred: sparse_top_k_categorical_accuracy(y_true, y_pred, k), name)


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> EagerTensor:
    """For each sample the share of predictions on the right side of the threshold."""
    true, pred = losses.aligned(y_true, y_pred)
    said = plain(pred) > threshold
    return EagerTensor((plain(true) == said).mean(-1, dtype=np.float32))


def categorical_accuracy(y_true: Any, y_pred: Any) -> EagerTensor:
    """For each sample 1 where the largest prediction stands where the one-hot row has its 1."""
    return _equal(plain(y_true).argmax(-1), plain(y_pred).argmax(-1))


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> EagerTensor:
    """For each sample 1 where the largest prediction has the true class's number."""
    true, pred = plain(y_true), plain(y_pred)
    if true.ndim == pred.ndim and true.shape[-1] == 1:
        true = true[..., 0]
    return _equal(true, pred.argmax(-1))


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> EagerTensor:
    """For each sample 1 where the class of the one-hot row is among the `k` largest predictions."""
    return sparse_top_k_categorical_accuracy(plain(y_true).argmax(-1), y_pred, k)


def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> EagerTensor:
    """For each sample 1 where the true class is among the `k` largest predictions."""
    true, pred = plain(y_true), plain(y_pred)
    if true.ndim == pred.ndim and true.shape[-1] == 1:
        true = true[..., 0]
    own = np.take_along_axis(pred, true.astype(np.int64)[..., None], -1)
    return EagerTensor(((pred > own).sum(-1) < k).astype(np.float32))


def _equal(true: Values, said: Values) -> EagerTensor:
    return EagerTensor((true == said).astype(np.float32))
