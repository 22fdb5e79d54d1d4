"""Recurrent layers: a state that is carried from step to step of a sequence. SimpleRNN, GRU and LSTM."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from autograd import matmul, sigmoid, stack
from autograd.core.tensor import Tensor, wrap

from ... import functional as F
from ...modules.rnn import steps_of
from .. import activations, initializers
from ..symbols import Shape
from ..weights import Weight
from .input_spec import InputSpec
from .kernel import Costs, WithKernel
from .shapes import known_size, positive

#: No loss asks for the logits behind a gate, so none need be remembered.
_PLAIN: dict[activations.Activation, activations.Activation] = {activations.sigmoid: sigmoid}


class Recurrent(WithKernel):
    """What the recurrent layers share; a subclass says in `_step` what one step does."""

    #: How many matrices (features, units) stand side by side in the kernel.
    gates = 1
    #: How many tensors (N, units) are carried from step to step, the output first.
    carried = 1

    def __init__(
        self,
        units: int,
        activation: Any,
        recurrent_activation: Any,
        use_bias: bool,
        kernel_initializer: Any,
        recurrent_initializer: Any,
        bias_initializer: Any,
        dropout: float,
        recurrent_dropout: float,
        return_sequences: bool,
        return_state: bool,
        go_backwards: bool,
        common: Costs,
    ) -> None:
        super().__init__(**common)
        self.units = positive(units, "units", type(self).__name__)
        self.activation = activations.get(activation)
        self.recurrent_activation = activations.get(recurrent_activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.recurrent_initializer = initializers.get(recurrent_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.dropout, self.recurrent_dropout = dropout, recurrent_dropout
        self.return_sequences, self.return_state = return_sequences, return_state
        self.go_backwards = go_backwards
        self.input_spec = InputSpec(ndim=3)

    def build(self, input_shape: Shape) -> None:
        """Make the kernel (features, gates · units), the recurrent kernel (units, gates · units) and the bias."""
        features = known_size(input_shape, -1, self)
        width = self.gates * self.units
        self.kernel = self.add_kernel((features, width), self.kernel_initializer)
        self.recurrent_kernel = self.add_weight(
            (self.units, width), self.recurrent_initializer, name="recurrent_kernel"
        )
        self.bias = self._make_bias(width)
        self.input_spec = InputSpec(ndim=3, axes={-1: features})

    def _make_bias(self, width: int) -> Weight | None:
        return self.add_bias((width,), self.bias_initializer)

    def call(self, inputs: Tensor, training: bool = False, initial_state: Any = None) -> Any:
        """The last state (N, units), or what `return_sequences` and `return_state` ask for.

        Args:
            inputs: (N, steps, features).
            training: whether dropout drops.
            initial_state: the state to begin with, (N, units), or a list of all that is carried; zeros if left out.
        """
        count, kind = inputs.array.shape[0], self.kernel.array.dtype
        state = self._first_state(initial_state, count)
        kept = None
        if training and self.dropout:
            inputs = inputs * F.dropout(wrap(np.ones((count, 1, inputs.array.shape[2]), kind)), self.dropout)
        if training and self.recurrent_dropout:
            kept = F.dropout(wrap(np.ones((count, self.units), kind)), self.recurrent_dropout)
        # The input's part is the same for all steps: one product.
        projected = matmul(inputs, self.kernel)
        if self.bias is not None:
            projected = projected + self._bias_of_inputs()
        outputs = []
        parts = steps_of(projected.transpose(0, 1))
        for part in reversed(parts) if self.go_backwards else parts:
            state = self._step(part, state[0] if kept is None else state[0] * kept, *state[1:])
            outputs.append(state[0])
        out = stack(outputs, 1) if self.return_sequences else state[0]
        return [out, *state] if self.return_state else out

    def _first_state(self, given: Any, count: int) -> Sequence[Tensor]:
        if given is None:
            return [wrap(np.zeros((count, self.units), self.kernel.array.dtype)) for _ in range(self.carried)]
        state = list(given) if isinstance(given, (list, tuple)) else [given]
        if len(state) != self.carried:
            raise ValueError(
                f"Layer {self.name!r} carries {self.carried} tensors from step to step, but `initial_state` has "
                f"{len(state)}"
            )
        return state

    def _bias_of_inputs(self) -> Any:
        return self.bias

    def _step(self, x: Tensor, h: Tensor, *more: Tensor) -> Sequence[Tensor]:
        """One step: `x` holds the input's part (N, gates · units), `h` the state. The new state comes first."""
        raise NotImplementedError(f"{type(self).__name__}: a recurrent layer says in `_step` what one step is")

    def compute_output_shape(self, input_shape: Shape) -> Any:
        """(N, units), or what `return_sequences` and `return_state` ask for."""
        state = (input_shape[0], self.units)
        out = (*input_shape[:2], self.units) if self.return_sequences else state
        return [out, *[state] * self.carried] if self.return_state else out


