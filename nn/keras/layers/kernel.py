"""WithKernel: what the layers with a kernel and a bias share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from .. import constraints, regularizers
from ..weights import Weight
from .base import Common, Layer


class Costs(Common, total=False):
    """What every layer with a kernel and a bias takes by name, besides: what they cost, and what brings them back."""

    kernel_regularizer: Any
    bias_regularizer: Any
    kernel_constraint: Any
    bias_constraint: Any


class WithKernel(Layer):
    """Base of the layers with a kernel and a bias.

    Args:
        kernel_regularizer, bias_regularizer: names, Regularizers or functions: what they cost.
        kernel_constraint, bias_constraint: names, Constraints or functions: what brings them back after a step.
    """

    def __init__(
        self,
        *,
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(**common)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    def add_kernel(self, shape: Sequence[int], initializer: Any, name: str = "kernel") -> Weight:
        """A new kernel."""
        return self.add_weight(
            shape, initializer, name=name, regularizer=self.kernel_regularizer, constraint=self.kernel_constraint
        )

    def add_bias(self, shape: Sequence[int], initializer: Any) -> Weight | None:
        """A new bias; None if the layer has none."""
        if not getattr(self, "use_bias", True):
            return None
        return self.add_weight(
            shape, initializer, name="bias", regularizer=self.bias_regularizer, constraint=self.bias_constraint
        )
