"""Plain layers beyond the usual ones: a function as a layer, noise, borders, fixed scales, learnt slopes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Unpack

import numpy as np

import autograd
from autograd.core.tensor import Tensor, wrap
from autograd.ops.creation.random import draw_normal

from ... import functional as F
from .. import activations, initializers
from ..regularizers import L1L2
from ..symbols import Shape
from .base import Common, Layer
from .core import Activation, Dropout
from .input_spec import InputSpec


class Lambda(Layer):
    """A function as a layer.

    Args:
        function: of a tensor.
        output_shape: of one sample, if the function can't be tried out to learn it.
        arguments: what it gets by name besides.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Any = None,
        arguments: dict[str, Any] | None = None,
        **common: Unpack[Common],
    ) -> None:
        if not callable(function):
            raise ValueError(f"Lambda takes a function, but got {function!r}")
        super().__init__(**common)
        self.function, self.arguments = function, arguments or {}
        self.promised_shape = output_shape
        self.built = True

    def call(self, inputs: Any) -> Any:
        """What the function gives."""
        return self.function(inputs, **self.arguments)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """What was promised, or what a trial shows."""
        if self.promised_shape is None:
            return super().compute_output_shape(input_shape)
        batch = input_shape[0]
        while isinstance(batch, (list, tuple)):  # several inputs
            batch = batch[0]
        return (batch, *self.promised_shape)


class _SameShape(Layer):
    """A layer whose output has the input's shape, and which has nothing to make."""

    def __init__(self, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.built = True

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape


class Identity(_SameShape):
    """The input, as it is."""

    def call(self, inputs: Any) -> Any:
        """The input."""
        return inputs


class ActivityRegularization(Identity):
    """The input, which costs l1 Σ |x| + l2 Σ x²."""

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **common: Unpack[Common]) -> None:
        common["activity_regularizer"] = L1L2(l1, l2)
        super().__init__(**common)


class Rescaling(_SameShape):
    """x · scale + offset."""

    def __init__(self, scale: float, offset: float = 0.0, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.scale, self.offset = scale, offset

    def call(self, inputs: Tensor) -> Any:
        """The scaled values, in single precision."""
        x = inputs if inputs.array.dtype.kind == "f" else autograd.Tensor.to(inputs, autograd.float32)
        return x * self.scale + self.offset


class GaussianNoise(_SameShape):
    """In training, the input with normal noise of a standard deviation added."""

    def __init__(self, stddev: float, seed: int | None = None, **common: Unpack[Common]) -> None:
        if not stddev >= 0:
            raise ValueError(f"Invalid value received for argument `stddev`. Expected a float >= 0. Received: {stddev}")
        super().__init__(**common)
        self.stddev = stddev

    def call(self, inputs: Tensor, training: bool = False) -> Any:
        """The input, with noise in training."""
        if not training or not self.stddev:
            return inputs
        return inputs + wrap(draw_normal(inputs.array.shape, inputs.array.dtype, None) * np.float32(self.stddev))


class GaussianDropout(Dropout):
    """In training, each element times a normal random number around 1, which varies as with `Dropout` of that rate."""

    def call(self, inputs: Tensor, training: bool = False) -> Any:
        """The input, times noise in training."""
        if not training or not self.rate:
            return inputs
        deviation = np.float32(math.sqrt(self.rate / (1 - self.rate)))
        return inputs * wrap(1 + draw_normal(inputs.array.shape, inputs.array.dtype, None) * deviation)


class SpatialDropout1D(Dropout):
    """In training, whole features of a sequence (N, steps, features) 0 with probability `rate`."""

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """The input, with features dropped in training."""
        return _without_maps(inputs, self.rate) if training and self.rate else inputs


class SpatialDropout2D(Dropout):
    """In training, whole channels of an image (N, H, W, C) 0 with probability `rate`."""

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """The input, with channels dropped in training."""
        return _without_maps(inputs, self.rate) if training and self.rate else inputs


def _without_maps(x: Tensor, rate: float) -> Any:
    shape = (x.array.shape[0], *[1] * (x.array.ndim - 2), x.array.shape[-1])
    return x * F.dropout(wrap(np.ones(shape, x.array.dtype)), rate)


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


class Permute(Layer):
    """The dims of a sample in another order; they are numbered from 1."""

    def __init__(self, dims: Sequence[int], **common: Unpack[Common]) -> None:
        if sorted(dims) != list(range(1, len(dims) + 1)):
            raise ValueError(f"Invalid permutation argument `dims` for Permute Layer: {tuple(dims)}: numbers from 1 on")
        super().__init__(**common)
        self.dims = tuple(dims)
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)
        self.built = True

    def call(self, inputs: Tensor) -> Tensor:
        """The dims in their new order."""
        return inputs.permute(0, *self.dims)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The sizes in their new order."""
        return (input_shape[0], *(input_shape[dim] for dim in self.dims))


def _borders(value: Any, said: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """How many rows at the top and the bottom, and columns at the left and the right."""
    pairs = (value, value) if isinstance(value, int) else tuple(value)
    if len(pairs) != 2:
        raise ValueError(f"`{said}` should have two elements, or be a number. Received: {value}")
    rows, columns = ((part, part) if isinstance(part, int) else (int(part[0]), int(part[1])) for part in pairs)
    return rows, columns


class ZeroPadding2D(Layer):
    """Images (N, H, W, C) with rows and columns of zeros around them.

    Args:
        padding: a number, (rows, columns), or ((top, bottom), (left, right)).
    """

    def __init__(self, padding: Any = ((1, 1), (1, 1)), **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.padding = _borders(padding, "padding")
        self.input_spec = InputSpec(ndim=4)
        self.built = True

    def call(self, inputs: Tensor) -> Tensor:
        """The larger images."""
        rows, columns = self.padding
        return F.pad(inputs, (0, 0, *columns, *rows))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, H', W', C)."""
        sizes = (None if n is None else n + sum(more) for n, more in zip(input_shape[1:3], self.padding))
        return (input_shape[0], *sizes, input_shape[3])


