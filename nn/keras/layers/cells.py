"""Cells, which take one step of a sequence, and RNN, which takes a cell along a sequence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from autograd import matmul, stack
from autograd.core.tensor import Tensor, wrap

from ..symbols import Shape, leaves
from .base import Common, Layer
from .input_spec import InputSpec
from .recurrent import GRU, LSTM, Recurrent, SimpleRNN
from .shapes import known_size


class _Cell(Recurrent):
    """One step of a recurrent layer, with its weights and arguments."""

    def build(self, input_shape: Shape) -> None:
        """Make the weights of the layer."""
        super().build(input_shape)
        self.input_spec = InputSpec(ndim=2, axes={-1: known_size(input_shape, -1, self)})

    def _check_input(self, args: tuple[Any, ...]) -> None:
        if self.built:
            super()._check_input(args)

    @property
    def state_size(self) -> int | list[int]:
        """The size of the state; a list if there are several tensors."""
        return self.units if self.carried == 1 else [self.units] * self.carried

    @property
    def output_size(self) -> int:
        """The size of the output."""
        return self.units

    def call(self, inputs: Tensor, states: Any, training: bool = False) -> Any:  # type: ignore[override]  # one step
        """The output (N, units) and the list of the new states, from an input (N, features) and the states."""
        given = list(states) if isinstance(states, (list, tuple)) else [states]
        projected = matmul(inputs, self.kernel)
        if self.bias is not None:
            projected = projected + self._bias_of_inputs()
        new = self._step(projected, *given)
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
    """One step of LSTM: the states are the output and the memory."""


class StackedRNNCells(Layer):
    """Several cells as one: each takes what the one before gives.

    Args:
        cells: the cells.
    """

    def __init__(self, cells: Sequence[Any], **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.cells = list(cells)

    @property
    def state_size(self) -> list[Any]:
        """The sizes of the cells' states."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> int:
        """The size of the last cell's output."""
        return _size_of_output(self.cells[-1])

    def call(self, inputs: Any, states: Any) -> Any:
        """The last cell's output, and the new states of all."""
        new = []
        for cell, state in zip(self.cells, states, strict=True):
            inputs, following = cell(inputs, state)
            new.append(following)
        return inputs, new


class RNN(Layer):
    """A cell taken along sequences (N, steps, features).

    Args:
        cell: a layer with a `state_size`, a number or a list of them, whose `call(inputs, states)` gives the output and
            the new states; or a list of such.
        return_sequences: whether the outputs of all steps are returned, or the last.
        return_state: whether the last states follow.
        go_backwards: whether the sequences are read from their end.

    >>> layer = RNN([GRUCell(4), LSTMCell(3)])
    >>> tuple(layer(np.ones((2, 5, 6))).shape), len(layer.weights)
    ((2, 3), 6)
    """

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(**common)
        self.cell = StackedRNNCells(cell) if isinstance(cell, (list, tuple)) else cell
        if not hasattr(self.cell, "state_size"):
            raise ValueError(
                f"The RNN cell should have a `state_size` attribute (single integer or list of integers). Received: "
                f"cell={cell!r}"
            )
        self.return_sequences, self.return_state = return_sequences, return_state
        self.go_backwards = go_backwards
        self.input_spec = InputSpec(ndim=3)

    def call(self, inputs: Tensor, initial_state: Any = None) -> Any:
        """The last output, or what `return_sequences` and `return_state` ask for.

        Args:
            inputs: (N, steps, features).
            initial_state: the states to begin with; zeros if left out.
        """
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
        """(N, size), or what `return_sequences` and `return_state` ask for."""
        batch, steps, _ = input_shape
        size = _size_of_output(self.cell)
        out = (batch, steps, size) if self.return_sequences else (batch, size)
        return [out, *[(batch, n) for n in leaves(self.cell.state_size)]] if self.return_state else out

    def build(self, input_shape: Shape) -> None:
        """Make the cell's weights, by a step if it makes them when it is called."""
        features = input_shape[-1]
        if not self.cell.built:
            first = np.zeros((1, features or 1), self.dtype)
            self.cell(first, _zeros(self.cell.state_size, 1, self.dtype))


def _size_of_output(cell: Any) -> int:
    size: int = getattr(cell, "output_size", None) or next(leaves(cell.state_size))
    return size


def _zeros(size: Any, count: int, dtype: str) -> list[Any]:
    """The states before the first step: a list of (N, size), nested where the sizes are."""
    sizes = size if isinstance(size, (list, tuple)) else [size]
    return [
        _zeros(n, count, dtype) if isinstance(n, (list, tuple)) else wrap(np.zeros((count, int(n)), dtype))
        for n in sizes
    ]
