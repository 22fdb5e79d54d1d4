"""Recurrent cells, which compute one step of a sequence, and RNN, which applies a cell to every step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from autograd import matmul, stack
from autograd.base.nests import leaves, mapped
from autograd.core.tensor import Tensor, wrap

from ..symbols import Shape
from .base import Common, Layer
from .input_spec import InputSpec
from .recurrent import GRU, LSTM, Recurrent, SimpleRNN
from .shapes import known_size


class _Cell(Recurrent):
    """Base class of the cells: one step of a recurrent layer, with the layer's arguments and weights."""

    def build(self, input_shape: Shape) -> None:
        """Create the weights of the layer."""
        super().build(input_shape)
        self.input_spec = InputSpec(ndim=2, axes={-1: known_size(input_shape, -1, self)})

    def get_config(self) -> dict[str, Any]:
        """The arguments of one step, without those of sequences."""
        of_sequences = ("return_sequences", "return_state", "go_backwards", "activity_regularizer")
        return {name: value for name, value in super().get_config().items() if name not in of_sequences}

    def _check_input(self, args: tuple[Any, ...]) -> None:
        if self.built:
            super()._check_input(args)

    @property
    def state_size(self) -> int | list[int]:
        """The size of the state tensor, or a list of the sizes of several."""
        return self.units if self.num_states == 1 else [self.units] * self.num_states

    @property
    def output_size(self) -> int:
        """The size of the output."""
        return self.units

    def call(self, inputs: Tensor, states: Any, training: bool = False) -> Any:  # type: ignore[override]  # one step
        """The output (N, units) and the list of new states, for an input (N, features) and the previous states."""
        previous = list(states) if isinstance(states, (list, tuple)) else [states]
        projected = matmul(inputs, self.kernel)
        if self.bias is not None:
            projected = projected + self._input_bias()
        new = self._step(projected, *previous)
        return new[0], list(new)


class SimpleRNNCell(_Cell, SimpleRNN):
    """One step of SimpleRNN.

    >>> output, states = SimpleRNNCell(4)(np.ones((2, 3)), [np.zeros((2, 4))])
    >>> tuple(output.shape), len(states)
    ((2, 4), 1)
    """


class GRUCell(_Cell, GRU):
    """One step of GRU."""


class LSTMCell(_Cell, LSTM):
    """One step of LSTM: the states are the hidden state and the cell state."""


class StackedRNNCells(Layer):
    """Several cells as one: the output of each is the input of the next."""

    def __init__(self, cells: Sequence[Any], **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.cells = list(cells)

    @property
    def state_size(self) -> list[Any]:
        """The state sizes of all cells."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> int:
        """The output size of the last cell."""
        return _output_size(self.cells[-1])

    def call(self, inputs: Any, states: Any) -> Any:
        """The last cell's output, and the new states of all cells."""
        new = []
        for cell, state in zip(self.cells, states, strict=True):
            inputs, new_state = cell(inputs, state)
            new.append(new_state)
        return inputs, new


class RNN(Layer):
    """A cell applied to every step of sequences (N, steps, features).

    Args:
        cell: a layer with a `state_size`, an integer or a list of them, whose `call(inputs, states)` returns the output
            and the new states; or a list of such layers.
        return_sequences, return_state, go_backwards: as in `SimpleRNN`.

    >>> layer = RNN([GRUCell(4), LSTMCell(3)])
    >>> tuple(layer(np.ones((2, 5, 6))).shape), len(layer.weights)
    ((2, 3), 6)
    """

    input_spec = InputSpec(ndim=3)

    def __init__(
        self, cell: Any, return_sequences: bool = False, return_state: bool = False, go_backwards: bool = False,
        **common: Unpack[Common],
    ) -> None:  # fmt: skip
        super().__init__(**common)
        self.cell = StackedRNNCells(cell) if isinstance(cell, (list, tuple)) else cell
        if not hasattr(self.cell, "state_size"):
            raise ValueError(
                f"The RNN cell should have a `state_size` attribute (single integer or list of integers). Received: "
                f"cell={cell!r}"
            )
        self.return_sequences, self.return_state = return_sequences, return_state
        self.go_backwards = go_backwards

    def call(self, inputs: Tensor, initial_state: Any = None) -> Any:
        """The last output, or the selected outputs and states; `initial_state` consists of zeros by default."""
        count, steps = inputs.array.shape[:2]
        state = _zeros(self.cell.state_size, count, self.dtype) if initial_state is None else initial_state
        state = list(state) if isinstance(state, (list, tuple)) else [state]
        outputs = []
        for step in reversed(range(steps)) if self.go_backwards else range(steps):
            output, state = self.cell(inputs[:, step], state)
            outputs.append(output)
        out = stack(outputs, 1) if self.return_sequences else outputs[-1]
        return [out, *state] if self.return_state else out

    def compute_output_shape(self, input_shape: Shape) -> Any:
        """(N, size), or the shapes of the outputs that `return_sequences` and `return_state` select."""
        batch, steps, _ = input_shape
        size = _output_size(self.cell)
        out = (batch, steps, size) if self.return_sequences else (batch, size)
        return [out, *[(batch, n) for n in leaves(self.cell.state_size)]] if self.return_state else out

    def build(self, input_shape: Shape) -> None:
        """Create the cell's weights by calling it on zeros."""
        if not self.cell.built:
            zeros = np.zeros((1, input_shape[-1] or 1), self.dtype)
            self.cell(zeros, _zeros(self.cell.state_size, 1, self.dtype))


def _output_size(cell: Any) -> int:
    size: int = getattr(cell, "output_size", None) or leaves(cell.state_size)[0]
    return size


def _zeros(size: Any, count: int, dtype: str) -> list[Any]:
    """The states before the first step: a list of zeros (N, size), nested like the sizes."""
    zeros = mapped(lambda n: wrap(np.zeros((count, int(n)), dtype)), size)
    return list(zeros) if isinstance(size, (list, tuple)) else [zeros]