class Cropping2D(Layer):
    """Images (N, H, W, C) without rows and columns at their borders; arguments as for `ZeroPadding2D`."""

    def __init__(self, cropping: Any = ((0, 0), (0, 0)), **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.cropping = _borders(cropping, "cropping")
        self.input_spec = InputSpec(ndim=4)
        self.built = True

    def call(self, inputs: Tensor) -> Any:
        """The smaller images."""
        (top, bottom), (left, right) = self.cropping
        high, wide = inputs.array.shape[1:3]
        return autograd.Tensor.__getitem__(inputs, (slice(None), slice(top, high - bottom), slice(left, wide - right)))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, H', W', C)."""
        sizes = (None if n is None else n - sum(less) for n, less in zip(input_shape[1:3], self.cropping))
        return (input_shape[0], *sizes, input_shape[3])


class Normalization(Layer):
    """(x - mean) / √variance of every feature: of given ones, or of data that `adapt` has seen.

    Args:
        axis: the axis of the features; None for one mean of all.
        mean, variance: numbers or arrays, in place of `adapt`.

    >>> layer = Normalization()
    >>> layer.adapt(np.array([[1.0], [3.0]], "float32"))
    >>> layer(np.array([[2.0], [4.0]], "float32")).numpy().tolist()
    [[0.0], [2.0]]
    """

    def __init__(self, axis: int | None = -1, mean: Any = None, variance: Any = None, **common: Unpack[Common]) -> None:
        if (mean is None) != (variance is None):
            raise ValueError(
                "When setting values directly, both `mean` and `variance` must be set. Received: "
                f"mean={mean} and variance={variance}"
            )
        super().__init__(**common)
        self.axis = axis
        self.mean = None if mean is None else np.asarray(mean, np.float32)
        self.variance = None if variance is None else np.asarray(variance, np.float32)

    def adapt(self, data: Any) -> None:
        """Learn the mean and the variance of arrays, or of what yields batches of them."""
        batches = [data] if hasattr(data, "shape") or isinstance(data, list) else list(data)
        array = np.concatenate([np.asarray(getattr(batch, "array", batch), np.float32) for batch in batches])
        others = None if self.axis is None else tuple(i for i in range(array.ndim) if i != self.axis % array.ndim)
        self.mean, self.variance = array.mean(others), array.var(others)

    def call(self, inputs: Tensor) -> Any:
        """The normalized values."""
        if self.mean is None or self.variance is None:
            raise ValueError(f"Layer {self.name!r} knows no mean yet: call adapt(data), or pass mean and variance")
        deviation = np.maximum(np.sqrt(self.variance), np.float32(1e-7))
        if self.axis is None or self.axis % inputs.array.ndim == inputs.array.ndim - 1 or not np.ndim(self.mean):
            return (inputs - wrap(self.mean)) / wrap(deviation)
        shape = [-1 if i == self.axis % inputs.array.ndim else 1 for i in range(inputs.array.ndim)]
        return (inputs - wrap(self.mean.reshape(shape))) / wrap(deviation.reshape(shape))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape
