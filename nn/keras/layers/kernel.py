"""KernelLayer: the base class of layers with a kernel and a bias."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from .. import constraints, regularizers
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
        kernel_regularizer, bias_regularizer: names, Regularizers or functions: penalties on the weights.
        kernel_constraint, bias_constraint: names, Constraints or functions that project the weights after every update.
    """

    def __init__(
        self, *, kernel_regularizer: Any = None, bias_regularizer: Any = None, kernel_constraint: Any = None,
        bias_constraint: Any = None, **common: Unpack[Common],
    ) -> None:  # fmt: skip
        super().__init__(**common)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    def add_kernel(self, shape: Sequence[int], initializer: Any, name: str = "kernel") -> Weight:
        """Create a kernel."""
        return self.add_weight(
            shape, initializer, name=name, regularizer=self.kernel_regularizer, constraint=self.kernel_constraint
        )

    def add_bias(self, shape: Sequence[int], initializer: Any) -> Weight | None:
        """Create a bias; None if the layer has use_bias=False."""
        if not getattr(self, "use_bias", True):
            return None
        return self.add_weight(
            shape, initializer, name="bias", regularizer=self.bias_regularizer, constraint=self.bias_constraint
        )
