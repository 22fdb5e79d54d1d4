"""Pooling layers: the maximum or the mean of every window, or of a whole sequence or image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Unpack

from autograd.core.tensor import Tensor
from autograd.ops.reduce.reductions import amax, mean
from autograd.tensorflow.nn import avg_pool2d, max_pool2d

from ..symbols import Shape
from .base import Common, Layer
from .input_spec import InputSpec
from .windows import channels_last, output_sizes, padding_name, pair, single


class _Pooling(Layer):
    """Base class of the pooling layers with windows over (N, *spatial, C)."""

    built = True
    #: Pools images (N, H, W, C): called with images, window size, strides and padding.
    operation: Callable[..., Tensor]
    #: Checks the window size and the strides.
    window: Callable[[Any, str, str], Any]

    def __init__(self, pool_size: Any, strides: Any, padding: str, common: Common) -> None:
        super().__init__(**common)
        kind, window = type(self).__name__, type(self).window
        self.pool_size = window(pool_size, "pool_size", kind)
        self.strides = self.pool_size if strides is None else window(strides, "strides", kind)
        self.padding = padding_name(padding, kind)

    def call(self, inputs: Tensor) -> Tensor:
        self.compute_output_shape(inputs.array.shape)  # raises an error that names the layer if no window fits
        padding = self.padding.upper()
        if inputs.array.ndim == 4:
            return type(self).operation(inputs, self.pool_size, self.strides, padding)
        images = inputs.unsqueeze(1)  # a sequence is an image of one row
        return type(self).operation(images, (1, self.pool_size), (1, self.strides), padding).squeeze(1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, *spatial', C)."""
        sizes = output_sizes(self, input_shape, self.pool_size, self.strides, self.padding)
        return (input_shape[0], *sizes, input_shape[-1])


class _Pooling1D(_Pooling):
    """Base class of the pooling layers over sequences."""

    window, input_spec = staticmethod(single), InputSpec(ndim=3)

    def __init__(
        self, pool_size: Any = 2, strides: Any = None, padding: str = "valid", **common: Unpack[Common]
    ) -> None:  # fmt: skip
        super().__init__(pool_size, strides, padding, common)


class MaxPooling1D(_Pooling1D, operation=max_pool2d):
    """The maximum of every window of a sequence (N, steps, features); arguments as for `AveragePooling1D`."""


class AveragePooling1D(_Pooling1D, operation=avg_pool2d):
    """The mean of every window of a sequence (N, steps, features).

    Args:
        pool_size: the number of steps in a window.
        strides: the distance between windows; `pool_size` by default.
        padding: "valid" or "same".
    """


class _Pooling2D(_Pooling):
    """Base class of the pooling layers over images."""

    window, input_spec = staticmethod(pair), InputSpec(ndim=4)

    def __init__(
        self, pool_size: Any = (2, 2), strides: Any = None, padding: str = "valid", data_format: str | None = None,
        **common: Unpack[Common],
    ) -> None:  # fmt: skip
        super().__init__(pool_size, strides, padding, common)
        channels_last(data_format, type(self).__name__)


class MaxPooling2D(_Pooling2D, operation=max_pool2d):
    """The maximum of every window of images (N, H, W, C); arguments as for `AveragePooling2D`.

    >>> import autograd
    >>> tuple(MaxPooling2D(2)(autograd.ones(1, 5, 5, 3)).shape)
    (1, 2, 2, 3)
    """


class AveragePooling2D(_Pooling2D, operation=avg_pool2d):
    """The mean of every window of images (N, H, W, C), without the padding.

    Args:
        pool_size: one integer, or two.
        strides: the distance between windows; `pool_size` by default.
        padding: "valid", or "same": the output has size / stride rows and columns, rounded up.
        data_format: "channels_last".
    """


class _GlobalPooling(Layer):
    """Base class of the pooling layers over all spatial dims of (N, *spatial, C)."""

    built, input_spec = True, InputSpec(ndim=3)
    #: Reduces dims: called with a tensor, the dims and `keepdim`.
    operation: Callable[..., Tensor]

    def __init__(self, keepdims: bool = False, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.keepdims = keepdims

    def call(self, inputs: Tensor) -> Tensor:
        """(N, C), or (N, 1, …, C) with keepdims."""
        return type(self).operation(inputs, tuple(range(1, inputs.array.ndim - 1)), keepdim=self.keepdims)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        batch, *spatial, channels = input_shape
        return (batch, *(1 for _ in spatial if self.keepdims), channels)


class GlobalMaxPooling1D(_GlobalPooling, operation=amax):
    """The maximum over the steps of a sequence (N, steps, features)."""


class GlobalAveragePooling1D(_GlobalPooling, operation=mean):
    """The mean over the steps of a sequence (N, steps, features)."""


class _GlobalPooling2D(_GlobalPooling):
    """Base class of the pooling layers over whole images."""

    input_spec = InputSpec(ndim=4)

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **common: Unpack[Common]) -> None:
        super().__init__(keepdims, **common)
        channels_last(data_format, type(self).__name__)


class GlobalMaxPooling2D(_GlobalPooling2D, operation=amax):
    """The maximum of each channel of images (N, H, W, C)."""


class GlobalAveragePooling2D(_GlobalPooling2D, operation=mean):
    """The mean of each channel of images (N, H, W, C)."""
