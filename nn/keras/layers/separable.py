"""Convolutions of each channel: DepthwiseConv2D, and SeparableConv2D, which then mixes the channels."""

from __future__ import annotations

from typing import Any, Unpack

from autograd.core.tensor import Tensor
from autograd.tensorflow.nn import conv2d, depthwise_conv2d

from .. import initializers
from .convolutional import Convolution
from .kernel import KernelCommon
from .shapes import positive


class DepthwiseConv2D(Convolution):
    """Convolution of every channel of images (N, H, W, channels) with its own kernels.

    The kernel is (KH, KW, channels, depth_multiplier), and there are channels · depth_multiplier output channels.

    Args:
        depth_multiplier: the number of kernels per channel.
        depthwise_initializer: of the kernel; its name or an Initializer.
        kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias, bias_initializer: as in
            `Conv2D`.

    >>> import autograd
    >>> layer = DepthwiseConv2D(3, depth_multiplier=2)
    >>> tuple(layer(autograd.ones(1, 5, 5, 4)).shape), tuple(layer.kernel.shape)
    ((1, 3, 3, 8), (3, 3, 4, 2))
    """

    def __init__(
        self, kernel_size: Any, strides: Any = (1, 1), padding: str = "valid", depth_multiplier: int = 1,
        data_format: str | None = None, dilation_rate: Any = (1, 1), activation: Any = None, use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros", **common: Unpack[KernelCommon],
    ) -> None:  # fmt: skip
        super().__init__(
            None, kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias,
            depthwise_initializer, bias_initializer, common,
        )  # fmt: skip
        self.depth_multiplier = positive(depth_multiplier, "depth_multiplier", type(self).__name__)
        self.depthwise_initializer = self.kernel_initializer

    def get_config(self) -> dict[str, Any]:
        """The arguments from which `from_config` creates a copy; regularizers and constraints only if there are any."""
        return {n: v for n, v in super().get_config().items() if v is not None or not n.startswith("kernel_")}

    def kernel_shape(self, channels: int) -> tuple[int, ...]:
        return (*self.kernel_size, channels, self.depth_multiplier)

    def convolution(self, x: Tensor) -> Tensor:
        return depthwise_conv2d(x, self.kernel, self.strides, self.padding.upper(), dilations=self.dilation_rate)

    def output_channels(self, channels: int) -> int:
        return channels * self.depth_multiplier


class SeparableConv2D(DepthwiseConv2D):
    """A depthwise convolution, then a pointwise (1×1) convolution, which mixes the channels.

    Args:
        filters: the number of output channels.
        pointwise_initializer: of the second kernel.
        kernel_size, strides, dilation_rate, padding, depth_multiplier, data_format, activation, use_bias,
            depthwise_initializer, bias_initializer: as in DepthwiseConv2D.

    >>> import autograd
    >>> layer = SeparableConv2D(8, 3)
    >>> tuple(layer(autograd.ones(1, 5, 5, 4)).shape), layer.count_params()
    ((1, 3, 3, 8), 76)
    """

    kernel_name = "depthwise_kernel"

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = (1, 1), padding: str = "valid",
        data_format: str | None = None, dilation_rate: Any = (1, 1), depth_multiplier: int = 1, activation: Any = None,
        use_bias: bool = True, depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros", **common: Unpack[KernelCommon],
    ) -> None:  # fmt: skip
        super().__init__(
            kernel_size, strides, padding, depth_multiplier, data_format, dilation_rate, activation, use_bias,
            depthwise_initializer, bias_initializer, **common,
        )  # fmt: skip
        self.filters = positive(filters, "filters", "SeparableConv2D")
        self.pointwise_initializer = initializers.get(pointwise_initializer)

    def add_other_weights(self, channels: int) -> None:
        shape = (1, 1, super().output_channels(channels), self.filters)
        self.pointwise_kernel = self.add_kernel(shape, self.pointwise_initializer, "pointwise_kernel")
        super().add_other_weights(channels)

    def convolution(self, x: Tensor) -> Tensor:
        return conv2d(super().convolution(x), self.pointwise_kernel, 1, "VALID")

    def output_channels(self, channels: int) -> int:
        return self.filters
