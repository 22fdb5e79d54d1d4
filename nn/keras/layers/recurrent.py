"""LSTM: a state and a memory that are carried from step to step of a sequence."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from autograd import matmul, sigmoid, stack
from autograd.tensor import Tensor, wrap

from ... import functional as F
from ...recurrent import _steps as steps
from .. import activations, initializers
from ..symbols import Shape
from .base import Common, Layer
from .core import known_size, positive
from .input_spec import InputSpec

#: No loss asks for the logits behind a gate, so none need be remembered.
_PLAIN: dict[activations.Activation, activations.Activation] = {activations.sigmoid: sigmoid}


class LSTM(Layer):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997) over sequences (N, steps, features).

    Args:
        units: the size of the state.
        activation: of what is written to the memory, and of what is read; its name or a function.
        recurrent_activation: of the gates.
        use_bias: whether there is a bias.
        kernel_initializer, recurrent_initializer, bias_initializer: names or Initializers.
        unit_forget_bias: whether the forget gate's bias begins at 1.
        dropout, recurrent_dropout: with what probability an input, or an element of the state, is dropped in training;
            the same ones in all steps.
        return_sequences: whether the states of all steps are returned, (N, steps, units), or the last, (N, units).
        return_state: whether the last state and memory follow, as [output, state, memory].
        go_backwards: whether the sequence is read from its end.

    >>> layer = LSTM(4)
    >>> tuple(layer(np.ones((2, 5, 3))).shape), [tuple(weight.shape) for weight in layer.weights]
    ((2, 4), [(3, 16), (4, 16), (16,)])
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(**common)
        self.units = positive(units, "units", "LSTM")
        self.activation = activations.get(activation)
        self.recurrent_activation = activations.get(recurrent_activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.recurrent_initializer = initializers.get(recurrent_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.unit_forget_bias = unit_forget_bias
        self.dropout, self.recurrent_dropout = dropout, recurrent_dropout
        self.return_sequences, self.return_state = return_sequences, return_state
        self.go_backwards = go_backwards
        self.input_spec = InputSpec(ndim=3)

    def build(self, input_shape: Shape) -> None:
        """Make the kernel (features, 4 units), the recurrent kernel (units, 4 units) and the bias (4 units,)."""
        features = known_size(input_shape, -1, self)
        width = 4 * self.units
        self.kernel = self.add_weight((features, width), self.kernel_initializer, name="kernel")
        self.recurrent_kernel = self.add_weight(
            (self.units, width), self.recurrent_initializer, name="recurrent_kernel"
        )
        self.bias = self.add_weight((width,), self._first_bias, name="bias") if self.use_bias else None
        self.input_spec = InputSpec(ndim=3, axes={-1: features})

    def _first_bias(self, shape: tuple[int, ...], dtype: Any = None) -> Tensor:
        """The bias of the four gates; 1 for the second, which forgets, if asked for."""
        first: Tensor = self.bias_initializer(shape, dtype=dtype)
        if self.unit_forget_bias:
            first.array[self.units : 2 * self.units] = 1
        return first

    def call(self, inputs: Tensor, training: bool = False, initial_state: Any = None) -> Any:
        """The last state (N, units), or what `return_sequences` and `return_state` ask for.

        Args:
            inputs: (N, steps, features).
            training: whether dropout drops.
            initial_state: the state and the memory to begin with, (N, units) each; zeros if left out.
        """
        count = inputs.array.shape[0]
        kind = self.kernel.array.dtype
        h, c = initial_state or [wrap(np.zeros((count, self.units), kind)) for _ in range(2)]
        kept = None
        if training and self.dropout:
            inputs = inputs * F.dropout(wrap(np.ones((count, 1, inputs.array.shape[2]), kind)), self.dropout)
        if training and self.recurrent_dropout:
            kept = F.dropout(wrap(np.ones((count, self.units), kind)), self.recurrent_dropout)
        # The input's part is the same for all steps: one product.
        projected = matmul(inputs, self.kernel)
        if self.bias is not None:
            projected = projected + self.bias
        states = []
        parts = steps(projected.transpose(0, 1))
        for part in reversed(parts) if self.go_backwards else parts:
            h, c = self._step(part, h if kept is None else h * kept, c)
            states.append(h)
        out = stack(states, 1) if self.return_sequences else h
        return [out, h, c] if self.return_state else out

    def _step(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """One step: `x` holds the input's part of the gates (N, 4 units)."""
        write, forget, candidate, read = (x + matmul(h, self.recurrent_kernel)).chunk(4, -1)
        gate, squash = (_PLAIN.get(function, function) for function in (self.recurrent_activation, self.activation))
        c = gate(forget) * c + gate(write) * squash(candidate)
        return gate(read) * squash(c), c

    def compute_output_shape(self, input_shape: Shape) -> Any:
        """(N, units), or what `return_sequences` and `return_state` ask for."""
        state = (input_shape[0], self.units)
        out = (*input_shape[:2], self.units) if self.return_sequences else state
        return [out, state, state] if self.return_state else out
