"""Recurrent layers, which carry a state through the steps of a sequence: SimpleRNN, GRU and LSTM."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from autograd import matmul, sigmoid, stack
from autograd.core.tensor import Tensor, wrap

from ... import functional as F
from ...modules.lstm import steps_of
from .. import activations, initializers
from ..symbols import Shape
from ..weights import Weight
from .input_spec import InputSpec
from .kernel import KernelCommon, KernelLayer
from .shapes import known_size, positive

#: Replacements of activations inside a step: the Keras sigmoid would record its logits, which no loss needs here.
_INSIDE: dict[activations.Activation, activations.Activation] = {activations.sigmoid: sigmoid}


class Recurrent(KernelLayer):
    """Base class of the recurrent layers; a subclass computes one step in `_step`."""

    #: The number of matrices (features, units) that the kernel consists of.
    gates = 1
    #: The number of state tensors (N, units); the first one is the output.
    num_states = 1

    def __init__(
        self, units: int, activation: Any, recurrent_activation: Any, use_bias: bool, kernel_initializer: Any,
        recurrent_initializer: Any, bias_initializer: Any, dropout: float, recurrent_dropout: float,
        return_sequences: bool, return_state: bool, go_backwards: bool, common: KernelCommon,
    ) -> None:  # fmt: skip
        super().__init__(activation, use_bias, kernel_initializer, bias_initializer, **common)
        self.units = positive(units, "units", type(self).__name__)
        self.recurrent_activation = activations.get(recurrent_activation)
        self.recurrent_initializer = initializers.get(recurrent_initializer)
        self.dropout, self.recurrent_dropout = dropout, recurrent_dropout
        self.return_sequences, self.return_state = return_sequences, return_state
        self.go_backwards = go_backwards
        self.input_spec = InputSpec(ndim=3)

    def build(self, input_shape: Shape) -> None:
        """Create the kernel (features, gates · units), the recurrent kernel (units, gates · units) and the bias."""
        features = known_size(input_shape, -1, self)
        width = self.gates * self.units
        self.kernel = self.add_kernel((features, width), self.kernel_initializer)
        self.recurrent_kernel = self.add_weight(
            (self.units, width), self.recurrent_initializer, name="recurrent_kernel"
        )
        self.bias = self._add_bias(width)
        self.input_spec = InputSpec(ndim=3, axes={-1: features})

    def _add_bias(self, width: int) -> Weight | None:
        return self.add_bias((width,), self.bias_initializer)

    def call(self, inputs: Tensor, training: bool = False, initial_state: Any = None) -> Any:
        """The last state (N, units), or the outputs that `return_sequences` and `return_state` select.

        Args:
            inputs: (N, steps, features).
            training: whether to apply dropout.
            initial_state: the first state (N, units), or a list of all state tensors; zeros by default.

        Raises:
            ValueError: `initial_state` has another number of tensors than the layer's state.
        """
        count, dtype = inputs.array.shape[0], self.kernel.array.dtype
        state = self._initial_state(initial_state, count)
        state_mask = None
        if training and self.dropout:
            inputs = inputs * F.dropout(wrap(np.ones((count, 1, inputs.array.shape[2]), dtype)), self.dropout)
        if training and self.recurrent_dropout:
            state_mask = F.dropout(wrap(np.ones((count, self.units), dtype)), self.recurrent_dropout)
        # The products of all steps with the kernel are computed at once.
        projected = matmul(inputs, self.kernel)
        if self.bias is not None:
            projected = projected + self._input_bias()
        outputs = []
        steps = steps_of(projected.transpose(0, 1))
        for x in reversed(steps) if self.go_backwards else steps:
            state = self._step(x, state[0] if state_mask is None else state[0] * state_mask, *state[1:])
            outputs.append(state[0])
        out = stack(outputs, 1) if self.return_sequences else state[0]
        return [out, *state] if self.return_state else out

    def _initial_state(self, given: Any, count: int) -> Sequence[Tensor]:
        """The state tensors (count, units) before the first step: those given, or zeros."""
        if given is None:
            return [wrap(np.zeros((count, self.units), self.kernel.array.dtype)) for _ in range(self.num_states)]
        state = list(given) if isinstance(given, (list, tuple)) else [given]
        if len(state) != self.num_states:
            raise ValueError(
                f"Layer {self.name!r} has {self.num_states} state tensors, but `initial_state` has {len(state)}"
            )
        return state

    def _input_bias(self) -> Any:
        """The bias (gates · units,) of the projected inputs."""
        return self.bias

    def _step(self, x: Tensor, h: Tensor, *more: Tensor) -> Sequence[Tensor]:
        """One step: from the projected input `x` (N, gates · units) and the state tensors to the new state tensors."""
        raise NotImplementedError(f"{type(self).__name__} must define _step()")

    def compute_output_shape(self, input_shape: Shape) -> Any:
        """(N, units), or the shapes of the outputs that `return_sequences` and `return_state` select."""
        state = (input_shape[0], self.units)
        out = (*input_shape[:2], self.units) if self.return_sequences else state
        return [out, *[state] * self.num_states] if self.return_state else out


class SimpleRNN(Recurrent):
    """activation(x W + h U + b), where h is the output of the previous step, over sequences (N, steps, features).

    Args:
        units: the size of the state.
        recurrent_initializer: of U; its name or an Initializer.
        activation, use_bias, kernel_initializer, bias_initializer: as in `Dense`.
        dropout, recurrent_dropout: the probability of dropping a feature of the inputs, or of the state, in training;
            the same features are dropped in all steps.
        return_sequences: whether to return the outputs of all steps, (N, steps, units), or the last one, (N, units).
        return_state: whether to return the last state too, as [output, state].
        go_backwards: whether to process the sequence in reverse.

    >>> tuple(SimpleRNN(4)(np.ones((2, 5, 3))).shape)
    (2, 4)
    """

    def __init__(
        self, units: int, activation: Any = "tanh", use_bias: bool = True, kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal", bias_initializer: Any = "zeros", dropout: float = 0.0,
        recurrent_dropout: float = 0.0, return_sequences: bool = False, return_state: bool = False,
        go_backwards: bool = False, **common: Unpack[KernelCommon],
    ) -> None:  # fmt: skip
        super().__init__(
            units, activation, None, use_bias, kernel_initializer, recurrent_initializer, bias_initializer, dropout,
            recurrent_dropout, return_sequences, return_state, go_backwards, common,
        )  # fmt: skip

    def _step(self, x: Tensor, h: Tensor, *more: Tensor) -> Sequence[Tensor]:
        return (self.activation(x + matmul(h, self.recurrent_kernel)),)


class GRU(Recurrent):
    """Gated recurrent unit (Cho et al., 2014) over sequences (N, steps, features).

    Args:
        activation: of the candidate state; its name or a function.
        recurrent_activation: of the gates.
        reset_after: whether the reset gate is applied after the matrix product with the state rather than before.

    The other arguments are those of `SimpleRNN`.

    >>> layer = GRU(4)
    >>> tuple(layer(np.ones((2, 5, 3))).shape), [tuple(weight.shape) for weight in layer.weights]
    ((2, 4), [(3, 12), (4, 12), (2, 12)])
    """

    gates = 3

    def __init__(
        self, units: int, activation: Any = "tanh", recurrent_activation: Any = "sigmoid", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros", dropout: float = 0.0, recurrent_dropout: float = 0.0,
        return_sequences: bool = False, return_state: bool = False, go_backwards: bool = False,
        reset_after: bool = True, **common: Unpack[KernelCommon],
    ) -> None:  # fmt: skip
        super().__init__(
            units, activation, recurrent_activation, use_bias, kernel_initializer, recurrent_initializer,
            bias_initializer, dropout, recurrent_dropout, return_sequences, return_state, go_backwards, common,
        )  # fmt: skip
        self.reset_after = reset_after

    def _add_bias(self, width: int) -> Weight | None:
        return self.add_bias((2, width) if self.reset_after else (width,), self.bias_initializer)

    def _input_bias(self) -> Any:
        # With `reset_after` the bias is (2, gates · units): for the inputs, and for the product with the state.
        assert self.bias is not None
        return self.bias[0] if self.reset_after else self.bias

    def _step(self, x: Tensor, h: Tensor, *more: Tensor) -> Sequence[Tensor]:
        gate = _INSIDE.get(self.recurrent_activation, self.recurrent_activation)
        if self.reset_after:
            inner: Any = matmul(h, self.recurrent_kernel)
            if self.bias is not None:
                inner = inner + self.bias[1]
            (update, reset, candidate), (update_h, reset_h, candidate_h) = x.chunk(3, -1), inner.chunk(3, -1)
            z = gate(update + update_h)
            new = self.activation(candidate + gate(reset + reset_h) * candidate_h)
        else:
            update, reset, candidate = x.chunk(3, -1)
            u_update, u_reset, u_candidate = Tensor.chunk(self.recurrent_kernel, 3, -1)
            z = gate(update + matmul(h, u_update))
            new = self.activation(candidate + matmul(gate(reset + matmul(h, u_reset)) * h, u_candidate))
        return (z * h + (1 - z) * new,)


class LSTM(Recurrent):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997) over sequences (N, steps, features).

    Args:
        activation: of the candidate and of the cell state that is output; its name or a function.
        recurrent_activation: of the gates.
        unit_forget_bias: whether the bias of the forget gate is initialized to 1.
        return_state: whether to return the last states too, as [output, hidden state, cell state].

    The other arguments are those of `SimpleRNN`.

    >>> layer = LSTM(4)
    >>> tuple(layer(np.ones((2, 5, 3))).shape), [tuple(weight.shape) for weight in layer.weights]
    ((2, 4), [(3, 16), (4, 16), (16,)])
    """

    gates, num_states = 4, 2

    def __init__(
        self, units: int, activation: Any = "tanh", recurrent_activation: Any = "sigmoid", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros", unit_forget_bias: bool = True, dropout: float = 0.0,
        recurrent_dropout: float = 0.0, return_sequences: bool = False, return_state: bool = False,
        go_backwards: bool = False, **common: Unpack[KernelCommon],
    ) -> None:  # fmt: skip
        super().__init__(
            units, activation, recurrent_activation, use_bias, kernel_initializer, recurrent_initializer,
            bias_initializer, dropout, recurrent_dropout, return_sequences, return_state, go_backwards, common,
        )  # fmt: skip
        self.unit_forget_bias = unit_forget_bias

    def _add_bias(self, width: int) -> Weight | None:
        return self.add_bias((width,), self._initial_bias)

    def _initial_bias(self, shape: tuple[int, ...], dtype: Any = None) -> Tensor:
        """The initial bias of the four gates; 1 for the second one, the forget gate, if unit_forget_bias."""
        first: Tensor = self.bias_initializer(shape, dtype=dtype)
        if self.unit_forget_bias:
            first.array[self.units : 2 * self.units] = 1
        return first

    def _step(self, x: Tensor, h: Tensor, *more: Tensor) -> Sequence[Tensor]:
        (c,) = more
        input_gate, forget, candidate, output = (x + matmul(h, self.recurrent_kernel)).chunk(4, -1)
        gate, squash = (_INSIDE.get(function, function) for function in (self.recurrent_activation, self.activation))
        c = gate(forget) * c + gate(input_gate) * squash(candidate)
        return gate(output) * squash(c), c
