"""Recurrent layers: a state that is carried from step to step of a sequence."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import autograd
from autograd import cat, linear, matmul, sigmoid, stack, tanh
from autograd.base.dtypes import dtype as DType
from autograd.core.tensor import Tensor

from .. import functional as F, init
from ..module import Module
from ..parameter import Parameter, optional
from ..utils.rnn import PackedSequence

#: A state: h for RNN and GRU, (h, c) for LSTM.
State = tuple[Tensor, ...]
#: A batch of sequences, (L, N, *) or packed.
Sequences = Tensor | PackedSequence

# -- one step ---------------------------------------------------------------------------------------------
# `x` is the projected input, `h` the hidden state; `weight` and `bias` belong to the hidden state.


def _rnn_tanh_step(x: Tensor, state: State, weight: Tensor, bias: Tensor | None) -> State:
    return (tanh(x + linear(state[0], weight, bias)),)


def _rnn_relu_step(x: Tensor, state: State, weight: Tensor, bias: Tensor | None) -> State:
    return (autograd.relu(x + linear(state[0], weight, bias)),)


def _lstm_step(x: Tensor, state: State, weight: Tensor, bias: Tensor | None) -> State:
    h, c = state
    i, f, g, o = (x + linear(h, weight, bias)).chunk(4, -1)
    c = sigmoid(f) * c + sigmoid(i) * tanh(g)
    return sigmoid(o) * tanh(c), c


def _gru_step(x: Tensor, state: State, weight: Tensor, bias: Tensor | None) -> State:
    (h,) = state
    x_r, x_z, x_n = x.chunk(3, -1)
    h_r, h_z, h_n = linear(h, weight, bias).chunk(3, -1)
    z = sigmoid(x_z + h_z)
    n = tanh(x_n + sigmoid(x_r + h_r) * h_n)
    return (n + z * (h - n),)


#: For each kind the step, how many gates its weights hold, and how many tensors its state.
_KINDS: dict[str, tuple[Callable[..., State], int, int]] = {
    "RNN_TANH": (_rnn_tanh_step, 1, 1),
    "RNN_RELU": (_rnn_relu_step, 1, 1),
    "LSTM": (_lstm_step, 4, 2),
    "GRU": (_gru_step, 3, 1),
}


def steps_of(x: Tensor) -> list[Tensor]:
    """`x[0]`, `x[1]`, …, by halving: each cotangent is then put back into a part, not into the whole sequence."""
    length = x.shape[0]
    if length <= 1:
        return [x[0]] if length else []
    return steps_of(x[: length // 2]) + steps_of(x[length // 2 :])


# -- whole sequences --------------------------------------------------------------------------------------


class RNNBase(Module):
    """What RNN, LSTM and GRU share.

    Args:
        input_size, hidden_size: features of a step's input and of the state.
        num_layers: how many layers are stacked, each on the outputs of the one below.
        bias: whether there are biases.
        batch_first: whether inputs and outputs are (N, L, *) rather than (L, N, *).
        dropout: the probability with which an output between two layers is dropped in training.
        bidirectional: whether each layer runs over the sequence backwards too.
        proj_size: for an LSTM, the size that outputs are projected to, if it is not 0.
    """

    mode: str
    weight_ih_l0: Parameter

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        for name, value in (("bias", bias), ("batch_first", batch_first)):
            if not isinstance(value, bool):
                raise TypeError(f"{name} should be of type bool, got: {type(value).__name__}")
        if input_size <= 0:
            raise ValueError("input_size must be greater than zero")
        if hidden_size <= 0:
            raise ValueError("hidden_size must be greater than zero")
        if num_layers <= 0:
            raise ValueError("num_layers must be greater than zero")
        if isinstance(dropout, bool) or not isinstance(dropout, (int, float)) or not 0 <= dropout <= 1:
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
            )
        if proj_size < 0 or proj_size >= hidden_size:
            raise ValueError("proj_size has to be a positive integer, smaller than hidden_size, or zero")
        if dropout > 0 and num_layers == 1:
            warnings.warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects "
                f"num_layers greater than 1, but got dropout={dropout} and num_layers={num_layers}",
                stacklevel=3,
            )
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        gates = _KINDS[self.mode][1]
        out_size = proj_size or hidden_size
        for layer in range(num_layers):
            in_size = input_size if layer == 0 else out_size * (1 + bidirectional)
            for suffix in self._suffixes(layer):
                shapes: dict[str, tuple[int, ...]] = {
                    "weight_ih": (gates * hidden_size, in_size),
                    "weight_hh": (gates * hidden_size, out_size),
                }
                if bias:
                    shapes |= {"bias_ih": (gates * hidden_size,), "bias_hh": (gates * hidden_size,)}
                if proj_size:
                    shapes["weight_hr"] = (proj_size, hidden_size)
                for name, shape in shapes.items():
                    setattr(self, name + suffix, Parameter(autograd.empty(*shape, device=device, dtype=dtype)))
        self.reset_parameters()

    def _suffixes(self, layer: int) -> list[str]:
        """What the names of a layer's parameters end in, for each direction."""
        return [f"_l{layer}", f"_l{layer}_reverse"][: 1 + self.bidirectional]

    def reset_parameters(self) -> None:
        """Draw new weights: uniform in ±1/√hidden_size."""
        bound = 1 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def flatten_parameters(self) -> None:
        """Nothing: PyTorch needs it for its GPU kernels."""

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction."""
        names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr"]
        return [
            [getattr(self, name + suffix) for name in names if name + suffix in self._parameters]
            for layer in range(self.num_layers)
            for suffix in self._suffixes(layer)
        ]

    def _run(self, input: Any, hx: State | None) -> tuple[Any, State]:
        """The outputs of the last layer, and the last state of every layer and direction, stacked."""
        if isinstance(input, PackedSequence):
            return self._run_packed(input, hx)
        if input.ndim not in (2, 3):
            raise ValueError(f"{type(self).__name__}: Expected input to be 2D or 3D, got {input.ndim}D instead")
        if input.shape[-1] != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.shape[-1]}"
            )
        kind = self.weight_ih_l0.dtype
        if input.dtype != kind:
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({kind}). "
                f"Convert input: input.to({kind}), or convert model: model.to({input.dtype})"
            )
        single = input.ndim == 2
        batch_first = self.batch_first and not single
        x = input.unsqueeze(1) if single else input.transpose(0, 1) if batch_first else input
        if x.shape[0] == 0:
            raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
        if single and hx is not None:
            hx = tuple(h.unsqueeze(1) for h in hx)
        x, final = self._run_layers(x, self._first_state(hx, x.shape[1], x), None)
        if single:
            return x.squeeze(1), tuple(h.squeeze(1) for h in final)
        return x.transpose(0, 1) if batch_first else x, final

    def _run_packed(self, input: PackedSequence, hx: State | None) -> tuple[PackedSequence, State]:
        """As `_run`, for sequences of different lengths: each ends, and starts from behind, where it does."""
        sizes = input.batch_sizes.tolist()
        if hx is not None and input.sorted_indices is not None:
            hx = tuple(h[:, input.sorted_indices] for h in hx)
        x, final = self._run_layers(input.data, self._first_state(hx, sizes[0], input.data), sizes)
        if input.unsorted_indices is not None:
            final = tuple(h[:, input.unsorted_indices] for h in final)
        return input._replace(data=x), final

    def _first_state(self, hx: State | None, batch: int, x: Tensor) -> State:
        """The state to start from, zeros if none is given: (layers x directions, N, size)."""
        sizes = [self.proj_size or self.hidden_size, self.hidden_size][: _KINDS[self.mode][2]]
        shapes = [(self.num_layers * (1 + self.bidirectional), batch, size) for size in sizes]
        if hx is None:
            return tuple(autograd.zeros(*shape, dtype=x.dtype) for shape in shapes)
        for place, (h, shape) in enumerate(zip(hx, shapes)):
            if tuple(h.shape) != shape:
                said = "hidden" if len(shapes) == 1 else f"hidden[{place}]"
                raise RuntimeError(f"Expected {said} size {shape}, got {list(h.shape)}")
        return hx

    def _run_layers(self, x: Tensor, hx: State, sizes: list[int] | None) -> tuple[Tensor, State]:
        """All layers over (L, N, *); or over the steps one after the other, (sum of sizes, *), if there are sizes."""
        directions = 1 + self.bidirectional
        last: list[State] = []
        for layer in range(self.num_layers):
            outs = []
            for direction, suffix in enumerate(self._suffixes(layer)):
                state = tuple(h[layer * directions + direction] for h in hx)
                out, state = self._run_layer(x, state, suffix, direction == 1, sizes)
                outs.append(out)
                last.append(state)
            x = outs[0] if directions == 1 else cat(outs, -1)
            if self.dropout and self.training and layer < self.num_layers - 1:
                x = F.dropout(x, self.dropout)
        return x, tuple(stack(list(parts)) for parts in zip(*last))

    def _run_layer(
        self, x: Tensor, start: State, suffix: str, backwards: bool, sizes: list[int] | None
    ) -> tuple[Tensor, State]:
        """One direction of one layer over a sequence; the input is projected for all steps at once."""
        step = _KINDS[self.mode][0]
        weight = getattr(self, "weight_hh" + suffix)
        bias = getattr(self, "bias_hh" + suffix) if self.bias else None
        inputs = linear(
            x, getattr(self, "weight_ih" + suffix), getattr(self, "bias_ih" + suffix) if self.bias else None
        )
        outs = []
        parts = steps_of(inputs) if sizes is None else list(inputs.split(sizes))
        if backwards:
            parts.reverse()
        state = tuple(h[: parts[0].shape[0]] for h in start) if sizes else start
        ended: list[State] = []
        for part in parts:
            # Of packed sequences, longest first, the last ones may have ended, or start here from behind.
            count, held = part.shape[0], state[0].shape[0]
            if count < held:
                ended.append(tuple(h[count:] for h in state))
                state = tuple(h[:count] for h in state)
            elif count > held:
                state = tuple(cat([h, first[held:count]]) for h, first in zip(state, start))
            state = step(part, state, weight, bias)
            if self.proj_size:
                state = (matmul(state[0], getattr(self, "weight_hr" + suffix).t()), *state[1:])
            outs.append(state[0])
        if backwards:
            outs.reverse()
        if ended:
            state = tuple(cat(list(rows)) for rows in zip(state, *reversed(ended)))
        return (stack(outs) if sizes is None else cat(outs)), state

    def extra_repr(self) -> str:
        shown = f"{self.input_size}, {self.hidden_size}"
        for name, usual in (("proj_size", 0), ("num_layers", 1), ("bias", True), ("batch_first", False),
                            ("dropout", 0), ("bidirectional", False)):  # fmt: skip
            value = getattr(self, name)
            if value != usual:
                shown += f", {name}={value}"
        return shown


class RNN(RNNBase):
    """h ← tanh(W x + b + W' h + b'), or relu, for every step.

    Args as for `LSTM`, and `nonlinearity`: "tanh" or "relu".

    Raises:
        ValueError: a size is not positive, or the nonlinearity is unknown.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: DType | None = None,
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        self.__dict__["mode"] = f"RNN_{nonlinearity.upper()}"
        super().__init__(
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device=device, dtype=dtype
        )
        self.nonlinearity = nonlinearity

    def forward(self, input: Sequences, hx: Tensor | None = None) -> tuple[Sequences, Tensor]:
        """The outputs of every step, and the last state (layers x directions, N, hidden_size)."""
        out, (h,) = self._run(input, None if hx is None else (hx,))
        return out, h


