"""Activations: functions of a layer's output, also looked up by name."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any, ParamSpec

import numpy as np

import autograd
from autograd.base.symbolic import Symbolic, current
from autograd.core.tensor import Tensor
from autograd.tensorflow.tensors import tensor_of

from .. import functional as F
from .config import deserialize, publish_functions
from .naming import lookup

Activation = Callable[[Tensor], Tensor]
P = ParamSpec("P")

#: The arguments of sigmoid and softmax, by the id of the output's array. A loss is computed from them, since the
#: logarithm of a saturated output is infinite.
_logits: dict[int, Tensor] = {}


def _record(out: Tensor, logits: Tensor) -> Tensor:
    """Record the logits of `out` for `logits_behind`, until its array is freed; return `out`."""
    if isinstance(out.array, Symbolic):
        current.trace.notes[id(out.array)] = logits
    elif isinstance(out.array, np.ndarray):
        key = id(out.array)
        _logits[key] = logits
        weakref.finalize(out.array, _logits.pop, key, None)
    return out


def logits_behind(x: Tensor) -> Tensor | None:
    """The argument of the sigmoid or softmax that returned `x`; None if `x` comes from elsewhere."""
    known = _logits if current.trace is None else current.trace.notes
    return known.get(id(x.array))


def _of_arrays(function: Callable[P, Tensor]) -> Callable[P, Tensor]:
    """Decorator: the activation also accepts an array, list or number, as a tensor."""

    @functools.wraps(function)
    def activation(*args: P.args, **kwargs: P.kwargs) -> Tensor:
        if args and not isinstance(args[0], Tensor):
            return function(tensor_of(args[0]), *args[1:], **kwargs)  # type: ignore[arg-type]  # the same arguments
        return function(*args, **kwargs)

    return activation


def linear(x: Tensor) -> Tensor:
    """x, unchanged."""
    return x


@_of_arrays
def relu(x: Tensor, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Tensor:
    """max(x, 0); or min(x, max_value) for x >= threshold and negative_slope (x - threshold) below.

    >>> from autograd import tensor
    >>> relu(tensor([-2.0, 3.0, 9.0]), negative_slope=0.5, max_value=6.0)
    tensor([-1.,  3.,  6.])
    """
    if not negative_slope and not threshold:
        out: Tensor = autograd.relu(x)
    else:
        out = autograd.where(x >= threshold if threshold else x > 0, x, (x - threshold) * negative_slope)
    return out if max_value is None else autograd.clamp(out, max=max_value)


@_of_arrays
def leaky_relu(x: Tensor, negative_slope: float = 0.2) -> Tensor:
    """x for x > 0, `negative_slope` x otherwise."""
    return F.leaky_relu(x, negative_slope)


@_of_arrays
def sigmoid(x: Tensor) -> Tensor:
    """1 / (1 + exp(-x))."""
    return _record(autograd.sigmoid(x), x)


@_of_arrays
def softmax(x: Tensor, axis: int = -1) -> Tensor:
    """exp(x) / Σ exp(x) along an axis."""
    return _record(autograd.softmax(x, axis), x)


@_of_arrays
def log_softmax(x: Tensor, axis: int = -1) -> Tensor:
    """x - log Σ exp(x) along an axis."""
    return F.log_softmax(x, axis)


@_of_arrays
def exponential(x: Tensor) -> Tensor:
    """exp(x)."""
    return autograd.exp(x)


@_of_arrays
def gelu(x: Tensor, approximate: bool = False) -> Tensor:
    """x Φ(x), where Φ is the distribution function of the standard normal, or its approximation by tanh."""
    return F.gelu(x, "tanh" if approximate else "none")


@_of_arrays
def tanh(x: Tensor) -> Tensor:
    """The hyperbolic tangent."""
    return autograd.tanh(x)


elu, hard_sigmoid = _of_arrays(F.elu), _of_arrays(F.hardsigmoid)
mish, relu6 = _of_arrays(F.mish), _of_arrays(F.relu6)
selu, silu = _of_arrays(F.selu), _of_arrays(F.silu)
softplus, softsign = _of_arrays(F.softplus), _of_arrays(F.softsign)
swish = silu

_KNOWN: dict[str, Activation] = {
    "elu": elu, "exponential": exponential, "gelu": gelu, "hard_sigmoid": hard_sigmoid, "leaky_relu": leaky_relu,
    "linear": linear, "log_softmax": log_softmax, "mish": mish, "relu": relu, "relu6": relu6, "selu": selu,
    "sigmoid": sigmoid, "silu": silu, "softmax": softmax, "softplus": softplus, "softsign": softsign, "swish": silu,
    "tanh": tanh,
}  # fmt: skip

publish_functions(_KNOWN)


def get(identifier: Any) -> Activation:
    """The activation for a name or a config; `linear` for None; functions unchanged. ValueError for an unknown name.

    >>> get("relu")(autograd.tensor([-1.0, 1.0]))
    tensor([0., 1.])
    """
    if identifier is None:
        return linear
    if isinstance(identifier, dict) and {"class_name", "config"} <= identifier.keys():
        identifier = deserialize(identifier)
    found: Activation = identifier if callable(identifier) else lookup("activation function", identifier, _KNOWN)
    return found
