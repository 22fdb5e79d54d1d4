"""Normalization layers: over the batch, with running statistics, and over each sample's features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from autograd.core.tensor import Tensor
from autograd.ops.fused import normalize

from ... import functional as F
from .. import initializers
from ..symbols import Shape
from .base import Common, Layer
from .input_spec import InputSpec
from .shapes import known_size


class BatchNormalization(Layer):
    """(x - mean) / √(var + epsilon) γ + β for every channel.

    In training the batch's own mean and variance are used, and the moving ones follow them; otherwise, and for a layer
    that is not `trainable`, the moving ones.

    Args:
        axis: where the channels are.
        momentum: how much of the moving statistics is kept in a step.
        epsilon: what keeps the divisor from 0.
        center, scale: whether there are a β and a γ.
        beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer: names or
            Initializers.
    """

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        **common: Unpack[Common],
    ) -> None:
        super().__init__(**common)
        self.axis = axis
        self.momentum = momentum
        self.epsilon = epsilon
        self.center, self.scale = center, scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)

    def build(self, input_shape: Shape) -> None:
        """Make gamma, beta, moving_mean and moving_variance, each (channels,)."""
        channels = known_size(input_shape, self.axis, self)
        shape = (channels,)
        self.gamma = self.add_weight(shape, self.gamma_initializer, name="gamma") if self.scale else None
        self.beta = self.add_weight(shape, self.beta_initializer, name="beta") if self.center else None
        self.moving_mean = self.add_weight(shape, self.moving_mean_initializer, trainable=False, name="moving_mean")
        self.moving_variance = self.add_weight(
            shape, self.moving_variance_initializer, trainable=False, name="moving_variance"
        )
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: channels})

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """The normalized values, in the input's shape."""
        axis = self.axis % inputs.array.ndim
        axes = (axis,)
        if not (training and self.trainable):
            scale = (_spread(self.moving_variance, inputs, axes) + self.epsilon).rsqrt()
            scale = scale if self.gamma is None else scale * _spread(self.gamma, inputs, axes)
            out = (inputs - _spread(self.moving_mean, inputs, axes)) * scale
            return out if self.beta is None else out + _spread(self.beta, inputs, axes)
        others = tuple(i for i in range(inputs.array.ndim) if i != axis)
        found: list[np.ndarray] = []
        gamma, beta = (_spread(weight, inputs, axes) for weight in (self.gamma, self.beta))
        out = normalize(inputs, gamma, beta, others, self.epsilon, found)
        mean, _, variance = found
        for moving, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
            kept = moving.array * np.float32(self.momentum) + value.reshape(-1) * np.float32(1 - self.momentum)
            moving.assign(kept.astype(moving.array.dtype))
        return out

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape


class LayerNormalization(Layer):
    """(x - mean) / √(var + epsilon) γ + β over the features of each sample.

    Args:
        axis: the axis, or axes, of the features.
        epsilon: what keeps the divisor from 0.
        center, scale: whether there are a β and a γ.
        beta_initializer, gamma_initializer: names or Initializers.
    """

    def __init__(
        self,
        axis: int | Sequence[int] = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        **common: Unpack[Common],
    ) -> None:
        super().__init__(**common)
        self.axis = (axis,) if isinstance(axis, int) else tuple(axis)
        self.epsilon = epsilon
        self.center, self.scale = center, scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)

    def build(self, input_shape: Shape) -> None:
        """Make gamma and beta, with the sizes of the features' axes."""
        shape = tuple(known_size(input_shape, axis, self) for axis in self.axis)
        self.gamma = self.add_weight(shape, self.gamma_initializer, name="gamma") if self.scale else None
        self.beta = self.add_weight(shape, self.beta_initializer, name="beta") if self.center else None
        self.input_spec = InputSpec(ndim=len(input_shape), axes=dict(zip(self.axis, shape)))

    def call(self, inputs: Tensor) -> Tensor:
        """The normalized values, in the input's shape."""
        axes = tuple(axis % inputs.array.ndim for axis in self.axis)
        gamma, beta = (_spread(weight, inputs, axes) for weight in (self.gamma, self.beta))
        return normalize(inputs, gamma, beta, axes, self.epsilon, [])

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape


class GroupNormalization(Layer):
    """(x - mean) / √(var + epsilon) γ + β over groups of channels of each sample (Wu and He, 2018).

    Args:
        groups: into how many groups the channels, the last dim, are divided; -1: each its own.
        epsilon: what keeps the divisor from 0.
        center, scale: whether there are a β and a γ, one for each channel.
        beta_initializer, gamma_initializer: names or Initializers.
    """

    def __init__(
        self,
        groups: int = 32,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        **common: Unpack[Common],
    ) -> None:
        super().__init__(**common)
        self.groups, self.epsilon = groups, epsilon
        self.center, self.scale = center, scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)

    def build(self, input_shape: Shape) -> None:
        """Make gamma and beta, (channels,).

        Raises:
            ValueError: the groups do not divide the channels.
        """
        channels = known_size(input_shape, -1, self)
        self.groups = channels if self.groups == -1 else self.groups
        if channels % self.groups:
            raise ValueError(f"Number of groups ({self.groups}) must divide the number of channels ({channels}).")
        self.gamma = self.add_weight((channels,), self.gamma_initializer, name="gamma") if self.scale else None
        self.beta = self.add_weight((channels,), self.beta_initializer, name="beta") if self.center else None

    def call(self, inputs: Tensor) -> Any:
        """The normalized values, in the input's shape."""
        shape = inputs.array.shape
        groups = inputs.reshape(*shape[:-1], self.groups, shape[-1] // self.groups)
        axes = (*range(1, len(shape) - 1), len(shape))
        out = normalize(groups, None, None, axes, self.epsilon, []).reshape(*shape)
        out = out if self.gamma is None else out * self.gamma
        return out if self.beta is None else out + self.beta

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape


class UnitNormalization(Layer):
    """The input divided by its norm along an axis."""

    def __init__(self, axis: int = -1, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.axis = axis
        self.built = True

    def call(self, inputs: Tensor) -> Any:
        """Values of norm 1, in the input's shape."""
        return F.normalize(inputs, dim=self.axis, eps=1e-6)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape


def _spread(weight: Any, x: Tensor, axes: Sequence[int]) -> Any:
    """A weight with sizes 1 where `x` has other axes than its own; None stays."""
    if weight is None or axes == (x.array.ndim - 1,):
        return weight
    return weight.reshape(*(n if i in axes else 1 for i, n in enumerate(x.array.shape)))
