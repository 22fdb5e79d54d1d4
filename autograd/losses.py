"""Two losses as primitives: fused because a training step of a small net is mostly overhead."""

from __future__ import annotations

from typing import Any

import numpy as np

from .dtypes import Array
from .primitive import array_of, primitive
from .probabilities import softmax_along
from .reductions import sum_axes
from .tensor import Tensor


def _cross_entropy(x: Array, target: Array) -> Array:
    shifted = x - np.maximum.reduce(x, 1, keepdims=True)
    rows = np.arange(len(x))
    log_total = np.log(np.add.reduce(np.exp(shifted), 1))
    return (np.add.reduce(log_total - shifted[rows, target]) / len(x)).astype(x.dtype)


def _miss(x: Array, target: Array) -> Array:
    out = np.exp(x - np.maximum.reduce(x, 1, keepdims=True))
    out /= np.add.reduce(out, 1, keepdims=True)
    out[np.arange(len(x)), target] -= 1
    return out


def _softmax_back(g: Any, x: Any) -> Any:
    p = softmax_along(x, 1)
    return p * (g - sum_axes(g * p, (1,), True))


#: softmax(x) minus 1 at the target: by how much the probabilities miss.
_miss_of = primitive("cross_entropy_miss", _miss, x=_softmax_back)
_cross_entropy_rows = primitive(
    "cross_entropy", _cross_entropy, x=lambda g, x, target: _miss_of(x, target) * (g / len(target))
)
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
