"""Pooling layers: the maximum or the mean of every window, or of a whole sequence or image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Unpack

from autograd.core.tensor import Tensor
from autograd.tensorflow.nn import avg_pool2d, max_pool2d

from ..symbols import Shape
from .base import Common, Layer
from .input_spec import InputSpec
from .windows import channels_last, output_sizes, padding_name, pair, single


class _Pooling(Layer):
    """Base class of the pooling layers with windows: their common arguments, checked by `window`."""

    #: Pools images (N, H, W, C): called with images, window size, stride and padding.
    operation: Callable[..., Tensor]

    def __init__(
        self, window: Callable[[Any, str, str], Any], ndim: int, pool_size: Any, strides: Any, padding: str,
        common: Common,
    ) -> None:  # fmt: skip
        super().__init__(**common)
        kind = type(self).__name__
        self.pool_size = window(pool_size, "pool_size", kind)
        self.strides = self.pool_size if strides is None else window(strides, "strides", kind)
        self.padding = padding_name(padding, kind)
        self.input_spec = InputSpec(ndim=ndim)
        self.built = True


class _Pooling1D(_Pooling):
    """Base class of the pooling layers over sequences."""

    def __init__(
        self, pool_size: Any = 2, strides: Any = None, padding: str = "valid", **common: Unpack[Common]
    ) -> None:  # fmt: skip
        super().__init__(single, 3, pool_size, strides, padding, common)

    def call(self, inputs: Tensor) -> Tensor:
        """(N, steps', features)."""
        self.compute_output_shape(inputs.array.shape)  # raises an error that names the layer if no window fits
        image = inputs.unsqueeze(1)
        out = type(self).operation(image, (1, self.pool_size), (1, self.strides), self.padding.upper())
        return out.squeeze(1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, steps', features)."""
        steps = output_sizes(self, input_shape, [self.pool_size], [self.strides], self.padding)
        return (input_shape[0], *steps, input_shape[2])


class MaxPooling1D(_Pooling1D):
    """The maximum of every window of a sequence (N, steps, features); arguments as for `AveragePooling1D`."""

    operation = staticmethod(max_pool2d)


class AveragePooling1D(_Pooling1D):
    """The mean of every window of a sequence (N, steps, features).

    Args:
        pool_size: the number of steps in a window.
        strides: the distance between windows; `pool_size` by default.
        padding: "valid" or "same".
    """

    operation = staticmethod(avg_pool2d)


class _Pooling2D(_Pooling):
    """Base class of the pooling layers over images."""

    def __init__(
        self, pool_size: Any = (2, 2), strides: Any = None, padding: str = "valid", data_format: str | None = None,
        **common: Unpack[Common],
    ) -> None:  # fmt: skip
        super().__init__(pair, 4, pool_size, strides, padding, common)
        channels_last(data_format, type(self).__name__)

    def call(self, inputs: Tensor) -> Tensor:
        """(N, H', W', C)."""
        self.compute_output_shape(inputs.array.shape)  # raises an error that names the layer if no window fits
        return type(self).operation(inputs, self.pool_size, self.strides, self.padding.upper())

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, H', W', C)."""
        sizes = output_sizes(self, input_shape, self.pool_size, self.strides, self.padding)
        return (*input_shape[:1], *sizes, *input_shape[3:])


class MaxPooling2D(_Pooling2D):
    """The maximum of every window of images (N, H, W, C); arguments as for `AveragePooling2D`.

    >>> import autograd
    >>> tuple(MaxPooling2D(2)(autograd.ones(1, 5, 5, 3)).shape)
    (1, 2, 2, 3)
    """

    operation = staticmethod(max_pool2d)


class AveragePooling2D(_Pooling2D):
    """The mean of every window of images (N, H, W, C), without the padding.

    Args:
        pool_size: one integer, or two.
        strides: the distance between windows; `pool_size` by default.
        padding: "valid", or "same": the output has size / stride rows and columns, rounded up.
        data_format: "channels_last".
    """

    operation = staticmethod(avg_pool2d)


class _GlobalPooling1D(Layer):
    """Base class of the pooling layers over whole sequences."""

    def __init__(self, keepdims: bool = False, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.keepdims = keepdims
        self.input_spec = InputSpec(ndim=3)
        self.built = True

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, features), or (N, 1, features) with keepdims."""
        return (input_shape[0], 1, input_shape[2]) if self.keepdims else (input_shape[0], input_shape[2])


class GlobalMaxPooling1D(_GlobalPooling1D):
    """The maximum over the steps of a sequence (N, steps, features)."""

    def call(self, inputs: Tensor) -> Tensor:
        """(N, features), or (N, 1, features) with keepdims."""
        return inputs.amax(1, keepdim=self.keepdims)


class GlobalAveragePooling1D(_GlobalPooling1D):
    """The mean over the steps of a sequence (N, steps, features)."""

    def call(self, inputs: Tensor) -> Tensor:
        """(N, features), or (N, 1, features) with keepdims."""
        return inputs.mean(1, keepdim=self.keepdims)


class _GlobalPooling2D(Layer):
    """Base class of the pooling layers over whole images."""

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        channels_last(data_format, type(self).__name__)
        self.keepdims = keepdims
        self.input_spec = InputSpec(ndim=4)
        self.built = True

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, C), or (N, 1, 1, C) with keepdims."""
        return (*input_shape[:1], *((1, 1) if self.keepdims else ()), *input_shape[3:])


class GlobalMaxPooling2D(_GlobalPooling2D):
    """The maximum of each channel of images (N, H, W, C)."""

    def call(self, inputs: Tensor) -> Tensor:
        """(N, C), or (N, 1, 1, C) with keepdims."""
        return inputs.amax((1, 2), keepdim=self.keepdims)


class GlobalAveragePooling2D(_GlobalPooling2D):
    """The mean of each channel of images (N, H, W, C)."""

    def call(self, inputs: Tensor) -> Tensor:
        """(N, C), or (N, 1, 1, C) with keepdims."""
        return inputs.mean((1, 2), keepdim=self.keepdims)
