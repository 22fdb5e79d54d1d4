"""Losses that compare probabilities: cross-entropies, Kullback-Leibler divergence, Poisson.

The functions reduce one dim, by default the last: values (*, D) give losses (*). The classes reduce these further.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd.base.symbolic import as_array
from autograd.core.operation import as_dtype
from autograd.core.tensor import Tensor, wrap
from autograd.tensorflow.tensors import EagerTensor

from ... import functional as F
from ..activations import logits_behind
from ..ranks import same_rank
from .base import EPSILON, FunctionLoss, aligned, eager_result, same_shape, tensors

__all__ = [
    "BinaryCrossentropy", "CategoricalCrossentropy", "KLDivergence", "Poisson", "SparseCategoricalCrossentropy",
    "binary_crossentropy", "categorical_crossentropy", "kl_divergence", "poisson", "sparse_categorical_crossentropy",
]  # fmt: skip


@eager_result
def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Tensor:
    """The mean of -y log p - (1 - y) log(1 - p) along an axis.

    Args:
        y_true: values from 0 to 1.
        y_pred: the probabilities p, or their logits if `from_logits`.
        label_smoothing: how far to move the true values towards 1/2, from 0 to 1.
        axis: the dim to average over.

    Raises:
        ValueError: the shapes differ.
        InvalidArgumentError: there is no such axis.

    >>> binary_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).numpy().round(4)
    array([0.6931], dtype=float32)
    """
    true, pred = same_shape("binary_crossentropy", y_true, y_pred)
    if label_smoothing:
        true = true * (1 - label_smoothing) + 0.5 * label_smoothing
    logits = _logits(y_pred, pred, from_logits)
    if logits is not None:
        return F.binary_cross_entropy_with_logits(logits, true, reduction="none").mean(axis)
    p = autograd.clamp(pred, EPSILON, 1 - EPSILON)
    return -(true * autograd.log(p) + (1 - true) * autograd.log(1 - p)).mean(axis)


@eager_result
def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Tensor:
    """-Σ y log p over the classes, where y are probabilities.

    Args:
        y_true: one-hot rows, or probabilities.
        y_pred: the probabilities p, or their logits if `from_logits`, in the shape of `y_true`.
        label_smoothing: how far to move the true values towards 1 / classes, from 0 to 1; as in Keras, `classes` is
            the size of the last dim, whatever `axis` is.
        axis: the dim of the classes.

    Raises:
        ValueError: the shapes differ.
        InvalidArgumentError: there is no such axis.

    >>> categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).numpy().round(4)
    array([0.6931], dtype=float32)
    """
    true, pred = tensors(y_true, y_pred)
    true, pred = same_rank(as_dtype(true, pred.array.dtype), pred)
    if true.array.shape != pred.array.shape:
        raise ValueError(
            f"categorical_crossentropy: y_true has shape {true.array.shape}, and y_pred {pred.array.shape}: they must "
            "be the same. y_true must hold one-hot rows (see to_categorical); for class indices use "
            "sparse_categorical_crossentropy"
        )
    if label_smoothing:
        true = true * (1 - label_smoothing) + label_smoothing / pred.array.shape[-1]
    logits = _logits(y_pred, pred, from_logits)
    log_p = _log_probabilities(pred, axis) if logits is None else autograd.log_softmax(logits, axis)
    return -(true * log_p).sum(axis)


@eager_result
def sparse_categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, ignore_class: int | None = None, axis: int = -1
) -> Tensor:
    """-log p of the true class.

    Args:
        y_true: class indices (N,) or (N, 1).
        y_pred: the probabilities (N, classes), or their logits if `from_logits`.
        ignore_class: an index whose samples have loss 0, and do not count in the mean of a Loss.
        axis: the dim of the classes.

    Raises:
        ValueError: the shapes do not match, or an index is out of range.

    >>> sparse_categorical_crossentropy([1], [[0.5, 0.5]]).numpy().round(4)
    array([0.6931], dtype=float32)
    """
    true, pred = tensors(y_true, y_pred)
    logits = _logits(y_pred, pred, from_logits)
    scores = pred if logits is None else logits
    scores = scores if axis in (-1, pred.array.ndim - 1) else autograd.movedim(scores, axis, -1)
    if not scores.array.ndim:
        raise ValueError("sparse_categorical_crossentropy: y_pred must have a dim of classes, but is a scalar")
    indices = as_array(true.array).astype(np.int64)
    shape, classes = scores.array.shape[:-1], scores.array.shape[-1]
    if indices.ndim == pred.array.ndim and indices.shape[-1] == 1:
        indices = indices[..., 0]
    if indices.shape != shape:
        raise ValueError(
            f"sparse_categorical_crossentropy: y_true has shape {true.array.shape}, and y_pred {pred.array.shape}: "
            "y_true must hold one class index per row of y_pred; for one-hot rows use categorical_crossentropy"
        )
    ignored = indices == ignore_class if ignore_class is not None else None
    indices = indices if ignored is None else np.where(ignored, 0, indices)
    # Viewed as unsigned, negative numbers are huge: one pass checks both bounds.
    if indices.size and not indices.view(np.uint64).max() < classes:
        raise ValueError(
            f"sparse_categorical_crossentropy: y_true holds class indices from {indices.min()} to {indices.max()}, but "
            f"y_pred has {classes} classes: indices must be from 0 to {classes - 1}"
        )
    log_p = (_log_probabilities(scores, -1) if logits is None else scores).reshape(-1, classes)
    log_p = autograd.log_softmax(log_p, -1)
    loss = -log_p[np.arange(indices.size), wrap(indices.reshape(-1))].reshape(shape)
    if ignored is None:
        return loss
    loss = EagerTensor.result(autograd.where(wrap(ignored), 0.0, loss))
    loss.keras_mask = ~ignored  # type: ignore[attr-defined]  # read by `counted`
    return loss


def _logits(y_pred: Any, pred: Tensor, from_logits: bool) -> Tensor | None:
    """The predictions if they are logits, or the input of the sigmoid or softmax that they come from, or None."""
    if from_logits:
        return pred
    return logits_behind(y_pred) if isinstance(y_pred, Tensor) else None


def _log_probabilities(p: Tensor, axis: int) -> Tensor:
    """The logarithm of probabilities, normalized to sum 1 and clipped."""
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


class _Crossentropy(FunctionLoss):
    """The arguments of BinaryCrossentropy and CategoricalCrossentropy."""

    def __init__(
        self, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1,
        reduction: str | None = "sum_over_batch_size", name: str | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(reduction, name, dtype)
        self.from_logits, self.label_smoothing, self.axis = from_logits, label_smoothing, axis


class BinaryCrossentropy(_Crossentropy, function=binary_crossentropy):
    """The mean of -y log p - (1 - y) log(1 - p); arguments as for `binary_crossentropy` and `Loss`."""


class CategoricalCrossentropy(_Crossentropy, function=categorical_crossentropy):
    """The mean of -Σ y log p; arguments as for `categorical_crossentropy` and `Loss`."""


class SparseCategoricalCrossentropy(FunctionLoss, function=sparse_categorical_crossentropy):
    """The mean of -log p of the true class; arguments as for `sparse_categorical_crossentropy` and `Loss`."""

    def __init__(
        self, from_logits: bool = False, ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size", axis: int = -1, name: str | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(reduction, name, dtype)
        self.from_logits, self.ignore_class, self.axis = from_logits, ignore_class, axis


class KLDivergence(FunctionLoss, function=kl_divergence):
    """The mean of Σ y_true log(y_true / y_pred)."""


class Poisson(FunctionLoss, function=poisson):
    """The mean of y_pred - y_true log y_pred."""
