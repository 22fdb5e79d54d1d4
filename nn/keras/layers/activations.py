"""Activation layers: ReLU and its relatives, softmax, or any function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from autograd.core.tensor import Tensor

from ... import functional as F
from .. import activations, initializers
from ..symbols import Shape
from .base import Common, Layer


class Activation(Layer):
    """An activation as a layer.

    Args:
        activation: its name or a function.
    """

    def __init__(self, activation: Any, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.activation = activations.get(activation)
        self.built = True

    def call(self, inputs: Tensor) -> Tensor:
        """The activation of the input."""
        return self.activation(inputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape


class ReLU(Activation):
    """The larger of x and 0, as `activations.relu`.

    Args:
        max_value: what the output is at most.
        negative_slope: the slope below the threshold.
        threshold: where it begins.
    """

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **common: Unpack[Common],
    ) -> None:
        for said, value in (("max_value", max_value), ("negative_slope", negative_slope), ("threshold", threshold)):
            if value is not None and value < 0:
                raise ValueError(f"{said} of a ReLU layer cannot be a negative value. Received: {said}={value}")
        super().__init__(lambda x: activations.relu(x, negative_slope, max_value, threshold), **common)


class LeakyReLU(Activation):
    """x where it is positive, `negative_slope` x elsewhere."""

    def __init__(self, negative_slope: float = 0.3, **common: Unpack[Common]) -> None:
        super().__init__(lambda x: activations.leaky_relu(x, negative_slope), **common)


class ELU(Activation):
    """x above 0, alpha (eˣ - 1) below."""

    def __init__(self, alpha: float = 1.0, **common: Unpack[Common]) -> None:
        super().__init__(lambda x: F.elu(x, alpha), **common)


class PReLU(Layer):
    """x above 0, alpha x below, with learnt alphas.

    Args:
        alpha_initializer: a name or an Initializer.
        shared_axes: along which axes one alpha serves all.
    """

    def __init__(
        self, alpha_initializer: Any = "zeros", shared_axes: Sequence[int] | None = None, **common: Unpack[Common]
    ) -> None:
        super().__init__(**common)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.shared_axes = list(shared_axes or ())

    def build(self, input_shape: Shape) -> None:
        """Make the alphas, of a sample's shape."""
        shape = [1 if axis in self.shared_axes else n for axis, n in enumerate(input_shape)][1:]
        self.alpha = self.add_weight([int(n) for n in shape if n is not None], self.alpha_initializer, name="alpha")

    def call(self, inputs: Tensor) -> Any:
        """The values, in the input's shape."""
        return activations.relu(inputs) - self.alpha * activations.relu(-inputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape


class Softmax(Activation):
    """exp(x) / Σ exp(x) along an axis."""

    def __init__(self, axis: int = -1, **common: Unpack[Common]) -> None:
        super().__init__(lambda x: activations.softmax(x, axis), **common)
