"""Pooling layers: the maximum or the mean of every window, or of a whole sequence or image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Unpack

import autograd
from autograd.core.tensor import Tensor
from autograd.tensorflow.nn import avg_pool2d, max_pool2d

from ..symbols import Shape
from .base import Common, Layer
from .input_spec import InputSpec
from .windows import _length, _one, channels_last, output_sizes, padding_name, pair


class _Pooling1D(Layer):
    """What the pooling layers over sequences share.

    Args:
        pool_size: how many steps a window has.
        strides: how far a window moves on; `pool_size` if left out.
        padding: "valid" or "same".
    """

    operation: Callable[..., Tensor]

    def __init__(
        self, pool_size: Any = 2, strides: Any = None, padding: str = "valid", **common: Unpack[Common]
    ) -> None:  # fmt: skip
        super().__init__(**common)
        kind = type(self).__name__
        self.pool_size = _one(pool_size, "pool_size", kind)
        self.strides = self.pool_size if strides is None else _one(strides, "strides", kind)
        if padding not in ("valid", "same"):
            raise ValueError(f"The `padding` argument of {kind} must be one of 'valid', 'same'. Received: {padding!r}")
        self.padding = padding
        self.input_spec = InputSpec(ndim=3)
        self.built = True

    def call(self, inputs: Tensor) -> Tensor:
        """(N, steps', features)."""
        self.compute_output_shape(inputs.array.shape)
        image = inputs.unsqueeze(1)
        out = type(self).operation(image, (1, self.pool_size), (1, self.strides), self.padding.upper())
        return out.squeeze(1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, steps', features)."""
        return (
            input_shape[0], _length(self, input_shape, self.pool_size, self.strides, self.padding), input_shape[2],
        )  # fmt: skip


class MaxPooling1D(_Pooling1D):
    """The largest value of every window of a sequence (N, steps, features)."""

    operation = staticmethod(max_pool2d)


class AveragePooling1D(_Pooling1D):
    """The mean of every window of a sequence (N, steps, features)."""

    operation = staticmethod(avg_pool2d)


class _Pooling2D(Layer):
    """What the pooling layers with windows share.

    Args:
        pool_size: a number, or two.
        strides: how far a window moves on; `pool_size` if left out.
        padding: "valid", or "same": as many windows as steps of the stride.
        data_format: "channels_last".
    """

    #: Called with images, the windows' size and stride, and the name of the border.
    operation: Callable[..., Tensor]

    def __init__(
        self,
        pool_size: Any = (2, 2),
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(**common)
        kind = type(self).__name__
        channels_last(data_format, kind)
        self.pool_size = pair(pool_size, "pool_size", kind)
        self.strides = self.pool_size if strides is None else pair(strides, "strides", kind)
        self.padding = padding_name(padding, kind)
        self.input_spec = InputSpec(ndim=4)
        self.built = True

    def call(self, inputs: Tensor) -> Tensor:
        """(N, H', W', C)."""
        self.compute_output_shape(inputs.array.shape)  # raises in the layer's name where no window fits
        return type(self).operation(inputs, self.pool_size, self.strides, self.padding.upper())

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, H', W', C)."""
        sizes = output_sizes(self, input_shape, self.pool_size, self.strides, self.padding)
        return (*input_shape[:1], *sizes, *input_shape[3:])


class MaxPooling2D(_Pooling2D):
    """The largest value of every window of an image (N, H, W, C).

    Args as for `AveragePooling2D`.

    >>> import autograd
    >>> tuple(MaxPooling2D(2)(autograd.ones(1, 5, 5, 3)).shape)
    (1, 2, 2, 3)
    """

    operation = staticmethod(max_pool2d)


class AveragePooling2D(_Pooling2D):
    """The mean of every window of an image (N, H, W, C); what lies beyond the border does not count.

    Args:
        pool_size: a number, or two.
        strides: how far a window moves on; `pool_size` if left out.
        padding: "valid", or "same": as many windows as steps of the stride.
        data_format: "channels_last".
    """

    operation = staticmethod(avg_pool2d)


class _GlobalPooling1D(Layer):
    """What the pooling layers over whole sequences share.

    Args:
        keepdims: whether the dim of the steps stays, with size 1.
    """

    def __init__(self, keepdims: bool = False, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.keepdims = keepdims
        self.input_spec = InputSpec(ndim=3)
        self.built = True

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, features)."""
        return (input_shape[0], 1, input_shape[2]) if self.keepdims else (input_shape[0], input_shape[2])


class GlobalMaxPooling1D(_GlobalPooling1D):
    """The largest value over the steps of a sequence (N, steps, features)."""

    def call(self, inputs: Tensor) -> Tensor:
        """(N, features)."""
        return autograd.amax(inputs, 1, self.keepdims)


class GlobalAveragePooling1D(_GlobalPooling1D):
    """The mean over the steps of a sequence (N, steps, features)."""

    def call(self, inputs: Tensor) -> Tensor:
        """(N, features)."""
        return inputs.mean(1, keepdim=self.keepdims)


class _GlobalPooling2D(Layer):
    """What the pooling layers over whole images share.

    Args:
        data_format: "channels_last".
        keepdims: whether the spatial dims stay, of size 1.
    """

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        channels_last(data_format, type(self).__name__)
        self.keepdims = keepdims
        self.input_spec = InputSpec(ndim=4)
        self.built = True

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, C), or (N, 1, 1, C)."""
        return (*input_shape[:1], *((1, 1) if self.keepdims else ()), *input_shape[3:])


class GlobalMaxPooling2D(_GlobalPooling2D):
    """The largest value of each channel of an image (N, H, W, C)."""

    def call(self, inputs: Tensor) -> Tensor:
        """(N, C)."""
        return inputs.amax((1, 2), keepdim=self.keepdims)


class GlobalAveragePooling2D(_GlobalPooling2D):
    """The mean of each channel of an image (N, H, W, C)."""

    def call(self, inputs: Tensor) -> Tensor:
        """(N, C)."""
        return inputs.mean((1, 2), keepdim=self.keepdims)
