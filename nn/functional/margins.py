"""Margin losses: penalties unless a score or distance is right by at least a margin.

`reduction` is "none" for one loss per example, "sum" for their sum, or "mean", the default; any other value
raises ValueError. `size_average` and `reduce` are its deprecated spelling.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograd import minimum, where
from autograd.base.symbolic import as_array
from autograd.core.tensor import Tensor, wrap

from .activations import logsigmoid
from .distance import pairwise_distance
from .reduction import check_reduction, chosen_reduction, expect_tensors, reduced

__all__ = [
    "cosine_embedding_loss", "hinge_embedding_loss", "margin_ranking_loss", "multi_margin_loss",
    "multilabel_margin_loss", "multilabel_soft_margin_loss", "soft_margin_loss", "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]  # fmt: skip


def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, margin - t (x1 - x2)): x1 should be larger than x2 where t = 1, smaller where t = -1.

    Args:
        input1, input2, target: Tensors that broadcast, with the same number of dims; targets are 1 or -1.
        margin: the required difference.

    Raises:
        RuntimeError: the numbers of dims differ.
    """
    expect_tensors(input1=input1, input2=input2, target=target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    if not input1.ndim == input2.ndim == target.ndim:
        raise RuntimeError(
            f"margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: "
            f"{input1.shape}, input2: {input2.shape}, target: {target.shape}"
        )
    return reduced((margin - target * (input1 - input2)).clamp(min=0), reduction)


def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The distance x where t = 1, max(0, margin - x) where t = -1. Arguments as for `margin_ranking_loss`."""
    expect_tensors(input=input, target=target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    near = where(target != -1, input, 0.0)
    far = where(target != 1, (margin - input).clamp(min=0), 0.0)
    return reduced(near + far, reduction)


def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """1 - cos(x1, x2) where t = 1, max(0, cos(x1, x2) - margin) where t = -1.

    Args:
        input1, input2: (N, D) or (D,).
        target: 1 or -1, (N,) or ().
        margin: the cosine up to which a pair with target -1 has no loss.

    Raises:
        RuntimeError: the inputs do not have exactly one dim more than the target.
    """
    expect_tensors(input1=input1, input2=input2, target=target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    if target.ndim > 1 or not input1.ndim == input2.ndim == target.ndim + 1:
        raise RuntimeError(
            f"{target.ndim}D target tensor expects {target.ndim + 1}D input tensors, but found inputs with sizes "
            f"{list(input1.shape)} and {list(input2.shape)}."
        )
    tiny = 1e-12
    squares = ((input1 * input1).sum(-1) + tiny) * ((input2 * input2).sum(-1) + tiny)
    cosine = (input1 * input2).sum(-1) / squares.sqrt()
    loss = where(target == 1, 1 - cosine, 0.0) + where(target == -1, (cosine - margin).clamp(min=0), 0.0)
    return reduced(loss, reduction)


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, margin + d(a, p) - d(a, n)): the anchor should be closer to the positive than to the negative example.

    Args:
        anchor, positive, negative: (N, D) or (D,).
        margin: the required difference of the distances; positive.
        p: the distance is the p-norm of the difference.
        eps: added to every element of the difference.
        swap: replace d(a, n) by d(p, n) where d(p, n) is smaller.

    Raises:
        ValueError: the margin is not positive.
        RuntimeError: the numbers of dims differ.

    >>> from autograd import tensor
    >>> anchor, far = tensor([[0.0, 0.0]]), tensor([[3.0, 4.0]])
    >>> triplet_margin_loss(anchor, anchor, far).item()
    0.0
    """
    expect_tensors(anchor=anchor, positive=positive, negative=negative)
    reduction = chosen_reduction(size_average, reduce, reduction)
    _expect_equal_dims(anchor, positive, negative)
    return triplet_margin_with_distance_loss(
        anchor, positive, negative, distance_function=lambda x, y: pairwise_distance(x, y, p, eps), margin=margin,
        swap=swap, reduction=reduction,
    )  # fmt: skip


def _expect_equal_dims(anchor: Tensor, positive: Tensor, negative: Tensor) -> None:
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {anchor.ndim}D, positive {positive.ndim}D, and negative {negative.ndim}D inputs"
        )


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """As `triplet_margin_loss`, with any function of two tensors as the distance."""
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    check_reduction(reduction)
    _expect_equal_dims(anchor, positive, negative)
    distance = distance_function or pairwise_distance
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = minimum(far, distance(positive, negative))
    return reduced((margin + near - far).clamp(min=0), reduction)


