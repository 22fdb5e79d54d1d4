"""Negative log-likelihoods: normal, Poisson, and connectionist temporal classification (CTC) of label sequences.

`reduction` is "none" for one loss per element or sequence, "sum" for their sum, or "mean", the default; any other value
raises ValueError. `size_average` and `reduce` are its deprecated spelling.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import exp, full_like, log, logsumexp, stack, where
from autograd.base.symbolic import as_array
from autograd.core.tensor import Tensor, wrap

from .reduction import check_reduction, chosen_reduction, reduced

__all__ = ["ctc_loss", "gaussian_nll_loss", "poisson_nll_loss"]


def gaussian_nll_loss(
    input: Tensor, target: Tensor, var: Tensor | float, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Tensor:
    """(log σ² + (x - t)² / σ²) / 2, for predicted means x and variances σ².

    Args:
        input, target: Tensors of one shape.
        var: variances, of that shape, without its last dim, or with size 1 in one dim; or a number. Variances below
            `eps` are replaced by `eps`, and the gradient is taken there.
        full: whether to add the constant log(2π) / 2.
        eps: the smallest variance.

    Raises:
        ValueError: a negative variance, variances of another shape.
    """
    check_reduction(reduction)
    variance = var if isinstance(var, Tensor) else full_like(input, var)
    if variance.shape != input.shape:
        if variance.shape == input.shape[:-1]:
            variance = variance.unsqueeze(-1)
        elif variance.ndim != input.ndim or [n for n, m in zip(variance.shape, input.shape) if n != m] != [1]:
            raise ValueError(f"var is of incorrect size: {list(variance.shape)} for an input of {list(input.shape)}")
    if np.any(variance.array < 0):
        raise ValueError(f"var has negative entry/entries: the smallest is {variance.array.min()}")
    variance = variance + where(variance.array < eps, eps - variance.detach(), 0)
    loss = (log(variance) + (input - target) ** 2 / variance) * 0.5
    return reduced(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """λ - t log λ, for predicted rates λ and counts t.

    Args:
        input: log λ, or λ itself if not `log_input`.
        target: counts of the same shape.
        log_input: whether `input` holds log λ.
        full: whether to add log(t!), by Stirling's formula, where t > 1.
        eps: added to λ before its logarithm is taken.
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    loss = exp(input) - target * input if log_input else input - target * log(input + eps)
    if full:
        large = target.clamp(min=1)
        loss = loss + where(target > 1, large * log(large) - large + 0.5 * log(2 * math.pi * large), 0.0)
    return reduced(loss, reduction)


#: Stands for log 0 in place of -∞, whose differences would be NaN.
_LOG_ZERO = -1e30


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """The negative log-probability of label sequences, over all alignments with the input's steps (Graves, 2006).

    An alignment assigns a class to every step; collapsing repeated classes and then dropping blanks gives the labels.
    The gradient is exact in `log_probs`; PyTorch's differs by a term that the backward of `log_softmax` cancels.

    Args:
        log_probs: log-probabilities of the classes at each step, (T, N, C) or (T, C).
        targets: labels, (N, S), or all sequences concatenated, (sum of `target_lengths`,).
        input_lengths, target_lengths: the numbers of steps and of labels of each sequence, (N,): Tensors or sequences.
        blank: the class that means "no label".
        reduction: "none", "sum", or "mean": each loss divided by its number of labels, then the mean.
        zero_infinity: whether the loss of labels that cannot be aligned is 0 instead of infinity.

    Raises:
        RuntimeError: shapes and lengths do not match, or the blank or a label is not a class.
    """
    check_reduction(reduction)
    unbatched = log_probs.ndim == 2
    steps = log_probs.unsqueeze(1) if unbatched else log_probs
    if steps.ndim != 3:
        raise RuntimeError(f"ctc_loss: expected log_probs of 2 or 3 dims, but got {log_probs.ndim}")
    length, count, classes = steps.shape
    if not 0 <= blank < classes:
        raise RuntimeError(f"blank must be in label range: got {blank} for {classes} classes")
    ends, sizes = (_lengths(x, count) for x in (input_lengths, target_lengths))
    if ends.max(initial=0) > length or ends.min(initial=0) < 0:
        raise RuntimeError(f"Expected input_lengths to have value at most {length}, but got {ends.tolist()}")
    labels = _label_rows(as_array(targets.array), sizes, blank)
    if np.any((labels < 0) | (labels >= classes)):
        raise RuntimeError(f"ctc_loss: expected labels from 0 to {classes - 1}, but got {targets.tolist()}")
    states, skips = _states(labels, blank)
    rows = np.arange(count)
    emitted = steps[:, wrap(rows[:, None]), wrap(states)]
    last = _prefix_scores(emitted, skips)[wrap(ends - 1), wrap(rows)]
    # An alignment ends in the last blank or the last label.
    on_blank, on_label = last[wrap(rows), wrap(2 * sizes)], last[wrap(rows), wrap(2 * sizes - 1)]
    loss = -logsumexp(stack([on_blank, where(sizes > 0, on_label, _LOG_ZERO)]), 0)
    loss = where(ends > 0, loss, np.where(sizes > 0, -_LOG_ZERO, 0).astype(loss.array.dtype))
    impossible = loss.detach() >= -_LOG_ZERO
    if zero_infinity:
        loss = where(impossible, 0.0, loss)
    elif impossible.any():
        # -log(0): infinite, with a gradient of NaN at every step of the sequence, as in PyTorch.
        concerned = (np.arange(length)[:, None] < ends) & as_array(impossible.array)
        total = where(wrap(concerned[..., None]), steps, 0.0).sum((0, 2))
        loss = where(impossible, -(total + _LOG_ZERO).exp().log(), loss)
    if reduction == "mean":
        return (loss / wrap(np.maximum(sizes, 1).astype(loss.array.dtype))).mean()
    return loss.squeeze(0) if unbatched and reduction == "none" else reduced(loss, reduction)


