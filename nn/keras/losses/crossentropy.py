"""Losses that compare probabilities: cross-entropies, Kullback-Leibler divergence, Poisson."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd.core.operation import as_dtype
from autograd.core.tensor import Tensor, wrap

from ... import functional as F
from ..activations import logits_behind
from .base import EPSILON, Loss, _Plain, aligned, eager_result, tensors


@eager_result
def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Tensor:
    """The mean of -y log p - (1 - y) log(1 - p) over the last dim.

    Args:
        y_true: 0 or 1, or what lies between.
        y_pred: the probabilities p, or if `from_logits` their logits.
        from_logits: whether `y_pred` are logits.
        label_smoothing: by how much the true values are moved towards 1/2.
        axis: the dim of the mean.

    >>> binary_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).numpy().round(4)
    array([0.6931], dtype=float32)
    """
    true, pred = aligned(y_true, y_pred)
    if label_smoothing:
        true = true * (1 - label_smoothing) + 0.5 * label_smoothing
    logits = pred if from_logits else logits_behind(y_pred) if isinstance(y_pred, Tensor) else None
    if logits is not None:
        true = true.expand(*logits.array.shape)
        return F.binary_cross_entropy_with_logits(logits, true, reduction="none").mean(axis)
    p = autograd.clamp(pred, EPSILON, 1 - EPSILON)
    return -(true * autograd.log(p) + (1 - true) * autograd.log(1 - p)).mean(axis)


@eager_result
def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Tensor:
    """-Σ y log p over the classes, for probabilities y.

    Args:
        y_true: one-hot rows, or probabilities.
        y_pred: the probabilities p, or if `from_logits` their logits, in the same shape.
        from_logits: whether `y_pred` are logits.
        label_smoothing: by how much the true values are moved towards equal probabilities.
        axis: the dim of the classes.

    Raises:
        ValueError: the shapes differ.

    >>> categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).numpy().round(4)
    array([0.6931], dtype=float32)
    """
    true, pred = tensors(y_true, y_pred)
    true = as_dtype(true, pred.array.dtype)
    if true.array.shape != pred.array.shape:
        raise ValueError(
            f"categorical_crossentropy: y_true has shape {true.array.shape}, and y_pred {pred.array.shape}: they must "
            "be the same. One-hot rows are expected, as to_categorical makes them; for class numbers take "
            "sparse_categorical_crossentropy"
        )
    if label_smoothing:
        true = true * (1 - label_smoothing) + label_smoothing / pred.array.shape[axis]
    logits = pred if from_logits else logits_behind(y_pred) if isinstance(y_pred, Tensor) else None
    log_p = _log_probabilities(pred, axis) if logits is None else autograd.log_softmax(logits, axis)
    return -(true * log_p).sum(axis)


@eager_result
def sparse_categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, ignore_class: int | None = None, axis: int = -1
) -> Tensor:
    """-log p of the true class.

    Args:
        y_true: class numbers (N,) or (N, 1).
        y_pred: the probabilities (N, classes), or if `from_logits` their logits.
        from_logits: whether `y_pred` are logits.
        ignore_class: a number that stands for no class: its loss is 0.
        axis: the dim of the classes, the last.

    Raises:
        ValueError: the shapes do not fit, or a number is no class.

    >>> sparse_categorical_crossentropy([1], [[0.5, 0.5]]).numpy().round(4)
    array([0.6931], dtype=float32)
    """
    true, pred = tensors(y_true, y_pred)
    numbers = np.asarray(true.array).astype(np.int64)
    shape, classes = pred.array.shape[:-1], pred.array.shape[-1]
    if numbers.ndim == pred.array.ndim and numbers.shape[-1] == 1:
        numbers = numbers[..., 0]
    if numbers.shape != shape:
        raise ValueError(
            f"sparse_categorical_crossentropy: y_true has shape {true.array.shape}, and y_pred {pred.array.shape}: "
            "y_true must hold one class number for each row of y_pred; for one-hot rows take categorical_crossentropy"
        )
    ignored = np.zeros(shape, bool) if ignore_class is None else numbers == ignore_class
    counted = np.where(ignored, 0, numbers)
    if counted.size and not 0 <= counted.min() <= counted.max() < classes:
        raise ValueError(
            f"sparse_categorical_crossentropy: y_true holds the class numbers {counted.min()} to {counted.max()}, but "
            f"y_pred has {classes} classes: they are numbered from 0 to {classes - 1}"
        )
    logits = pred if from_logits else logits_behind(y_pred) if isinstance(y_pred, Tensor) else None
    rows = (_log_probabilities(pred, -1) if logits is None else logits).reshape(-1, classes)
    loss = F.cross_entropy(rows, wrap(counted.reshape(-1)), reduction="none").reshape(*shape)
    return loss if ignore_class is None else autograd.where(wrap(ignored), 0.0, loss)


def _log_probabilities(p: Tensor, axis: int) -> Tensor:
    """The logarithm of probabilities, made to add up to 1 and kept from 0 and 1."""
    return autograd.log(autograd.clamp(p / p.sum(axis, keepdim=True), EPSILON, 1 - EPSILON))


@eager_result
def kl_divergence(y_true: Any, y_pred: Any) -> Tensor:
    """Σ y_true log(y_true / y_pred) over the last dim."""
    true, pred = (autograd.clamp(y, EPSILON, 1) for y in aligned(y_true, y_pred))
    return (true * autograd.log(true / pred)).sum(-1)


@eager_result
def poisson(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of y_pred - y_true log y_pred over the last dim."""
    true, pred = aligned(y_true, y_pred)
    return (pred - true * autograd.log(pred + EPSILON)).mean(-1)


class _Crossentropy(Loss):
    """What the cross entropies of probabilities are told."""

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
    ) -> None:
        super().__init__(name, reduction)
        self.from_logits, self.label_smoothing, self.axis = from_logits, label_smoothing, axis


class BinaryCrossentropy(_Crossentropy):
    """The mean of -y log p - (1 - y) log(1 - p); arguments as for `binary_crossentropy` and `Loss`."""

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """One value for each sample."""
        return binary_crossentropy(y_true, y_pred, self.from_logits, self.label_smoothing, self.axis)


class CategoricalCrossentropy(_Crossentropy):
    """The mean of -Σ y log p; arguments as for `categorical_crossentropy` and `Loss`."""

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """One value for each sample."""
        return categorical_crossentropy(y_true, y_pred, self.from_logits, self.label_smoothing, self.axis)


class SparseCategoricalCrossentropy(Loss):
    """The mean of -log p of the true class; arguments as for `sparse_categorical_crossentropy` and `Loss`."""

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
    ) -> None:
        super().__init__(name, reduction)
        self.from_logits, self.ignore_class = from_logits, ignore_class

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """One value for each sample."""
        return sparse_categorical_crossentropy(y_true, y_pred, self.from_logits, self.ignore_class)


class KLDivergence(_Plain):
    """Σ y_true log(y_true / y_pred)."""

    function = staticmethod(kl_divergence)


class Poisson(_Plain):
    """The mean of y_pred - y_true log y_pred."""

    function = staticmethod(poisson)
