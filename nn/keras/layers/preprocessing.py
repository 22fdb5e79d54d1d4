"""Layers that scale features: Rescaling and Normalization."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

import autograd
from autograd.core.tensor import Tensor, wrap

from .base import Common
from .shapes import SameShape, SameShapeWithoutWeights


class Rescaling(SameShapeWithoutWeights):
    """x · scale + offset."""

    def __init__(self, scale: float, offset: float = 0.0, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.scale, self.offset = scale, offset

    def call(self, inputs: Tensor) -> Any:
        """The scaled values; integers become float32."""
        x = inputs if inputs.array.dtype.kind == "f" else autograd.Tensor.to(inputs, autograd.float32)
        return x * self.scale + self.offset


class Normalization(SameShape):
    """(x - mean) / √variance of every feature, with given statistics or those of the data passed to `adapt`.

    Args:
        axis: the axis of the features; None for one mean and variance of all elements.
        mean, variance: numbers or arrays, in place of `adapt`.

    >>> layer = Normalization()
    >>> layer.adapt(np.array([[1.0], [3.0]], "float32"))
    >>> layer(np.array([[2.0], [4.0]], "float32")).numpy().tolist()
    [[0.0], [2.0]]
    """

    def __init__(self, axis: Any = -1, mean: Any = None, variance: Any = None, **common: Unpack[Common]) -> None:
        if (mean is None) != (variance is None):
            raise ValueError(
                "When setting values directly, both `mean` and `variance` must be set. Received: "
                f"mean={mean} and variance={variance}"
            )
        super().__init__(**common)
        if isinstance(axis, (list, tuple)):
            if len(axis) != 1:
                raise ValueError(f"Normalization supports one axis, but got axis={axis}")
            (axis,) = axis
        self.axis = axis
        self.mean = None if mean is None else np.asarray(mean, np.float32)
        self.variance = None if variance is None else np.asarray(variance, np.float32)

    def get_config(self) -> dict[str, Any]:
        """The arguments from which `from_config` creates a copy, with the mean and variance of the data in `adapt`."""
        statistics = {
            n: None if v is None else v.tolist() for n, v in (("mean", self.mean), ("variance", self.variance))
        }
        return {**super().get_config(), **statistics, "axis": None if self.axis is None else (self.axis,)}

    def adapt(self, data: Any) -> None:
        """Compute the mean and variance of an array, or of an iterable of batches."""
        batches = [data] if hasattr(data, "shape") or isinstance(data, list) else list(data)
        array = np.concatenate([np.asarray(getattr(batch, "array", batch), np.float32) for batch in batches])
        others = None if self.axis is None else tuple(i for i in range(array.ndim) if i != self.axis % array.ndim)
        self.mean, self.variance = array.mean(others), array.var(others)

    def call(self, inputs: Tensor) -> Any:
        if self.mean is None or self.variance is None:
            raise ValueError(f"Layer {self.name!r} has no mean yet: call adapt(data), or pass mean and variance")
        mean, deviation = self.mean, np.maximum(np.sqrt(self.variance), np.float32(1e-7))
        ndim = inputs.array.ndim
        if self.axis is not None and self.axis % ndim != ndim - 1 and np.ndim(mean):
            shape = [-1 if i == self.axis % ndim else 1 for i in range(ndim)]
            mean, deviation = mean.reshape(shape), deviation.reshape(shape)
        return (inputs - wrap(mean)) / wrap(deviation)
