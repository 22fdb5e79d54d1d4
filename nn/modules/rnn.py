"""Recurrent layers: RNN, GRU and LSTM over whole sequences. Their cells are in `rnn_cells`."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd
from autograd import cat, flip, linear, matmul, stack
from autograd.base.dtypes import dtype as DType
from autograd.core.errors import users_level
from autograd.core.tensor import Tensor, wrap

from .. import functional as F, init
from ..checks import expect_integers, expect_layers
from ..module import Module
from ..parameter import Parameter
from .function_layer import non_default
from .gru import gru
from .lstm import lstm, steps_of
from .packed_sequence import PackedSequence
from .rnn_cells import UNITS, GRUCell, LSTMCell, RNNCell, RNNCellBase, State

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNBase", "RNNCell", "RNNCellBase"]

#: A batch of sequences, (L, N, *) or packed.
Sequences = Tensor | PackedSequence


class RNNBase(Module):
    """The base of RNN, LSTM and GRU; arguments as for `LSTM`."""

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
        self._check_sizes(input_size, hidden_size, num_layers, proj_size)
        if isinstance(dropout, bool) or not isinstance(dropout, (int, float)) or not 0 <= dropout <= 1:
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an element being zeroed, "
                f"but got {dropout!r}"
            )
        if dropout > 0 and num_layers == 1:
            warnings.warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects "
                f"num_layers greater than 1, but got dropout={dropout} and num_layers={num_layers}",
                stacklevel=users_level(),
            )
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        gates = UNITS[self.mode].gates
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
                    setattr(self, name + suffix, Parameter(autograd.empty(shape, device=device, dtype=dtype)))
        self.reset_parameters()

    def _check_sizes(self, input_size: int, hidden_size: int, num_layers: int, proj_size: int) -> None:
        """Raise unless the sizes are positive integers, and the projection makes the hidden state smaller."""
        kind = type(self).__name__
        expect_integers(kind, input_size=input_size, hidden_size=hidden_size, proj_size=proj_size)
        expect_layers(kind, num_layers=num_layers)
        for name, size in (("input_size", input_size), ("hidden_size", hidden_size), ("num_layers", num_layers)):
            if size <= 0:
                raise ValueError(f"{name} must be greater than zero, but got {size}")
        if proj_size < 0 or proj_size >= hidden_size:
            raise ValueError(
                "proj_size has to be a positive integer, smaller than hidden_size, or zero, but got "
                f"proj_size={proj_size} and hidden_size={hidden_size}"
            )

    def _suffixes(self, layer: int) -> list[str]:
        """The suffixes of a layer's parameter names, one for each direction."""
        return [f"_l{layer}", f"_l{layer}_reverse"][: 1 + self.bidirectional]

    def reset_parameters(self) -> None:
        """Draw new weights: uniform in ±1/√hidden_size."""
        bound = 1 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def flatten_parameters(self) -> None:
        """No-op: PyTorch needs it for its GPU kernels."""

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
        """The outputs of the last layer, and the stacked final states of all layers and directions."""
        if isinstance(input, PackedSequence):
            return self._run_packed(input, hx)
        if input.ndim not in (2, 3):
            raise ValueError(f"{type(self).__name__}: Expected input to be 2D or 3D, got {input.ndim}D instead")
        if input.shape[-1] != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.shape[-1]}"
            )
        dtype = self.weight_ih_l0.dtype
        if input.dtype != dtype:
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({dtype}). "
                f"Convert input: input.to({dtype}), or convert model: model.to({input.dtype})"
            )
        unbatched = input.ndim == 2
        batch_first = self.batch_first and not unbatched
        x = input.unsqueeze(1) if unbatched else input.transpose(0, 1) if batch_first else input
        if not x.shape[0]:
            raise RuntimeError(
                f"Expected sequence length to be larger than 0 in RNN, but got an input of shape {tuple(input.shape)}"
            )
        if unbatched and hx is not None:
            hx = tuple(h.unsqueeze(1) for h in hx)
        x, final = self._run_layers(x, self._initial_states(hx, x.shape[1], x), None)
        if unbatched:
            return x.squeeze(1), tuple(h.squeeze(1) for h in final)
        return x.transpose(0, 1) if batch_first else x, final

    def _run_packed(self, input: PackedSequence, hx: State | None) -> tuple[PackedSequence, State]:
        """As `_run`, for packed sequences: each one has its own last step, where the backward direction starts."""
        sizes = input.batch_sizes.tolist()
        if hx is not None and input.sorted_indices is not None:
            hx = tuple(h[:, input.sorted_indices] for h in hx)
        x, final = self._run_layers(input.data, self._initial_states(hx, sizes[0], input.data), sizes)
        if input.unsorted_indices is not None:
            final = tuple(h[:, input.unsorted_indices] for h in final)
        return input._replace(data=x), final

    def _initial_states(self, hx: State | None, batch: int, x: Tensor) -> list[State]:
        """The initial state of each layer and direction, (N, size): that of `hx`, or zeros."""
        sizes = [self.proj_size or self.hidden_size, self.hidden_size][: UNITS[self.mode].state_size]
        count = self.num_layers * (1 + self.bidirectional)
        if hx is None:
            return [tuple(wrap(np.zeros((batch, size), x.array.dtype)) for size in sizes)] * count
        for place, (h, size) in enumerate(zip(hx, sizes)):
            if tuple(h.shape) != (shape := (count, batch, size)):
                argument = "hidden" if len(sizes) == 1 else f"hidden[{place}]"
                raise RuntimeError(f"Expected {argument} size {shape}, got {list(h.shape)}")
        return [tuple(h[k] for h in hx) for k in range(count)]

    def _run_layers(self, x: Tensor, starts: list[State], sizes: list[int] | None) -> tuple[Tensor, State]:
        """Run all layers over `x`, (L, N, *), or packed (sum of `sizes`, *) if there are batch sizes."""
        directions = 1 + self.bidirectional
        final: list[State] = []
        for layer in range(self.num_layers):
            outs = []
            for direction, suffix in enumerate(self._suffixes(layer)):
                start = starts[layer * directions + direction]
                out, state = self._run_layer(x, start, suffix, direction == 1, sizes)
                outs.append(out)
                final.append(state)
            x = outs[0] if directions == 1 else cat(outs, -1)
            if self.dropout and self.training and layer < self.num_layers - 1:
                x = F.dropout(x, self.dropout)
        return x, tuple(stack(list(parts)) if parts[1:] else parts[0].unsqueeze(0) for parts in zip(*final))

    def _run_layer(
        self, x: Tensor, start: State, suffix: str, backwards: bool, sizes: list[int] | None
    ) -> tuple[Tensor, State]:
        """Run one direction of one layer over a sequence."""
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
        parameters: Any = [getattr(self, name + suffix, None) for name in names]
        input_weight, weight, input_bias, bias, projection = parameters
        if self.mode == "LSTM" and projection is None:
            both = input_bias + bias if self.bias else None
            return _over_runs(x, start, backwards, sizes, lambda x, h, c: lstm(x, h, c, input_weight, weight, both))
        if self.mode == "GRU":
            return _over_runs(x, start, backwards, sizes, lambda x, h: gru(x, h, *parameters[:4]))

        def step(projected: Tensor, *state: Tensor) -> State:
            state = UNITS[self.mode].step(projected, state, weight, bias)
            return state if projection is None else (matmul(state[0], projection.t()), *state[1:])

        return _over_steps(linear(x, input_weight, input_bias), start, backwards, sizes, step)

    def extra_repr(self) -> str:
        options = non_default(
            self, proj_size=0, num_layers=1, bias=True, batch_first=False, dropout=0, bidirectional=False
        )
        return f"{self.input_size}, {self.hidden_size}{options}"


