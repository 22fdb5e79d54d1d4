"""RepeatVector and TimeDistributed: turn a vector into a sequence; apply a layer to every step."""

from __future__ import annotations

from typing import Any, Unpack

from autograd.core.tensor import Tensor

from ..symbols import Shape
from .base import Common, Layer
from .input_spec import InputSpec
from .shapes import positive


class RepeatVector(Layer):
    """Every vector repeated n times: (N, features) becomes (N, n, features).

    Raises:
        ValueError: n is not a positive integer.
    """

    built, input_spec = True, InputSpec(ndim=2)

    def __init__(self, n: int, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.n = positive(n, "n", "RepeatVector")

    def call(self, inputs: Tensor) -> Tensor:
        rows, features = inputs.array.shape
        return inputs.unsqueeze(1).expand(rows, self.n, features)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (input_shape[0], self.n, input_shape[1])


class TimeDistributed(Layer):
    """A layer applied to every step of a sequence (N, steps, …).

    Args:
        layer: called with all steps as one batch (N · steps, …).

    Raises:
        ValueError: `layer` is not a Layer.

    >>> import autograd
    >>> from .core import Dense
    >>> tuple(TimeDistributed(Dense(3))(autograd.ones(2, 5, 4)).shape)
    (2, 5, 3)
    """

    def __init__(self, layer: Layer, **common: Unpack[Common]) -> None:
        if not isinstance(layer, Layer):
            raise ValueError(f"Please initialize `TimeDistributed` layer with a `keras.Layer`. Received: {layer!r}")
        super().__init__(**common)
        self.layer = layer

    def call(self, inputs: Tensor) -> Any:
        """The layer's output for every step, (N, steps, …)."""
        rows, steps = inputs.array.shape[:2]
        out = self.layer(inputs.reshape(rows * steps, *inputs.array.shape[2:]))
        return out.reshape(rows, steps, *out.array.shape[1:])
