"""KernelLayer: the base class of layers with a kernel and a bias."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from autograd.core.tensor import Tensor

from .. import activations, constraints, initializers, regularizers
from ..config import is_keras, plain_config
from ..weights import Weight
from .base import Common, Layer


class KernelCommon(Common, total=False):
    """The keyword arguments of every layer with a kernel and a bias; `KernelLayer` documents them."""

    kernel_regularizer: Any
    bias_regularizer: Any
    kernel_constraint: Any
    bias_constraint: Any


class KernelLayer(Layer):
    """Base class of layers with a kernel and a bias.

    Args:
        activation: its name or a function.
        use_bias: whether there is a bias.
        kernel_initializer, bias_initializer: names or Initializers.
        kernel_regularizer, bias_regularizer: names, Regularizers or functions: penalties on the weights.
        kernel_constraint, bias_constraint: names, Constraints or functions that project the weights after every update.
    """

    bias: Weight | None
    #: Arguments that the layer's config has in Keras even if they are None.
    _further_arguments: tuple[str, ...] = ("activity_regularizer",)

    def __init__(
        self, activation: Any, use_bias: bool, kernel_initializer: Any, bias_initializer: Any, *,
        kernel_regularizer: Any = None, bias_regularizer: Any = None, kernel_constraint: Any = None,
        bias_constraint: Any = None, **common: Unpack[Common],
    ) -> None:  # fmt: skip
        super().__init__(**common)
        self.activation, self.use_bias = activations.get(activation), use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    def get_config(self) -> dict[str, Any]:
        """The arguments from which `from_config` creates a copy, as for every layer."""
        of_weights = ("kernel_regularizer", "bias_regularizer", "kernel_constraint", "bias_constraint")
        others = {name: plain_config(getattr(self, name)) for name in (*of_weights, *self._further_arguments)}
        return (others if is_keras(type(self)) else {}) | super().get_config()

    def add_kernel(self, shape: Sequence[int], initializer: Any, name: str = "kernel") -> Weight:
        """Create a kernel."""
        return self.add_weight(
            shape, initializer, name=name, regularizer=self.kernel_regularizer, constraint=self.kernel_constraint
        )

    def add_bias(self, shape: Sequence[int], initializer: Any) -> Weight | None:
        """Create a bias; None if the layer has use_bias=False."""
        if not self.use_bias:
            return None
        return self.add_weight(
            shape, initializer, name="bias", regularizer=self.bias_regularizer, constraint=self.bias_constraint
        )

    def activated(self, out: Tensor) -> Tensor:
        """The activation of a product or convolution with the kernel, plus the bias."""
        return self.activation(out if self.bias is None else out + self.bias)
