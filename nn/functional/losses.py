"""Losses: how far an input is from its target.

Each takes `reduction`: "none" gives one loss an element (or a row), "sum" adds them up, and "mean", the
default, takes their mean. `size_average` and `reduce` are its old form, which PyTorch still takes, with a warning.
"""

from __future__ import annotations

import warnings

import numpy as np

import autograd
from autograd import exp, log, where
from autograd.core.operation import binary
from autograd.core.tensor import Tensor, wrap
from autograd.ops.fused import losses

from .activations import logsigmoid

REDUCTIONS = ("none", "mean", "sum")


# ---- regression


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """The squared difference.

    Args:
        input, target: Tensors of one shape; other shapes that broadcast give a warning.
        size_average, reduce: the old form of `reduction`.
        reduction: "none", "mean" or "sum".
        weight: a weight for each element of the input; the mean is that by weight.

    Raises:
        ValueError: another reduction, or weights of another shape.

    >>> mse_loss(autograd.tensor([1.0, 2.0]), autograd.tensor([1.0, 4.0])).item()
    2.0
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    same = _same_shape(input, target)
    if same and reduction == "mean" and weight is None and input.array.dtype == target.array.dtype:
        return losses.mse(input, target)
    difference = input - target
    return _mean_by_weight(difference * difference, input, weight, reduction)


def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """The absolute difference; its gradient at 0 is 0. Arguments as in `mse_loss`."""
    reduction = chosen_reduction(size_average, reduce, reduction)
    _same_shape(input, target)
    return _mean_by_weight((input - target).abs(), input, weight, reduction)


def _mean_by_weight(losses: Tensor, input: Tensor, weight: Tensor | None, reduction: str) -> Tensor:
    if weight is None:
        return reduced(losses, reduction)
    weighted = _weighted(losses, input, weight)
    return weighted.sum() / weight.sum() if reduction == "mean" else reduced(weighted, reduction)


def _weighted(losses: Tensor, input: Tensor, weight: Tensor) -> Tensor:
    if weight.shape != input.shape:
        raise ValueError(
            f"Weights and input must have the same size: {list(weight.shape)} for an input of {list(input.shape)}"
        )
    return losses * weight


def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None
) -> Tensor:
    """Half the squared difference d up to |d| = delta, and from there a straight line, delta (|d| - delta / 2).

    Args:
        input, target: Tensors of one shape; other shapes that broadcast give a warning.
        reduction: "none", "mean" or "sum".
        delta: where the line begins.
        weight: a weight for each element of the input; the mean is that of the weighted losses.

    Raises:
        RuntimeError: delta is not positive.
        ValueError: another reduction, or weights of another shape.
    """
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    _same_shape(input, target)
    losses = _huber(input - target, delta)
    return reduced(losses if weight is None else _weighted(losses, input, weight), reduction)


def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """The absolute difference, rounded off to a parabola within `beta`: huber_loss / beta, and l1_loss for beta 0.

    Raises:
        RuntimeError: beta is negative.
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)
    _same_shape(input, target)
    return reduced(_huber(input - target, beta) / beta, reduction)


def _huber(difference: Tensor, delta: float) -> Tensor:
    size = difference.abs()
    within = size.clamp(max=delta)
    return within * (size - within * 0.5)