def _prefix_scores(emitted: Tensor, skips: np.ndarray) -> Tensor:
    """The log-probability of all alignment prefixes that are in a state at a step, (T, N, S): the forward algorithm.

    A prefix stays in its state, or goes to the next one, or skips one where that is allowed.

    Args:
        emitted: the log-probability of each state's class at each step, (T, N, S).
        skips: (N, S), whether a state can follow the one before the last.
    """
    states = np.arange(emitted.shape[2])
    before = states - np.arange(3)[:, None]  # (3, S): the state itself, the one before it, and the one before that
    allowed = np.broadcast_to(before >= 0, (len(skips), *before.shape)).copy()
    allowed[:, 2] &= skips
    barrier = wrap(np.where(allowed, 0, _LOG_ZERO).astype(emitted.array.dtype))
    scores = where(states < 2, emitted[0], _LOG_ZERO)  # the first blank, or the first label
    all_scores = [scores]
    for step in emitted[1:].unbind():
        scores = logsumexp(scores[:, wrap(before.clip(0))] + barrier, 1) + step
        all_scores.append(scores)
    return stack(all_scores)


def _lengths(given: Any, count: int) -> np.ndarray:
    """The lengths of `count` sequences as an array of integers."""
    lengths = as_array(given.array if isinstance(given, Tensor) else given, np.int64).reshape(-1)
    if len(lengths) != count:
        raise RuntimeError(f"ctc_loss: expected a length for each of {count} sequences, but got {len(lengths)}")
    return lengths


def _label_rows(labels: np.ndarray, sizes: np.ndarray, blank: int) -> np.ndarray:
    """The labels as one row for each sequence, padded with blanks."""
    longest = int(sizes.max(initial=0))
    inside = np.arange(longest) < sizes[:, None]
    if labels.ndim == 1 and len(labels) == sizes.sum():
        rows = np.full((len(sizes), longest), blank)
        rows[inside] = labels
        return rows
    if labels.ndim != 2 or len(labels) != len(sizes) or labels.shape[1] < longest:
        raise RuntimeError(
            f"Expected tensor to have size at least {longest} at dimension 1, but got size {list(labels.shape)} for "
            "targets"
        )
    return np.where(inside, labels[:, :longest], blank)


def _states(labels: np.ndarray, blank: int) -> tuple[np.ndarray, np.ndarray]:
    """The class of each state (a blank before and after every label), and whether state s can follow state s - 2."""
    states = np.full((len(labels), 2 * labels.shape[1] + 1), blank)
    states[:, 1::2] = labels
    skips = np.zeros(states.shape, bool)
    skips[:, 2:] = (states[:, 2:] != blank) & (states[:, 2:] != states[:, :-2])
    return states, skips
