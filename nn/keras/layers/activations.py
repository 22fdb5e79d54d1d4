"""Activation layers: ReLU and its variants, softmax, or any function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from autograd.core.tensor import Tensor

from ... import functional as F
from .. import activations, initializers
from ..checks import integers, number
from ..symbols import Shape
from .base import Common
from .shapes import SameShape, SameShapeWithoutWeights


class Activation(SameShapeWithoutWeights):
    """An activation function as a layer; `activation` is its name or the function."""

    def __init__(self, activation: Any, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.activation = activations.get(activation)

    def call(self, inputs: Tensor) -> Tensor:
        return self.activation(inputs)


class ReLU(Activation):
    """max(x, 0), or its variant given by the arguments, which are those of `activations.relu`."""

    def __init__(
        self, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0,
        **common: Unpack[Common],
    ) -> None:  # fmt: skip
        for name, value in (("max_value", max_value), ("negative_slope", negative_slope), ("threshold", threshold)):
            if value is not None and number(value, name) < 0:
                raise ValueError(f"{name} of a ReLU layer cannot be a negative value. Received: {name}={value}")
        super().__init__(lambda x: activations.relu(x, negative_slope, max_value, threshold), **common)


class LeakyReLU(Activation):
    """x for x > 0, `negative_slope` x otherwise."""

    def __init__(self, negative_slope: float = 0.3, **common: Unpack[Common]) -> None:
        number(negative_slope, "negative_slope", 0)
        super().__init__(lambda x: activations.leaky_relu(x, negative_slope), **common)


class ELU(Activation):
    """x for x > 0, alpha (eˣ - 1) otherwise."""

    def __init__(self, alpha: float = 1.0, **common: Unpack[Common]) -> None:
        super().__init__(lambda x: F.elu(x, alpha), **common)


class PReLU(SameShape):
    """x for x > 0, alpha x otherwise, with learned alphas.

    Args:
        alpha_initializer: a name or an Initializer.
        shared_axes: the axes along which all elements share one alpha.
    """

    def __init__(
        self, alpha_initializer: Any = "zeros", shared_axes: Sequence[int] | None = None, **common: Unpack[Common]
    ) -> None:
        super().__init__(**common)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.shared_axes = None if shared_axes is None else list(integers(shared_axes, "shared_axes"))

    def build(self, input_shape: Shape) -> None:
        """Create the alphas, in the shape of a sample."""
        shape = [1 if axis in (self.shared_axes or ()) else n for axis, n in enumerate(input_shape)][1:]
        self.alpha = self.add_weight([int(n) for n in shape if n is not None], self.alpha_initializer, name="alpha")

    def call(self, inputs: Tensor) -> Any:
        return activations.relu(inputs) - self.alpha * activations.relu(-inputs)


class Softmax(Activation):
    """exp(x) / Σ exp(x) along an axis."""

    def __init__(self, axis: int = -1, **common: Unpack[Common]) -> None:
        super().__init__(lambda x: activations.softmax(x, axis), **common)