# ---- classes


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
        weight: a factor for each class, (C,). With indices, "mean" divides by the sum of the factors used.
        ignore_index: rows with this target count for nothing.
        reduction: "none", "mean" or "sum".
        label_smoothing: the share of the target in [0, 1] that is spread evenly over all classes.

    Raises:
        IndexError: a target is no class.
        ValueError: another number of rows in `target`, or another reduction.
        RuntimeError: shapes, types or smoothing that don't fit.

    >>> logits = autograd.tensor([[0.0, 0.0], [0.0, 1000.0]])
    >>> cross_entropy(logits, autograd.tensor([0, 1])).item()
    0.3465735912322998
    """
    expect_tensors(input=input, target=target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    if weight is None and label_smoothing == 0 and reduction == "mean" and _plain_indices(input, target, ignore_index):
        return losses.cross_entropy(input, target)
    check_reduction(reduction)
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    dim = 0 if input.ndim == 1 else 1
    if input.ndim and input.shape == target.shape:
        return _with_probabilities(input, target, weight, ignore_index, reduction, label_smoothing)
    log_p = autograd.log_softmax(input, dim) if input.ndim else input
    loss, factor = _nll(log_p, target, weight, ignore_index)
    if label_smoothing:
        classes = input.shape[dim]
        even = -(log_p if weight is None else log_p * _per_class(weight, input)).sum(dim) / classes
        even = where(target != ignore_index, even, 0.0)
        loss = loss * (1 - label_smoothing) + even * label_smoothing
    return _weighted_mean(loss, factor) if reduction == "mean" else reduced(loss, reduction)


def _plain_indices(input: Tensor, target: Tensor, ignore_index: int) -> bool:
    """Whether the common case is at hand: rows of float logits, and an int64 class for each, none ignored."""
    logits, classes = input.array, target.array
    return (
        logits.ndim == 2
        and logits.dtype.kind == "f"
        and classes.ndim == 1
        and classes.dtype == np.int64
        and 0 < len(logits) == len(classes)
        and not 0 <= ignore_index < logits.shape[1]
        # As unsigned numbers negative ones are huge: one pass checks both bounds.
        and bool(np.maximum.reduce(classes.view(np.uint64)) < logits.shape[1])
    )


def _with_probabilities(
    input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str, label_smoothing: float
) -> Tensor:
    if target.array.dtype.kind != "f":
        raise RuntimeError(
            f"Expected floating point type for target with class probabilities, got {target.array.dtype}: "
            "convert it with .float(), or give a class a row: argmax(dim=1) of one-hot rows"
        )
    if ignore_index >= 0:
        raise RuntimeError("ignore_index is not supported for floating point target")
    dim = 0 if input.ndim == 1 else 1
    classes = input.shape[dim]
    _check_weight(weight, classes, "cross_entropy: ")
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
    """The negative of the log-probability of the target. Arguments and errors as in `cross_entropy`.

    Args:
        input: log-probabilities, (C,), (N, C) or (N, C, d1, ...).
        target: class indices, () or (N,) or (N, d1, ...).

    >>> nll_loss(autograd.tensor([[-0.5, -1.0]]), autograd.tensor([1])).item()
    1.0
    """
    expect_tensors(input=input, target=target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    check_reduction(reduction)
    loss, factor = _nll(input, target, weight, ignore_index)
    return _weighted_mean(loss, factor) if reduction == "mean" else reduced(loss, reduction)


def _nll(log_p: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int) -> tuple[Tensor, Tensor]:
    """The loss of each row, and the factor that it was weighted with: 0 for an ignored one."""
    _check_indices(log_p, target)
    dim = 0 if log_p.ndim == 1 else 1
    classes = log_p.shape[dim]
    _check_weight(weight, classes, "")
    labels = target.array
    kept = np.asarray(labels != ignore_index)
    outside = kept & ((labels < 0) | (labels >= classes))
    if outside.any():
        raise IndexError(
            f"Target {labels[outside].ravel()[0]} is out of bounds. There are {classes} classes: a target is one of "
            f"0 to {classes - 1}, or ignore_index = {ignore_index}"
        )
    safe = wrap(np.where(kept, labels, 0).astype(np.int64))
    picked = log_p.gather(dim, safe.unsqueeze(dim) if log_p.ndim > 1 else safe.reshape(1)).squeeze(dim)
    if safe.ndim == 1 and log_p.ndim == 1:
        picked = picked.reshape(1)
    factor = wrap(kept.astype(log_p.array.dtype))
    if weight is not None:
        factor = factor * weight[safe]
        picked = picked * weight[safe]
    return where(wrap(kept), -picked, 0.0), factor


def _weighted_mean(loss: Tensor, factor: Tensor) -> Tensor:
    """sum(loss) / sum(factor), and NaN when nothing is left to take the mean of, as in PyTorch."""
    total = factor.sum()
    if total.item() == 0:
        return loss.sum() * float("nan")
    return loss.sum() / total


def _per_class(weight: Tensor, input: Tensor) -> Tensor:
    return weight.reshape(-1, *[1] * (input.ndim - 2)) if input.ndim > 1 else weight


def _check_indices(input: Tensor, target: Tensor) -> None:
    if input.ndim <= 2 and (input.ndim == 0 or target.ndim > 1 or (input.ndim == 1 and target.numel() != 1)):
        raise RuntimeError(
            "0D or 1D target tensor expected, multi-target not supported: the input has shape "
            f"{tuple(input.shape)}, the target {tuple(target.shape)}; a target is one class for each row of the input"
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


def _check_weight(weight: Tensor | None, classes: int, name: str) -> None:
    if weight is not None and tuple(weight.shape) != (classes,):
        raise RuntimeError(
            f"{name}weight tensor should be defined either for all {classes} classes or no classes "
            f"but got weight tensor of shape: {list(weight.shape)}"
        )


# ---- probabilities


# A primitive, because its gradient at 0 and 1 is limited as PyTorch limits it: a composite's would be NaN.
_binary_cross_entropy = binary(
    "binary_cross_entropy",
    lambda x, t: -(t * _limited_log(x) + (1 - t) * _limited_log(1 - x)),
    lambda g, x, y: g * (x - y) / autograd.clamp(x * (1 - x), 1e-12),
    lambda g, x: g * (autograd.log(1 - x) - autograd.log(x)),
    doc="-y log x - (1 - y) log(1 - x), limited at 0 and 1 as PyTorch limits it",
)


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """-(t log p + (1 - t) log(1 - p)), where a logarithm is at least -100.

    From logits, `binary_cross_entropy_with_logits` is more exact.

    Args:
        input: probabilities p in [0, 1].
        target: t in [0, 1], of the same shape.
        weight: factors that broadcast to that shape.
        reduction: "none", "mean" or "sum".

    Raises:
        ValueError: shapes differ, or another reduction.
        RuntimeError: a number outside [0, 1].

    >>> binary_cross_entropy(autograd.tensor([0.5, 1.0]), autograd.tensor([1.0, 1.0]), reduction="sum").item()
    0.6931471824645996
    """
    expect_tensors(input=input, target=target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    check_reduction(reduction)
    if input.shape != target.shape:
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is deprecated. "
            "Please ensure they have the same size."
        )
    for name, values in (("input", input.array), ("target", target.array)):
        if not ((values >= 0) & (values <= 1)).all():
            raise RuntimeError(f"all elements of {name} should be between 0 and 1")
    loss: Tensor = _binary_cross_entropy(input, target)
    return reduced(loss if weight is None else loss * weight, reduction)


def _limited_log(x: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(x), -100)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """The binary cross entropy of sigmoid(input), safe for any input.

    Args:
        input: logits of any shape.
        target: t in [0, 1], of the same shape.
        weight: factors that broadcast to that shape.
        reduction: "none", "mean" or "sum".
        pos_weight: factors of the positive term, t log p, that broadcast to that shape.

    Raises:
        ValueError: shapes differ, or another reduction.

    >>> binary_cross_entropy_with_logits(autograd.tensor([-1000.0]), autograd.tensor([1.0])).item()
    1000.0
    """
    expect_tensors(input=input, target=target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    check_reduction(reduction)
    if input.shape != target.shape:
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
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
        log_target: what `target` holds.

    Raises:
        ValueError: another reduction.

    >>> p = autograd.tensor([[0.5, 0.5]])
    >>> kl_div(p.log(), p, reduction="batchmean").item()
    0.0
    """
    expect_tensors(input=input, target=target)
    reduction = chosen_reduction(size_average, reduce, reduction)
    if reduction != "batchmean":
        check_reduction(reduction)
    if reduction == "mean":
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size."
            "'batchmean' divides only by the batch size, and aligns with the KL div math definition."
            "'mean' will be changed to behave the same as 'batchmean' in the next major release.",
            stacklevel=2,
        )
    if log_target:
        loss = exp(target) * (target - input)
    else:
        loss = target * log(where(target == 0, 1.0, target)) - target * input
    if reduction == "batchmean":
        return loss.sum() / (input.shape[0] if input.ndim else 1)
    return reduced(loss, reduction)


