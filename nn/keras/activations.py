"""Activations: functions of a layer's output, by name or as they are."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd
from autograd.core.tensor import Tensor

from .. import functional as F
from .naming import lookup

Activation = Callable[[Tensor], Tensor]

#: For the place of what sigmoid and softmax returned, their argument: a loss computed from it can't overflow.
_logits: dict[int, Tensor] = {}


def _remember(out: Tensor, logits: Tensor) -> Tensor:
    """`out`, of which `logits_behind` knows the logits as long as its elements are there."""
    if isinstance(out.array, np.ndarray):
        key = id(out.array)
        _logits[key] = logits
        weakref.finalize(out.array, _logits.pop, key, None)
    return out


def logits_behind(x: Tensor) -> Tensor | None:
    """What `x` is the sigmoid or the softmax of, if it has the very array that the activation returned."""
    return _logits.get(id(x.array))


def linear(x: Tensor) -> Tensor:
    """x, as it is."""
    return x


def relu(x: Tensor, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Tensor:
    """The larger of x and 0; below the threshold `negative_slope` (x - threshold), and `max_value` at most.

    >>> from autograd import tensor
    >>> relu(tensor([-2.0, 3.0, 9.0]), negative_slope=0.5, max_value=6.0)
    tensor([-1.,  3.,  6.])
    """
    if not negative_slope and max_value is None and not threshold:
        return autograd.relu(x)
    below = (x - threshold) * negative_slope
    out: Tensor = autograd.where(x >= threshold if threshold else x > 0, x, below)
    return out if max_value is None else autograd.clamp(out, max=max_value)


def leaky_relu(x: Tensor, negative_slope: float = 0.2) -> Tensor:
    """x where it is positive, `negative_slope` x elsewhere."""
    return F.leaky_relu(x, negative_slope)


def sigmoid(x: Tensor) -> Tensor:
    """1 / (1 + exp(-x))."""
    return _remember(autograd.sigmoid(x), x)


def softmax(x: Tensor, axis: int = -1) -> Tensor:
    """exp(x) / Σ exp(x) along an axis."""
    return _remember(autograd.softmax(x, axis), x)


def log_softmax(x: Tensor, axis: int = -1) -> Tensor:
    """x - log Σ exp(x) along an axis."""
    return F.log_softmax(x, axis)


def exponential(x: Tensor) -> Tensor:
    """exp(x)."""
    return autograd.exp(x)


def gelu(x: Tensor, approximate: bool = False) -> Tensor:
    """x times the normal distribution function of x, or its approximation by tanh."""
    return F.gelu(x, "tanh" if approximate else "none")


def tanh(x: Tensor) -> Tensor:
    """The hyperbolic tangent."""
    return autograd.tanh(x)


elu, hard_sigmoid, mish, relu6 = F.elu, F.hardsigmoid, F.mish, F.relu6
selu, silu, softplus, softsign = F.selu, F.silu, F.softplus, F.softsign
swish = silu

_KNOWN: dict[str, Activation] = {
    "elu": elu, "exponential": exponential, "gelu": gelu, "hard_sigmoid": hard_sigmoid, "leaky_relu": leaky_relu,
    "linear": linear, "log_softmax": log_softmax, "mish": mish, "relu": relu, "relu6": relu6, "selu": selu,
    "sigmoid": sigmoid, "silu": silu, "softmax": softmax, "softplus": softplus, "softsign": softsign, "swish": silu,
    "tanh": tanh,
}  # fmt: skip


def get(identifier: Any) -> Activation:
    """The activation of a name, a function as it is; `linear` for None.

    Raises:
        ValueError: an unknown name.

    >>> get("relu")(autograd.tensor([-1.0, 1.0]))
    tensor([0., 1.])
    """
    if identifier is None:
        return linear
    if callable(identifier):
        found: Activation = identifier
        return found
    known: Activation = lookup("activation function", identifier, _KNOWN)
    return known
