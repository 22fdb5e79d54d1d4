"""Two losses as primitives: fused because a training step of a small net is mostly overhead."""

from __future__ import annotations

from typing import Any

import numpy as np

from .dtypes import Array
from .primitive import array_of, primitive
from .probabilities import softmax_along
from .tensor import Tensor


def _cross_entropy(x: Array, target: Array) -> Array:
    shifted = x - np.maximum.reduce(x, 1, keepdims=True)
    rows = np.arange(len(x))
    log_total = np.log(np.add.reduce(np.exp(shifted), 1))
    return (np.add.reduce(log_total - shifted[rows, target]) / len(x)).astype(x.dtype)


def _cross_entropy_slope(g: Any, x: Any, target: Array) -> Any:
    """(softmax(x) - one-hot(target)) · g / rows."""
    rows, classes = array_of(x).shape
    one_hot = np.zeros((rows, classes), array_of(x).dtype)
    one_hot[np.arange(rows), target] = 1
    return (softmax_along(x, 1) - one_hot) * (g / rows)


_cross_entropy_rows = primitive("cross_entropy", _cross_entropy, x=_cross_entropy_slope)
_mse = primitive(
    "mse_loss",
    lambda x, y: _mean_square(x - y),
    x=lambda g, x, y: (x - y) * (g * (2 / array_of(x).size)),
    y=lambda g, x, y: (y - x) * (g * (2 / array_of(x).size)),
)


def _mean_square(difference: Array) -> Array:
    flat = np.ravel(difference)
    return (np.dot(flat, flat) / flat.size).astype(difference.dtype)


def cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """The mean over the rows of -log softmax(logits)[target].

    Args:
        logits: (N, C), floating-point.
        target: (N,), integers from 0 to C - 1, which the caller has checked.
    """
    return _cross_entropy_rows(logits, target.array)


def mse(x: Tensor, y: Tensor) -> Tensor:
    """The mean of the squared differences of two tensors of one shape and type."""
    return _mse(x, y)