class SimpleRNN(Recurrent):
    """activation(x W + h U + b), where h is what the step before gave, over sequences (N, steps, features).

    Args:
        units: the size of the state.
        activation: its name or a function.
        use_bias: whether there is a b.
        kernel_initializer, recurrent_initializer, bias_initializer: names or Initializers.
        dropout, recurrent_dropout: with what probability an input, or an element of the state, is dropped in training;
            the same ones in all steps.
        return_sequences: whether the states of all steps are returned, (N, steps, units), or the last, (N, units).
        return_state: whether the last state follows, as [output, state].
        go_backwards: whether the sequence is read from its end.

    >>> tuple(SimpleRNN(4)(np.ones((2, 5, 3))).shape)
    (2, 4)
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        **common: Unpack[Costs],
    ) -> None:
        super().__init__(
            units, activation, None, use_bias, kernel_initializer, recurrent_initializer, bias_initializer, dropout,
            recurrent_dropout, return_sequences, return_state, go_backwards, common,
        )  # fmt: skip

    def _step(self, x: Tensor, h: Tensor, *more: Tensor) -> Sequence[Tensor]:
        return (self.activation(x + matmul(h, self.recurrent_kernel)),)


class GRU(Recurrent):
    """Gated recurrent unit (Cho et al., 2014) over sequences (N, steps, features).

    Args:
        units: the size of the state.
        activation: of what is proposed as the new state; its name or a function.
        recurrent_activation: of the gates.
        use_bias: whether there is a bias.
        kernel_initializer, recurrent_initializer, bias_initializer: names or Initializers.
        dropout, recurrent_dropout, return_sequences, return_state, go_backwards: as in SimpleRNN.
        reset_after: whether the reset gate is applied after the product with the state, or before.

    >>> layer = GRU(4)
    >>> tuple(layer(np.ones((2, 5, 3))).shape), [tuple(weight.shape) for weight in layer.weights]
    ((2, 4), [(3, 12), (4, 12), (2, 12)])
    """

    gates = 3

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        reset_after: bool = True,
        **common: Unpack[Costs],
    ) -> None:
        super().__init__(
            units, activation, recurrent_activation, use_bias, kernel_initializer, recurrent_initializer,
            bias_initializer, dropout, recurrent_dropout, return_sequences, return_state, go_backwards, common,
        )  # fmt: skip
        self.reset_after = reset_after

    def _make_bias(self, width: int) -> Weight | None:
        return self.add_bias((2, width) if self.reset_after else (width,), self.bias_initializer)

    def _bias_of_inputs(self) -> Any:
        assert self.bias is not None
        return self.bias[0] if self.reset_after else self.bias

    def _step(self, x: Tensor, h: Tensor, *more: Tensor) -> Sequence[Tensor]:
        gate = _PLAIN.get(self.recurrent_activation, self.recurrent_activation)
        if self.reset_after:
            inner: Any = matmul(h, self.recurrent_kernel)
            if self.bias is not None:
                inner = inner + self.bias[1]
            (keep, reset, proposed), (keep_h, reset_h, proposed_h) = x.chunk(3, -1), inner.chunk(3, -1)
            z = gate(keep + keep_h)
            new = self.activation(proposed + gate(reset + reset_h) * proposed_h)
        else:
            keep, reset, proposed = x.chunk(3, -1)
            of_keep, of_reset, of_new = Tensor.chunk(self.recurrent_kernel, 3, -1)
            z = gate(keep + matmul(h, of_keep))
            new = self.activation(proposed + matmul(gate(reset + matmul(h, of_reset)) * h, of_new))
        return (z * h + (1 - z) * new,)


class LSTM(Recurrent):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997) over sequences (N, steps, features).

    Args:
        units: the size of the state.
        activation: of what is written to the memory, and of what is read; its name or a function.
        recurrent_activation: of the gates.
        use_bias: whether there is a bias.
        kernel_initializer, recurrent_initializer, bias_initializer: names or Initializers.
        unit_forget_bias: whether the forget gate's bias begins at 1.
        dropout, recurrent_dropout, return_sequences, go_backwards: as in SimpleRNN.
        return_state: whether the last state and memory follow, as [output, state, memory].

    >>> layer = LSTM(4)
    >>> tuple(layer(np.ones((2, 5, 3))).shape), [tuple(weight.shape) for weight in layer.weights]
    ((2, 4), [(3, 16), (4, 16), (16,)])
    """

    gates, carried = 4, 2

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
        **common: Unpack[Costs],
    ) -> None:
        super().__init__(
            units, activation, recurrent_activation, use_bias, kernel_initializer, recurrent_initializer,
            bias_initializer, dropout, recurrent_dropout, return_sequences, return_state, go_backwards, common,
        )  # fmt: skip
        self.unit_forget_bias = unit_forget_bias

    def _make_bias(self, width: int) -> Weight | None:
        return self.add_bias((width,), self._first_bias)

    def _first_bias(self, shape: tuple[int, ...], dtype: Any = None) -> Tensor:
        """The bias of the four gates; 1 for the second, which forgets, if asked for."""
        first: Tensor = self.bias_initializer(shape, dtype=dtype)
        if self.unit_forget_bias:
            first.array[self.units : 2 * self.units] = 1
        return first

    def _step(self, x: Tensor, h: Tensor, *more: Tensor) -> Sequence[Tensor]:
        (c,) = more
        write, forget, candidate, read = (x + matmul(h, self.recurrent_kernel)).chunk(4, -1)
        gate, squash = (_PLAIN.get(function, function) for function in (self.recurrent_activation, self.activation))
        c = gate(forget) * c + gate(write) * squash(candidate)
        return gate(read) * squash(c), c