def _over_steps(
    x: Tensor, start: State, backwards: bool, sizes: list[int] | None, step: Callable[..., State]
) -> tuple[Tensor, State]:
    """The outputs of all steps and the last state; `step` takes the input of one step and the state."""
    steps = steps_of(x) if sizes is None else list(x.split(sizes))
    if backwards:
        steps.reverse()

    def output_and_state(part: Tensor, state: State) -> tuple[Tensor, State]:
        state = step(part, *state)
        return state[0], state

    outs, state = _in_turn(steps, start, output_and_state)
    if backwards:
        outs.reverse()
    return (stack(outs) if sizes is None else cat(outs)), state


def _over_runs(
    x: Tensor, start: State, backwards: bool, sizes: list[int] | None, sequence: Callable[..., Any]
) -> tuple[Tensor, State]:
    """As `_over_steps`; `sequence` takes a run of steps of one batch size, and returns the outputs and the state."""
    if sizes is None:
        runs = [x]
    else:
        lengths = [(size, len(list(same))) for size, same in itertools.groupby(sizes)]
        parts = x.split([size * length for size, length in lengths])
        runs = [part.unflatten(0, (length, size)) for part, (size, length) in zip(parts, lengths)]
    if backwards:
        runs = [flip(run, (0,)) for run in reversed(runs)]

    def outputs_and_state(run: Tensor, state: State) -> tuple[Tensor, State]:
        outs, *state = sequence(run, *state)
        return outs, tuple(state)

    outs, state = _in_turn(runs, start, outputs_and_state)
    if backwards:
        outs = [flip(out, (0,)) for out in reversed(outs)]
    return (outs[0] if sizes is None else cat([out.flatten(0, 1) for out in outs])), state


