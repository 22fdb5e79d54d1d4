"""One step of an LSTM after the matrix product, as two primitives: they spare the graph a dozen nodes for each step."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...core.operation import Operation, array_of, primitive
from ...core.tensor import Tensor
from ..elementwise.elementary import sigmoid, tanh
from ..shape.joining import join


def _activated(gates: Any) -> list[Any]:
    """σ(i), σ(f), tanh(g) and σ(o), of the gates (*, 4 H) side by side."""
    size = gates.shape[-1] // 4
    squashed = sigmoid(gates)  # also the third, since one call is faster than three
    i, f, g, o = [slice(k * size, (k + 1) * size) for k in range(4)]
    return [squashed[..., i], squashed[..., f], tanh(gates[..., g]), squashed[..., o]]


def _again(g: Any, gates: Any, activated: list[Any]) -> list[Any]:
    """The activated gates; recomputed by recorded operations if `g` is a Tensor."""
    return _activated(gates) if isinstance(g, Tensor) else activated


def _of_gates(cotangent: Any, *slopes: Any) -> Any:
    """The cotangent of the gates: that of the result times the slopes in each of them; None for 0."""
    size = cotangent.shape[-1]
    zeros = np.zeros_like(array_of(cotangent))
    parts = [zeros if slope is None else cotangent * slope for slope in slopes]
    return join(parts, [k * size for k in range(5)], zeros.ndim - 1)


def _state(gates: Array, c: Array, activated: list[Any]) -> Array:
    activated[:] = _activated(gates)
    i, f, g, _ = activated
    return f * c + i * g


def _state_rule(cotangent: Any, gates: Any, c: Any, activated: list[Any]) -> Any:
    i, f, g, _ = _again(cotangent, gates, activated)
    return _of_gates(cotangent, g * i * (1 - i), c * f * (1 - f), i * (1 - g * g), None)


def _output_rule(cotangent: Any, gates: Any, c: Any, activated: list[Any]) -> Any:
    o = _again(cotangent, gates, activated)[3]
    return _of_gates(cotangent, None, None, None, tanh(c) * o * (1 - o))


def _slope_in_state(cotangent: Any, gates: Any, c: Any, activated: list[Any]) -> Any:
    out = tanh(c)
    return cotangent * _again(cotangent, gates, activated)[3] * (1 - out * out)


#: The new cell state. The forward leaves the activated gates in the list `activated`, also for the output.
_lstm_state: Operation = primitive(
    "lstm_state",
    _state,
    gates=_state_rule,
    c=lambda g, gates, activated: g * _again(g, gates, activated)[1],
    doc="σ(f) c + σ(i) tanh(g) of gates i, f, g, o and a state c: its slopes in the gates side by side, and σ(f) for c",
)
_lstm_output: Operation = primitive(
    "lstm_output",
    lambda gates, c, activated: activated[3] * np.tanh(c),
    gates=_output_rule,
    c=_slope_in_state,
    doc="σ(o) tanh(c) of gates i, f, g, o and a state c: tanh(c) σ'(o) for the gate o, and σ(o) (1 - tanh²(c)) for c",
)


def lstm_step(gates: Any, c: Any) -> tuple[Any, Any]:
    """The output and the new state of an LSTM.

    Args:
        gates: (*, 4 H), the input gate, the forget gate, the candidate and the output gate, before their activations.
        c: (*, H), the state.
    """
    activated: list[Any] = []
    state = _lstm_state(gates, c, activated)
    return _lstm_output(gates, state, activated), state