class GRU(RNNBase):
    """The gated recurrent unit (Cho, 2014): a gate mixes the old state with a new one, another resets it.

    Args as for `LSTM`, without `proj_size`.

    >>> out, h = GRU(3, 4)(autograd.ones(5, 2, 3))
    >>> tuple(out.shape), tuple(h.shape)
    ((5, 2, 4), (1, 2, 4))
    """

    mode = "GRU"

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device=device, dtype=dtype
        )

    def forward(self, input: Sequences, hx: Tensor | None = None) -> tuple[Sequences, Tensor]:
        """The outputs of every step, and the last state (layers x directions, N, hidden_size)."""
        out, (h,) = self._run(input, None if hx is None else (hx,))
        return out, h


class LSTM(RNNBase):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997): gates write to a cell, keep it and read it.

    Args:
        input_size, hidden_size: features of a step's input and of the state.
        num_layers: how many layers are stacked, each on the outputs of the one below.
        bias: whether there are biases.
        batch_first: whether inputs and outputs are (N, L, *) rather than (L, N, *).
        dropout: the probability with which an output between two layers is dropped in training.
        bidirectional: whether each layer runs over the sequence backwards too.
        proj_size: the size that outputs are projected to, if it is not 0.

    Raises:
        ValueError: a size is not positive, or `dropout` is no probability.

    >>> out, (h, c) = LSTM(3, 4, num_layers=2, batch_first=True)(autograd.ones(2, 5, 3))
    >>> tuple(out.shape), tuple(h.shape), tuple(c.shape)
    ((2, 5, 4), (2, 2, 4), (2, 2, 4))
    """

    mode = "LSTM"

    def forward(
        self, input: Sequences, hx: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Sequences, tuple[Tensor, Tensor]]:
        """The outputs of every step, and the last hidden state and cell."""
        out, (h, c) = self._run(input, hx)
        return out, (h, c)


# -- single steps -----------------------------------------------------------------------------------------


class RNNCellBase(Module):
    """One step of a recurrent layer.

    Args:
        input_size, hidden_size: features of the input and of the state.
        bias: whether there are biases.
    """

    bias_ih: Parameter | None
    bias_hh: Parameter | None
    mode: str

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: DType | None = None
    ) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = _KINDS[self.mode][1] * hidden_size
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
        step, _, count = _KINDS[self.mode]
        if hx is None:
            state: State = (autograd.zeros(x.shape[0], self.hidden_size, dtype=x.dtype),) * count
        else:
            for place, h in enumerate(hx):
                if h.ndim not in (1, 2):
                    said = "hidden" if count == 1 else f"hx[{place}]"
                    raise ValueError(f"{name}: Expected {said} to be 1D or 2D, got {h.ndim}D instead")
            state = tuple(h.unsqueeze(0) if h.ndim == 1 else h for h in hx)
            if any(tuple(h.shape) != (x.shape[0], self.hidden_size) for h in state):
                raise RuntimeError(
                    f"{name}: expected a hidden state of shape {(x.shape[0], self.hidden_size)}, but got "
                    f"{[list(h.shape) for h in state]}"
                )
        state = step(linear(x, self.weight_ih, self.bias_ih), state, self.weight_hh, self.bias_hh)
        return tuple(h.squeeze(0) for h in state) if input.ndim == 1 else state

    def extra_repr(self) -> str:
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else ", bias=False")


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
        self.__dict__["mode"] = f"RNN_{nonlinearity.upper()}"
        super().__init__(input_size, hidden_size, bias, device=device, dtype=dtype)
        self.nonlinearity = nonlinearity

    def extra_repr(self) -> str:
        return super().extra_repr() + (f", nonlinearity={self.nonlinearity}" if self.nonlinearity != "tanh" else "")

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
