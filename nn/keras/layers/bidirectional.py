"""Bidirectional: two recurrent layers, one of which processes the sequence in reverse."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, Unpack

from autograd import cat, flip
from autograd.core.tensor import Tensor

from ..config import serialize
from ..symbols import Shape
from .base import Common, Layer
from .recurrent import Recurrent

_MERGED: dict[str | None, Callable[[Tensor, Tensor], Any]] = {
    "concat": lambda forward, backward: cat([forward, backward], -1),
    "sum": lambda forward, backward: forward + backward,
    "mul": lambda forward, backward: forward * backward,
    "ave": lambda forward, backward: (forward + backward) / 2,
    None: lambda forward, backward: [forward, backward],
}


class Bidirectional(Layer):
    """A recurrent layer, and a copy that processes the sequence in reverse.

    Args:
        layer: a SimpleRNN, GRU or LSTM that is not built yet.
        merge_mode: how to combine the two outputs: "concat", "sum", "mul", "ave", or None for a list of both.
        backward_layer: a layer to use in place of the copy; it must have another `go_backwards` than `layer`.

    >>> import numpy as np
    >>> from .recurrent import GRU
    >>> tuple(Bidirectional(GRU(4, return_sequences=True))(np.ones((2, 5, 3))).shape)
    (2, 5, 8)
    """

    def __init__(
        self, layer: Recurrent, merge_mode: str | None = "concat", backward_layer: Recurrent | None = None,
        **common: Unpack[Common],
    ) -> None:  # fmt: skip
        for given in (layer, layer if backward_layer is None else backward_layer):
            if not isinstance(given, Recurrent) or given.built:
                raise ValueError(
                    "Please initialize `Bidirectional` layer with a recurrent `keras.layers.Layer` instance that is "
                    f"not built yet. Received: {given!r}"
                )
        if merge_mode not in _MERGED:
            raise ValueError(f"Invalid merge mode. Received: {merge_mode}. Merge mode should be one of {list(_MERGED)}")
        super().__init__(**common)
        self.merge_mode = merge_mode
        self.forward_layer = copy.deepcopy(layer)
        self.backward_layer = copy.deepcopy(layer if backward_layer is None else backward_layer)
        if backward_layer is None:
            self.backward_layer.go_backwards = not layer.go_backwards
        elif backward_layer.go_backwards == layer.go_backwards:
            raise ValueError("Forward layer and backward layer should have different `go_backwards` value.")
        for prefix, part in (("forward_", self.forward_layer), ("backward_", self.backward_layer)):
            part.name = part.name if part.name.startswith(prefix) else prefix + part.name
        self.return_sequences, self.return_state = layer.return_sequences, layer.return_state

    def get_config(self) -> dict[str, Any]:
        """The arguments from which `from_config` creates a copy, with both layers."""
        parts = {"layer": serialize(self.forward_layer), "backward_layer": serialize(self.backward_layer)}
        return super().get_config() | parts

    def build(self, input_shape: Shape) -> None:
        """Create the weights of both layers."""
        self.forward_layer.build(input_shape)
        self.backward_layer.build(input_shape)

    def call(self, inputs: Tensor, training: bool = False, initial_state: Any = None) -> Any:
        """The two outputs, combined; with return_state also the states of both layers.

        The list `initial_state` holds the first states of the forward layer, then those of the backward layer.
        """
        states: list[Any] = [None, None]
        if initial_state is not None:
            half = len(initial_state) // 2
            states = [initial_state[:half], initial_state[half:]]
        forward = self.forward_layer(inputs, training=training, initial_state=states[0])
        backward = self.backward_layer(inputs, training=training, initial_state=states[1])
        final_states = []
        if self.return_state:
            (forward, *forward_states), (backward, *backward_states) = forward, backward
            final_states = [*forward_states, *backward_states]
        if self.return_sequences:
            backward = flip(backward, [1])
        out = _MERGED[self.merge_mode](forward, backward)
        if not final_states:
            return out
        return [*(out if self.merge_mode is None else [out]), *final_states]
