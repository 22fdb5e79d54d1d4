"""Losses that are the negative logarithm of a distribution: normal, Poisson, and over the alignments of labels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import cat, exp, full_like, log, logsumexp, stack, where
from autograd.core.tensor import Tensor, wrap

from .reduction import check_reduction, chosen_reduction, reduced


def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """(log σ² + (x - t)² / σ²) / 2 for means x and variances σ².

    Args:
        input, target: Tensors of one shape.
        var: variances: of that shape, or without its last dim, or with one dim of 1, or one number. Smaller ones
            than `eps` count as `eps`; their gradient is taken there.
        full: whether the constant, log(2π) / 2, is added.
        eps: the least variance.
        reduction: "none", "mean" or "sum".

    Raises:
        ValueError: a negative variance, variances of another shape, or another reduction.
    """
    check_reduction(reduction)
    variance = var if isinstance(var, Tensor) else full_like(input, var)
    if variance.shape != input.shape:
        if variance.shape == input.shape[:-1]:
            variance = variance.unsqueeze(-1)
        elif variance.ndim != input.ndim or [n for n, m in zip(variance.shape, input.shape) if n != m] != [1]:
            raise ValueError(f"var is of incorrect size: {list(variance.shape)} for an input of {list(input.shape)}")
    if np.any(variance.array < 0):
        raise ValueError("var has negative entry/entries")
    variance = variance + (variance.clamp(min=eps) - variance).detach()
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
    """λ - t log λ for rates λ and counts t.

    Args:
        input: log λ, or λ itself if not `log_input`.
        target: counts of the same shape.
        log_input: what `input` holds.
        full: whether log(t!) is added, by Stirling's formula, where t > 1.
        size_average, reduce: the old form of `reduction`.
        eps: what is added to λ before its logarithm is taken.
        reduction: "none", "mean" or "sum".

    Raises:
        ValueError: another reduction.
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    check_reduction(reduction)
    loss = exp(input) - target * input if log_input else input - target * log(input + eps)
    if full:
        large = target.clamp(min=1)
        loss = loss + where(target > 1, large * log(large) - large + 0.5 * log(2 * math.pi * large), 0.0)
    return reduced(loss, reduction)


#: The logarithm of next to nothing, in place of -∞, whose differences would be NaN.
_NOTHING = -1e30


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """The negative log-probability of label sequences, over all ways to align them with the steps of the input.

    An alignment names a class at every step; runs of one class count once, and then blanks are left out.
    The gradient is that with respect to `log_probs`; PyTorch's own differs by what `log_softmax` takes away again.

    Args:
        log_probs: log-probabilities of the classes at every step, (T, N, C) or (T, C).
        targets: labels, (N, S), or all of them in one row (the sum of `target_lengths`,).
        input_lengths, target_lengths: how many steps and labels of each sequence count: (N,), Tensors or sequences.
        blank: the class that stands for no label.
        reduction: "none", "sum", or "mean": each loss over its number of labels, then the mean.
        zero_infinity: whether the loss of labels that can't be aligned is 0, not infinite.

    Raises:
        RuntimeError: shapes and lengths that don't fit, or a blank or a label that is no class.
        ValueError: another reduction.
    """
    check_reduction(reduction)
    single = log_probs.ndim == 2
    steps = log_probs.unsqueeze(1) if single else log_probs
    if steps.ndim != 3:
        raise RuntimeError(f"ctc_loss: expected log_probs of 2 or 3 dims, but got {log_probs.ndim}")
    length, count, classes = steps.shape
    if not 0 <= blank < classes:
        raise RuntimeError(f"blank must be in label range: got {blank}, and there are {classes} classes")
    ends, sizes = (_lengths(x, count) for x in (input_lengths, target_lengths))
    if ends.max(initial=0) > length or ends.min(initial=0) < 0:
        raise RuntimeError(f"Expected input_lengths to have value at most {length}, but got {ends.tolist()}")
    labels = _label_rows(np.asarray(targets.array), sizes, blank)
    if np.any((labels < 0) | (labels >= classes)):
        raise RuntimeError(f"ctc_loss: expected labels from 0 to below {classes}, but got {targets.tolist()}")
    states, skips = _states(labels, blank)
    rows = np.arange(count)
    # alpha[n, s]: the log-probability of all beginnings of an alignment that are in state s at this step.
    emitted = steps[:, wrap(rows[:, None]), wrap(states)]
    alpha = where(np.arange(states.shape[1]) < 2, emitted[0], _NOTHING)
    alphas = [alpha]
    nothing = full_like(alpha[:, :1], _NOTHING)
    for step in range(1, length):
        one = cat([nothing, alpha[:, :-1]], 1)
        two = where(skips, cat([nothing, one[:, :-1]], 1), _NOTHING)
        alpha = logsumexp(stack([alpha, one, two]), 0) + emitted[step]
        alphas.append(alpha)
    last = stack(alphas)[wrap(ends - 1), wrap(rows)]
    on_blank, on_label = last[wrap(rows), wrap(2 * sizes)], last[wrap(rows), wrap(2 * sizes - 1)]
    loss = -logsumexp(stack([on_blank, where(sizes > 0, on_label, _NOTHING)]), 0)
    loss = where(ends > 0, loss, np.where(sizes > 0, -_NOTHING, 0).astype(loss.array.dtype))
    loss = where(loss.detach() >= -_NOTHING, 0.0 if zero_infinity else math.inf, loss)
    if reduction == "mean":
        return (loss / wrap(np.maximum(sizes, 1).astype(loss.array.dtype))).mean()
    return loss.squeeze(0) if single and reduction == "none" else reduced(loss, reduction)


def _lengths(given: Any, count: int) -> np.ndarray:
    lengths = np.asarray(given.array if isinstance(given, Tensor) else given, np.int64).reshape(-1)
    if len(lengths) != count:
        raise RuntimeError(f"ctc_loss: expected a length for each of {count} sequences, but got {len(lengths)}")
    return lengths


def _label_rows(labels: np.ndarray, sizes: np.ndarray, blank: int) -> np.ndarray:
    """The labels as one row for each sequence, filled up with blanks."""
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
    """The class of each state (blanks around every label), and whether a state can follow the one but last."""
    states = np.full((len(labels), 2 * labels.shape[1] + 1), blank)
    states[:, 1::2] = labels
    skips = np.zeros(states.shape, bool)
    skips[:, 2:] = (states[:, 2:] != blank) & (states[:, 2:] != states[:, :-2])
    return states, skips