def soft_margin_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
) -> Tensor:
    """log(1 + exp(-t x)) for targets t of 1 and -1. Arguments as for `margin_ranking_loss`."""
    expect_tensors(input=input, target=target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    return reduced(-logsigmoid(target * input), reduction)


def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The sum over classes i other than the target t of max(0, margin - x_t + x_i)^p, divided by the number of classes.

    Args:
        input: (N, C) or (C,).
        target: class indices, (N,) or ().
        p: 1 or 2.
        margin: how far the target's score should exceed the others.
        weight: a weight for each class, (C,).

    Raises:
        ValueError: p is neither 1 nor 2.
        RuntimeError: shapes do not match, or a target is not a class index.
    """
    expect_tensors(input=input, target=target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    if p not in (1, 2):
        raise ValueError(f"only p == 1 and p == 2 supported, but got p={p}")
    _expect_classes(target)
    if input.ndim == 0:
        input = input.reshape(1)
    if input.ndim > 2 or target.ndim > 1 or target.numel() != (len(input) if input.ndim == 2 else 1):
        raise RuntimeError(f"inconsistent target size, got: {list(target.shape)} for input {list(input.shape)}")
    classes = input.shape[-1]
    if weight is not None and tuple(weight.shape) != (classes,):
        raise RuntimeError(f"inconsistent weight size, expected {classes} but got {list(weight.shape)}")
    classes_given = as_array(target.array, np.int64).reshape(input.shape[:-1])
    wrong = classes_given[(classes_given < 0) | (classes_given >= classes)]
    if wrong.size:
        raise RuntimeError(f"target out of range: expected classes from 0 to {classes - 1}, but got {wrong[0]}")
    index = wrap(classes_given[..., None])
    shortfall = margin - input.gather(-1, index) + input
    counts = (shortfall > 0) & (np.arange(classes) != index.array)
    losses = where(counts, shortfall if p == 1 else shortfall * shortfall, 0.0)
    if weight is not None:
        losses = losses * weight[index]
    loss = losses.sum(-1).reshape(target.shape) / classes
    return reduced(loss, reduction)


def multilabel_margin_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
) -> Tensor:
    """The sum of max(0, 1 - (x_t - x_i)) over target classes t and other classes i, divided by the number of classes.

    Args:
        input: (N, C) or (C,).
        target: class indices of the same shape; the first -1 ends the list of a row.

    Raises:
        RuntimeError: the shapes differ, or a target is not a class index.
    """
    expect_tensors(input=input, target=target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    if 0 in input.shape[-1:]:
        raise RuntimeError(f"Expected a non-empty vector or matrix of scores, but got: {list(input.shape)}")
    if input.shape != target.shape or input.ndim > 2:
        raise RuntimeError(f"inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}")
    _expect_classes(target)
    x = input.reshape(1, -1) if input.ndim < 2 else input
    labels = as_array(target.array).reshape(x.shape)
    count, classes = labels.shape
    wrong = labels[(labels < -1) | (labels >= classes)]
    if wrong.size:
        raise RuntimeError(
            f"target is out of range: expected classes from 0 to {classes - 1}, and -1 after the last, but got "
            f"{wrong[0]}"
        )
    given = np.logical_and.accumulate(labels >= 0, axis=1)
    labels = np.where(given, labels, 0)
    is_target = np.zeros((count, classes), bool)
    rows, places = np.nonzero(given)
    is_target[rows, labels[rows, places]] = True
    shortfall = 1 - x.gather(1, wrap(labels)).unsqueeze(2) + x.unsqueeze(1)
    counts = given[:, :, None] & ~is_target[:, None, :]
    loss = where((shortfall > 0) & counts, shortfall, 0.0).sum((1, 2)) / max(classes, 1)
    return reduced(loss if input.ndim == 2 else loss.squeeze(0), reduction)


def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The binary cross entropy of sigmoid(x) for each class, averaged over the classes.

    Args:
        input: (N, C) or (*, C).
        target: 0 or 1, of the same shape.
        weight: a weight for each class, (C,).

    Raises:
        IndexError: the input has no dims, and so no classes.
    """
    expect_tensors(input=input, target=target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    if input.ndim == 0:
        raise IndexError("multilabel_soft_margin_loss: expected an input of shape (*, C), but got ()")
    target = target.to(input.dtype)
    loss = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    loss = loss if weight is None else loss * weight
    return reduced(loss.sum(input.ndim - 1) / input.shape[-1], reduction)


def _expect_classes(target: Tensor) -> None:
    if target.array.dtype.kind not in "iu":
        raise RuntimeError(
            f"expected integer class indices, but the target has dtype {target.dtype}: use target.long()"
        )
