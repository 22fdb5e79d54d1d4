"""Losses of predicted probabilities: cross entropy of classes, binary cross entropy, Kullback-Leibler divergence.

`reduction` is "none" for one loss per row or element, "sum" for their sum, or "mean", the default; any other value
raises ValueError. `size_average` and `reduce` are its deprecated spelling.
"""

from __future__ import annotations

import warnings

import numpy as np

import autograd
from autograd import exp, log, where
from autograd.base.symbolic import as_array
from autograd.core.errors import check_float, users_level
from autograd.core.operation import binary
from autograd.core.tensor import Tensor, wrap
from autograd.ops.fused import losses as fused
from autograd.ops.shape.indexing import take_at

from .activations import log_sigmoid, logsigmoid
from .reduction import REDUCTIONS, chosen_reduction, expect_tensors, reduced

__all__ = ["binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "kl_div", "nll_loss"]

# -- classes ------------------------------------------------------------------------------------------------


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """The negative logarithm of the probability that softmax(input) gives to the target.

    Args:
        input: logits, (C,), (N, C) or (N, C, d1, ...).
        target: class indices, () or (N,) or (N, d1, ...); or probabilities of the classes, shaped as `input`.
        weight: a weight for each class, (C,). With class indices, "mean" divides by the sum of the targets' weights.
        ignore_index: rows with this target are ignored.
        label_smoothing: the fraction of the target, in [0, 1], that is spread evenly over all classes.

    Raises:
        IndexError: a target is not a class index.
        ValueError: `target` has another number of rows than `input`.
        RuntimeError: shapes or dtypes do not match, or `label_smoothing` is not in [0, 1].

    >>> logits = autograd.tensor([[0.0, 0.0], [0.0, 1000.0]])
    >>> cross_entropy(logits, autograd.tensor([0, 1])).item()
    0.3465735912322998
    """
    if not isinstance(input, Tensor) or not isinstance(target, Tensor):
        expect_tensors(input=input, target=target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    if weight is None and label_smoothing == 0 and reduction == "mean" and _plain_indices(input, target, ignore_index):
        return fused.cross_entropy(input, target)
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    dim = 0 if input.ndim == 1 else 1
    if input.ndim and input.shape == target.shape:
        return _with_probabilities(input, target, weight, ignore_index, reduction, label_smoothing)
    log_p = autograd.log_softmax(input, dim) if input.ndim else input
    loss, weights = _nll(log_p, target, weight, ignore_index)
    if label_smoothing:
        classes = input.shape[dim]
        even = -(log_p if weight is None else log_p * _per_class(weight, input)).sum(dim) / classes
        even = where(target != ignore_index, even, 0.0)
        loss = loss * (1 - label_smoothing) + even * label_smoothing
    return _weighted_mean(loss, weights) if reduction == "mean" else reduced(loss, reduction)


def _plain_indices(input: Tensor, target: Tensor, ignore_index: int) -> bool:
    """Whether this is the common case: rows of float logits and one valid int64 class for each, none ignored."""
    logits, classes = input.array, target.array
    return (
        logits.ndim == 2
        and logits.dtype.kind == "f"
        and classes.ndim == 1
        and classes.dtype == np.int64
        and 0 < len(logits) == len(classes)
        and not 0 <= ignore_index < logits.shape[1]
        # Viewed as unsigned, negative numbers are huge: one pass checks both bounds.
        and bool(np.maximum.reduce(classes.view(np.uint64)) < logits.shape[1])
    )


def _with_probabilities(
    input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str, label_smoothing: float
) -> Tensor:
    if target.array.dtype.kind != "f":
        raise RuntimeError(
            f"Expected floating point type for target with class probabilities, got {target.array.dtype}: "
            "convert it with .float(), or pass class indices: argmax(dim=1) of one-hot rows"
        )
    if ignore_index >= 0:
        raise RuntimeError("ignore_index is not supported for floating point target")
    dim = 0 if input.ndim == 1 else 1
    classes = input.shape[dim]
    _check_weight(weight, classes, input, "cross_entropy: ")
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / classes
    if weight is not None:
        target = target * _per_class(weight, input)
    loss = -(autograd.log_softmax(input, dim) * target).sum(dim)
    return reduced(loss, reduction)


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The negative log-probability of the target. Other arguments and errors as for `cross_entropy`.

    Args:
        input: log-probabilities, (C,), (N, C) or (N, C, d1, ...).
        target: class indices, () or (N,) or (N, d1, ...).

    >>> nll_loss(autograd.tensor([[-0.5, -1.0]]), autograd.tensor([1])).item()
    1.0
    """
    expect_tensors(input=input, target=target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    if weight is None and reduction == "mean" and _plain_indices(input, target, ignore_index):
        return -take_at(input, (np.arange(len(target)), target.array)).mean()
    loss, weights = _nll(input, target, weight, ignore_index)
    return _weighted_mean(loss, weights) if reduction == "mean" else reduced(loss, reduction)


def _nll(log_p: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int) -> tuple[Tensor, Tensor]:
    """The loss of each row and its weight; the weight of an ignored row is 0."""
    _check_indices(log_p, target)
    dim = 0 if log_p.ndim == 1 else 1
    classes = log_p.shape[dim]
    check_float("nll_loss", log_p)
    _check_weight(weight, classes, log_p, "")
    labels = target.array
    kept = as_array(labels != ignore_index)
    outside = kept & ((labels < 0) | (labels >= classes))
    if outside.any():
        raise IndexError(
            f"Target {labels[outside].ravel()[0]} is out of bounds. There are {classes} classes: expected a value from "
            f"0 to {classes - 1}, or ignore_index = {ignore_index}"
        )
    safe = wrap(np.where(kept, labels, 0).astype(np.int64))
    picked = log_p.gather(dim, safe.unsqueeze(dim) if log_p.ndim > 1 else safe.reshape(1)).squeeze(dim)
    if safe.ndim == 1 and log_p.ndim == 1:
        picked = picked.reshape(1)
    weights = wrap(kept.astype(log_p.array.dtype))
    if weight is not None:
        weights = weights * weight[safe]
        picked = picked * weight[safe]
    return where(wrap(kept), -picked, 0.0), weights


def _weighted_mean(loss: Tensor, weights: Tensor) -> Tensor:
    """sum(loss) / sum(weights); NaN if all weights are 0, as in PyTorch."""
    total = weights.sum()
    if total.item() == 0:
        return loss.sum() * float("nan")
    return loss.sum() / total


def _per_class(weight: Tensor, input: Tensor) -> Tensor:
    return weight.reshape(-1, *[1] * (input.ndim - 2)) if input.ndim > 1 else weight


def _check_indices(input: Tensor, target: Tensor) -> None:
    if input.ndim <= 2 and (input.ndim == 0 or target.ndim > 1 or (input.ndim == 1 and target.numel() != 1)):
        raise RuntimeError(
            "0D or 1D target tensor expected, multi-target not supported: the input has shape "
            f"{tuple(input.shape)}, the target {tuple(target.shape)}; expected one class for each row of the input"
        )
    if input.ndim >= 2 and (target.ndim == 0 or len(input) != len(target)):
        rows = len(target) if target.ndim else 1
        raise ValueError(f"Expected input batch_size ({len(input)}) to match target batch_size ({rows}).")
    expected = [*input.shape[:1], *input.shape[2:]]
    if input.ndim > 2 and expected != list(target.shape):
        raise RuntimeError(f"Expected target size {expected}, got {list(target.shape)}")
    if target.array.dtype.kind not in "iu":
        raise RuntimeError(
            f"expected target dtype to be an integer type, such as int64, but got {target.array.dtype}: "
            "convert it with .long()"
        )


def _check_weight(weight: Tensor | None, classes: int, input: Tensor, name: str) -> None:
    if weight is not None and weight.dtype is not input.dtype:
        raise RuntimeError(f"{name}expected the weights to be {input.dtype}, as the input, but they are {weight.dtype}")
    if weight is not None and tuple(weight.shape) != (classes,):
        raise RuntimeError(
            f"{name}weight tensor should be defined either for all {classes} classes or no classes "
            f"but got weight tensor of shape: {list(weight.shape)}"
        )


# -- probabilities ------------------------------------------------------------------------------------------


# A primitive, because a composite's gradient at 0 and 1 would be NaN; PyTorch bounds it.
_binary_cross_entropy = binary(
    "binary_cross_entropy",
    lambda x, t: -(t * _bounded_log(x) + (1 - t) * _bounded_log(1 - x)),
    lambda g, x, y: g * (x - y) / autograd.clamp(x * (1 - x), 1e-12),
    lambda g, x: g * (autograd.log(1 - x) - autograd.log(x)),
    doc="-y log x - (1 - y) log(1 - x), bounded at 0 and 1 as in PyTorch",
)


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """-(t log p + (1 - t) log(1 - p)), where each logarithm is at least -100.

    For logits, `binary_cross_entropy_with_logits` is more accurate.

    Args:
        input: probabilities p in [0, 1].
        target: t in [0, 1], of the same shape and dtype.
        weight: weights that broadcast to that shape.

    Raises:
        ValueError: the shapes differ.
        RuntimeError: an element is outside [0, 1], or the dtypes differ.

    >>> binary_cross_entropy(autograd.tensor([0.5, 1.0]), autograd.tensor([1.0, 1.0]), reduction="sum").item()
    0.6931471824645996
    """
    expect_tensors(input=input, target=target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    if input.shape != target.shape:
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is deprecated. "
            "Please ensure they have the same size."
        )
    if target.array.dtype != input.array.dtype:
        raise RuntimeError(f"Found dtype {target.dtype} but expected {input.dtype}: convert it with .to()")
    for name, values in (("input", input.array), ("target", target.array)):
        if not ((values >= 0) & (values <= 1)).all():
            raise RuntimeError(f"all elements of {name} should be between 0 and 1")
    loss: Tensor = _binary_cross_entropy(input, target)
    return reduced(loss if weight is None else loss * weight, reduction)


def _bounded_log(x: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(x), -100)


_with_logits = binary(
    "binary_cross_entropy_with_logits",
    lambda x, y: (1 - y) * x - log_sigmoid(x),
    lambda g, x, y: g * (1 - y - autograd.sigmoid(-x)),
    lambda g, x: g * -x,
    doc="(1 - y) x - log sigmoid(x), without overflow",
)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """The binary cross entropy of sigmoid(input), without overflow.

    Args: as for `binary_cross_entropy`, and
        input: logits of any shape.
        pos_weight: weights of the positive term, t log p, that broadcast to that shape.

    Raises:
        ValueError: the shapes differ.
        RuntimeError: the target holds integers.

    >>> binary_cross_entropy_with_logits(autograd.tensor([-1000.0]), autograd.tensor([1.0])).item()
    1000.0
    """
    expect_tensors(input=input, target=target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    if input.shape != target.shape:
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    if target.array.dtype.kind in "iu":
        raise RuntimeError(f"Found dtype {target.dtype} but expected {input.dtype}: convert it with .to()")
    if pos_weight is None and input.array.dtype == target.array.dtype and input.array.dtype.kind == "f":
        loss = _with_logits(input, target)
    else:
        log_p = logsigmoid(input)
        loss = (1 - target) * input - (log_p if pos_weight is None else (1 + (pos_weight - 1) * target) * log_p)
    return reduced(loss if weight is None else loss * weight, reduction)


def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """The Kullback-Leibler divergence t (log t - x) from log-probabilities x to probabilities t; 0 where t = 0.

    Args:
        input: log-probabilities.
        target: probabilities, or their logarithms if `log_target`.
        reduction: "none", "sum", "mean", or "batchmean": the sum divided by the number of rows.
        log_target: whether `target` holds log-probabilities.

    >>> p = autograd.tensor([[0.5, 0.5]])
    >>> kl_div(p.log(), p, reduction="batchmean").item()
    0.0
    """
    expect_tensors(input=input, target=target)
    check_float("kl_div", input)
    check_float("kl_div", target)
    reduction = chosen_reduction(size_average, reduce, reduction, (*REDUCTIONS, "batchmean"))
    if reduction == "mean":
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size."
            "'batchmean' divides only by the batch size, and aligns with the KL div math definition."
            "'mean' will be changed to behave the same as 'batchmean' in the next major release.",
            stacklevel=users_level(),
        )
    if log_target:
        loss = exp(target) * (target - input)
    else:
        loss = target * log(where(target == 0, 1.0, target)) - target * input
    if reduction == "batchmean":
        return loss.sum() / (input.shape[0] if input.ndim else 1)
    return reduced(loss, reduction)
