"""Normalization layers: over the batch, with moving statistics, and over the features of each sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from autograd.core.tensor import Tensor
from autograd.ops.fused.normalization import normalize

from ... import functional as F
from .. import initializers
from ..checks import integer, integers
from ..symbols import Shape
from .base import Common
from .input_spec import InputSpec
from .shapes import SameShape, SameShapeWithoutWeights, known_size


class _Normalization(SameShape):
    """Base class: (x - mean) / √(var + epsilon) γ + β, with a γ if `scale` and a β if `center`."""

    def __init__(
        self, epsilon: float, center: bool, scale: bool, beta_initializer: Any, gamma_initializer: Any, common: Common
    ) -> None:
        super().__init__(**common)
        self.epsilon = epsilon
        self.center, self.scale = center, scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)

    def add_gamma_and_beta(self, shape: tuple[int, ...]) -> None:
        """Create γ and β, or set them to None."""
        self.gamma = self.add_weight(shape, self.gamma_initializer, name="gamma") if self.scale else None
        self.beta = self.add_weight(shape, self.beta_initializer, name="beta") if self.center else None


class BatchNormalization(_Normalization):
    """(x - mean) / √(var + epsilon) γ + β for every channel.

    In training, mean and var are the statistics of the batch, and the moving statistics are updated. Otherwise, and if
    the layer is not `trainable`, they are the moving statistics.

    Args:
        axis: the axis of the channels.
        momentum: the share of the moving statistics that is kept in an update.
        epsilon: keeps the denominator from 0.
        center, scale: whether there are a β and a γ.
        beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer: names or
            Initializers.
    """

    def __init__(
        self, axis: int = -1, momentum: float = 0.99, epsilon: float = 1e-3, center: bool = True, scale: bool = True,
        beta_initializer: Any = "zeros", gamma_initializer: Any = "ones", moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones", **common: Unpack[Common],
    ) -> None:  # fmt: skip
        super().__init__(epsilon, center, scale, beta_initializer, gamma_initializer, common)
        self.axis, self.momentum = axis, momentum
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)

    def build(self, input_shape: Shape) -> None:
        """Create gamma, beta, moving_mean and moving_variance, each (channels,)."""
        channels = known_size(input_shape, self.axis, self)
        shape = (channels,)
        self.add_gamma_and_beta(shape)
        self.moving_mean = self.add_weight(shape, self.moving_mean_initializer, trainable=False, name="moving_mean")
        self.moving_variance = self.add_weight(
            shape, self.moving_variance_initializer, trainable=False, name="moving_variance"
        )
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: channels})

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        axis = self.axis % inputs.array.ndim
        axes = (axis,)
        if not (training and self.trainable):
            scale = (_expanded(self.moving_variance, inputs, axes) + self.epsilon).rsqrt()
            scale = scale if self.gamma is None else scale * _expanded(self.gamma, inputs, axes)
            out = (inputs - _expanded(self.moving_mean, inputs, axes)) * scale
            return out if self.beta is None else out + _expanded(self.beta, inputs, axes)
        others = tuple(i for i in range(inputs.array.ndim) if i != axis)
        statistics: list[np.ndarray] = []
        gamma, beta = (_expanded(weight, inputs, axes) for weight in (self.gamma, self.beta))
        out = normalize(inputs, gamma, beta, others, self.epsilon, statistics)
        mean, _, variance = statistics
        for moving, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
            updated = moving.array * np.float32(self.momentum) + value.reshape(-1) * np.float32(1 - self.momentum)
            moving.assign(updated.astype(moving.array.dtype))
        return out


class LayerNormalization(_Normalization):
    """(x - mean) / √(var + epsilon) γ + β over the features of each sample.

    Args:
        axis: the axis, or axes, of the features.
        epsilon, center, scale, beta_initializer, gamma_initializer: as in `BatchNormalization`.
    """

    def __init__(
        self, axis: int | Sequence[int] = -1, epsilon: float = 1e-3, center: bool = True, scale: bool = True,
        beta_initializer: Any = "zeros", gamma_initializer: Any = "ones", **common: Unpack[Common],
    ) -> None:  # fmt: skip
        super().__init__(epsilon, center, scale, beta_initializer, gamma_initializer, common)
        self._axes = integers(axis, "axis")
        self.axis = axis if isinstance(axis, int) else list(axis)

    def build(self, input_shape: Shape) -> None:
        """Create gamma and beta, with the sizes of the features' axes."""
        shape = tuple(known_size(input_shape, axis, self) for axis in self._axes)
        self.add_gamma_and_beta(shape)
        self.input_spec = InputSpec(ndim=len(input_shape), axes=dict(zip(self._axes, shape)))

    def call(self, inputs: Tensor) -> Tensor:
        axes = tuple(axis % inputs.array.ndim for axis in self._axes)
        gamma, beta = (_expanded(weight, inputs, axes) for weight in (self.gamma, self.beta))
        return normalize(inputs, gamma, beta, axes, self.epsilon, [])


class GroupNormalization(_Normalization):
    """(x - mean) / √(var + epsilon) γ + β over groups of channels of each sample (Wu and He, 2018).

    Args:
        groups: the number of groups that the channels, the last dim, are split into; -1 for one group per channel.
        epsilon, center, scale, beta_initializer, gamma_initializer: as in `BatchNormalization`.
    """

    def __init__(
        self, groups: int = 32, epsilon: float = 1e-3, center: bool = True, scale: bool = True,
        beta_initializer: Any = "zeros", gamma_initializer: Any = "ones", **common: Unpack[Common],
    ) -> None:  # fmt: skip
        super().__init__(epsilon, center, scale, beta_initializer, gamma_initializer, common)
        self.groups = -1 if isinstance(groups, int) and groups == -1 else integer(groups, "groups", 1)

    def build(self, input_shape: Shape) -> None:
        """Create gamma and beta, (channels,); ValueError if the groups do not divide the channels."""
        channels = known_size(input_shape, -1, self)
        self.groups = channels if self.groups == -1 else self.groups
        if channels % self.groups:
            raise ValueError(f"Number of groups ({self.groups}) must divide the number of channels ({channels}).")
        self.add_gamma_and_beta((channels,))

    def call(self, inputs: Tensor) -> Any:
        shape = inputs.array.shape
        groups = inputs.reshape(*shape[:-1], self.groups, shape[-1] // self.groups)
        axes = (*range(1, len(shape) - 1), len(shape))
        out = normalize(groups, None, None, axes, self.epsilon, []).reshape(shape)
        out = out if self.gamma is None else out * self.gamma
        return out if self.beta is None else out + self.beta


class UnitNormalization(SameShapeWithoutWeights):
    """The input divided by its norm along an axis."""

    def __init__(self, axis: int = -1, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.axis = axis

    def call(self, inputs: Tensor) -> Any:
        return F.normalize(inputs, dim=self.axis, eps=1e-6)


def _expanded(weight: Any, x: Tensor, axes: Sequence[int]) -> Any:
    """A weight with the sizes of `x` along `axes` and 1 along the other axes; None stays None."""
    if weight is None or axes == (x.array.ndim - 1,):
        return weight
    return weight.reshape(*(n if i in axes else 1 for i, n in enumerate(x.array.shape)))