# ---- what all share


def reduced(loss: Tensor, reduction: str) -> Tensor:
    """The losses themselves, their mean or their sum.

    Raises:
        ValueError: `reduction` is not "none", "mean" or "sum".
    """
    if reduction == "mean":
        return loss.mean()
    if reduction == "sum":
        return loss.sum()
    check_reduction(reduction)
    return loss


def chosen_reduction(size_average: bool | None, reduce: bool | None, reduction: str) -> str:
    """`reduction`, or what the two flags that came before it say."""
    if size_average is None and reduce is None:
        return reduction
    chosen = "none" if reduce is False else "sum" if size_average is False else "mean"
    warnings.warn(
        f"size_average and reduce args will be deprecated, please use reduction={chosen!r} instead.", stacklevel=3
    )
    return chosen


def check_reduction(reduction: str) -> None:
    """Raise ValueError unless `reduction` is "none", "mean" or "sum"."""
    if reduction not in REDUCTIONS:
        raise ValueError(f"{reduction} is not a valid value for reduction")


def expect_tensors(**named: object) -> None:
    """Raise TypeError unless all are Tensors."""
    for name, x in named.items():
        if not isinstance(x, Tensor):
            raise TypeError(f"the {name} of a loss must be Tensor, not {type(x).__name__}: make one with tensor(...)")


def _same_shape(input: Tensor, target: Tensor) -> bool:
    """Whether the shapes are equal; a warning if they aren't, since to broadcast is seldom meant."""
    expect_tensors(input=input, target=target)
    if input.array.shape == target.array.shape:
        return True
    warnings.warn(
        f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). "
        "This will likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
        stacklevel=3,
    )
    return False