def _in_turn(
    parts: list[Tensor], start: State, advance: Callable[[Tensor, State], tuple[Tensor, State]]
) -> tuple[list[Tensor], State]:
    """The output of each part, (*, N, features), and the last state.

    Packed sequences are sorted by length: between two parts the last ones may end, or start in the backward direction.
    """
    outs = []
    ended: list[State] = []
    state = start if start[0].shape[0] == parts[0].shape[-2] else tuple(h[: parts[0].shape[-2]] for h in start)
    for part in parts:
        count, running = part.shape[-2], state[0].shape[0]
        if count < running:
            ended.append(tuple(h[count:] for h in state))
            state = tuple(h[:count] for h in state)
        elif count > running:
            state = tuple(cat([h, first[running:count]]) for h, first in zip(state, start))
        out, state = advance(part, state)
        outs.append(out)
    if ended:
        state = tuple(cat(list(rows)) for rows in zip(state, *reversed(ended)))
    return outs, state


class RNN(RNNBase):
    """h ← tanh(W x + b + W' h + b') for each step, or with relu for tanh.

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
        """The output of every step, and the final state (layers x directions, N, hidden_size)."""
        out, (h,) = self._run(input, None if hx is None else (hx,))
        return out, h


class GRU(RNNBase):
    """The gated recurrent unit (Cho, 2014): one gate mixes the old state with a candidate, another resets the state.

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
        """The output of every step, and the final state (layers x directions, N, hidden_size)."""
        out, (h,) = self._run(input, None if hx is None else (hx,))
        return out, h


class LSTM(RNNBase):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997): gates control writing, keeping and reading a cell.

    Args:
        input_size, hidden_size: number of features of a step's input and of the state.
        num_layers: number of stacked layers; the input of each is the output of the one below.
        bias: whether to add biases.
        batch_first: whether inputs and outputs are (N, L, *) rather than (L, N, *).
        dropout: the probability of dropping an output between two layers in training.
        bidirectional: whether each layer also runs over the reversed sequence.
        proj_size: the size that outputs are projected to; 0 for no projection.

    Raises:
        ValueError: a size is not positive, or `dropout` is not in [0, 1].

    >>> out, (h, c) = LSTM(3, 4, num_layers=2, batch_first=True)(autograd.ones(2, 5, 3))
    >>> tuple(out.shape), tuple(h.shape), tuple(c.shape)
    ((2, 5, 4), (2, 2, 4), (2, 2, 4))
    """

    mode = "LSTM"

    def forward(
        self, input: Sequences, hx: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Sequences, tuple[Tensor, Tensor]]:
        """The output of every step, and the final hidden state and cell state."""
        out, (h, c) = self._run(input, hx)
        return out, (h, c)
