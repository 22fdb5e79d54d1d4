"""Recurrent units: one step of an RNN, an LSTM and a GRU, and the cells, which are modules for one step."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import autograd
from autograd import linear, tanh
from autograd.base.dtypes import dtype as DType
from autograd.core.tensor import Tensor

from .. import init
from ..checks import expect_integers
from ..module import Module
from ..parameter import Parameter, optional
from .function_layer import non_default
from .gru import step as gru_step
from .lstm import step as lstm_step

#: The state of a unit: (h,) for RNN and GRU, (h, c) for LSTM.
State = tuple[Tensor, ...]

# In a step `x` is the projected input and `h` the hidden state; `weight` and `bias` project the hidden state.


def _rnn_tanh_step(x: Tensor, state: State, weight: Tensor, bias: Tensor | None) -> State:
    return (tanh(x + linear(state[0], weight, bias)),)


def _rnn_relu_step(x: Tensor, state: State, weight: Tensor, bias: Tensor | None) -> State:
    return (autograd.relu(x + linear(state[0], weight, bias)),)


class Unit(NamedTuple):
    """A recurrent unit: its step, the number of gates in its weights, and the number of tensors in its state."""

    step: Callable[..., State]
    gates: int
    state_size: int


UNITS = {
    "RNN_TANH": Unit(_rnn_tanh_step, 1, 1),
    "RNN_RELU": Unit(_rnn_relu_step, 1, 1),
    "LSTM": Unit(lstm_step, 4, 2),
    "GRU": Unit(gru_step, 3, 1),
}


class RNNCellBase(Module):
    """One step of a recurrent layer.

    Args:
        input_size, hidden_size: number of features of the input and of the state.
        bias: whether to add biases.
    """

    bias_ih: Parameter | None
    bias_hh: Parameter | None
    mode: str

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: DType | None = None
    ) -> None:
        super().__init__()
        expect_integers(type(self).__name__, input_size=input_size, hidden_size=hidden_size)
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = UNITS[self.mode].gates * hidden_size
        self.weight_ih = Parameter(autograd.empty(rows, input_size, device=device, dtype=dtype))
        self.weight_hh = Parameter(autograd.empty(rows, hidden_size, device=device, dtype=dtype))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, optional(bias, rows, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights: uniform in ±1/√hidden_size."""
        bound = 1 / math.sqrt(self.hidden_size) if self.hidden_size else 0.0
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def _step(self, input: Tensor, hx: State | None) -> State:
        name = type(self).__name__
        if input.ndim not in (1, 2):
            raise ValueError(f"{name}: Expected input to be 1D or 2D, got {input.ndim}D instead")
        if input.shape[-1] != self.input_size:
            raise RuntimeError(f"input has inconsistent input_size: got {input.shape[-1]} expected {self.input_size}")
        x = input.unsqueeze(0) if input.ndim == 1 else input
        unit = UNITS[self.mode]
        if hx is None:
            state: State = (autograd.zeros(x.shape[0], self.hidden_size, dtype=x.dtype),) * unit.state_size
        else:
            for place, h in enumerate(hx):
                if h.ndim not in (1, 2):
                    argument = "hidden" if unit.state_size == 1 else f"hx[{place}]"
                    raise ValueError(f"{name}: Expected {argument} to be 1D or 2D, got {h.ndim}D instead")
            state = tuple(h.unsqueeze(0) if h.ndim == 1 else h for h in hx)
            if any(tuple(h.shape) != (x.shape[0], self.hidden_size) for h in state):
                raise RuntimeError(
                    f"{name}: expected a hidden state of shape {(x.shape[0], self.hidden_size)}, but got "
                    f"{' and '.join(str(tuple(h.shape)) for h in state)}"
                )
        state = unit.step(linear(x, self.weight_ih, self.bias_ih), state, self.weight_hh, self.bias_hh)
        return tuple(h.squeeze(0) for h in state) if input.ndim == 1 else state

    def extra_repr(self) -> str:
        return f"{self.input_size}, {self.hidden_size}" + non_default(self, bias=True)


class RNNCell(RNNCellBase):
    """One step of an `RNN`."""

    mode = "RNN_TANH"

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: DType | None = None,
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {nonlinearity}")
        self.mode = f"RNN_{nonlinearity.upper()}"
        super().__init__(input_size, hidden_size, bias, device=device, dtype=dtype)
        self.nonlinearity = nonlinearity

    def extra_repr(self) -> str:
        return super().extra_repr() + non_default(self, nonlinearity="tanh")

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """The next state (N, hidden_size)."""
        return self._step(input, None if hx is None else (hx,))[0]


class GRUCell(RNNCellBase):
    """One step of a `GRU`."""

    mode = "GRU"

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """The next state (N, hidden_size)."""
        return self._step(input, None if hx is None else (hx,))[0]


class LSTMCell(RNNCellBase):
    """One step of an `LSTM`."""

    mode = "LSTM"

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        """The next hidden state and cell, (N, hidden_size)."""
        h, c = self._step(input, hx)
        return h, c
