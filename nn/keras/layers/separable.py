"""Convolutions of each channel: DepthwiseConv2D, and SeparableConv2D, which then mixes the channels."""

from __future__ import annotations

from typing import Any, Unpack

from autograd.core.operation import as_dtype
from autograd.core.tensor import Tensor
from autograd.tensorflow.nn import conv2d, depthwise_conv2d

from .. import initializers
from ..symbols import Shape
from .convolutional import Convolution
from .input_spec import InputSpec
from .kernel import KernelCommon
from .shapes import known_size, positive
from .windows import output_sizes


class DepthwiseConv2D(Convolution):
    """Convolution of every channel of images (N, H, W, channels) with its own kernels.

    Args:
        kernel_size, strides, dilation_rate: one integer, or two.
        padding: "valid", or "same": the output has size / stride rows and columns, rounded up.
        depth_multiplier: the number of kernels per channel.
        data_format: "channels_last".
        activation: its name or a function.
        use_bias: whether there is a bias.
        depthwise_initializer, bias_initializer: names or Initializers.

    >>> import autograd
    >>> layer = DepthwiseConv2D(3, depth_multiplier=2)
    >>> tuple(layer(autograd.ones(1, 5, 5, 4)).shape), tuple(layer.kernel.shape)
    ((1, 3, 3, 8), (3, 3, 4, 2))
    """

    #: The name of the weight `kernel`.
    kernel_name = "kernel"

    def __init__(
        self, kernel_size: Any, strides: Any = (1, 1), padding: str = "valid", depth_multiplier: int = 1,
        data_format: str | None = None, dilation_rate: Any = (1, 1), activation: Any = None, use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros", **common: Unpack[KernelCommon],
    ) -> None:  # fmt: skip
        super().__init__(
            kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias, bias_initializer, common
        )
        self.depth_multiplier = positive(depth_multiplier, "depth_multiplier", type(self).__name__)
        self.depthwise_initializer = initializers.get(depthwise_initializer)

    def build(self, input_shape: Shape) -> None:
        """Create the kernel (KH, KW, channels, depth_multiplier), and the bias."""
        channels = known_size(input_shape, -1, self)
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.kernel = self.add_kernel(shape, self.depthwise_initializer, self.kernel_name)
        self._add_other_weights(channels * self.depth_multiplier)
        self.input_spec = InputSpec(ndim=4, axes={-1: channels})

    def _add_other_weights(self, channels: int) -> None:
        self.bias = self.add_bias((channels,), self.bias_initializer)

    def call(self, inputs: Tensor) -> Tensor:
        """The output (N, H', W', channels · depth_multiplier)."""
        self.compute_output_shape(inputs.array.shape)  # raises an error that names the layer if no window fits
        x = as_dtype(inputs, self.kernel.array.dtype)
        out: Tensor = depthwise_conv2d(x, self.kernel, self.strides, self.padding.upper(), dilations=self.dilation_rate)
        return self.activated(self._mixed(out))

    def _mixed(self, out: Tensor) -> Tensor:
        return out

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, H', W', channels · depth_multiplier)."""
        sizes = output_sizes(self, input_shape, self.kernel_size, self.strides, self.padding, self.dilation_rate)
        return (*input_shape[:1], *sizes, self._output_channels(input_shape[3]))

    def _output_channels(self, channels: int | None) -> int | None:
        return None if channels is None else channels * self.depth_multiplier


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

    def _add_other_weights(self, channels: int) -> None:
        shape = (1, 1, channels, self.filters)
        self.pointwise_kernel = self.add_kernel(shape, self.pointwise_initializer, "pointwise_kernel")
        self.bias = self.add_bias((self.filters,), self.bias_initializer)

    def _mixed(self, out: Tensor) -> Tensor:
        return conv2d(out, self.pointwise_kernel, 1, "VALID")

    def _output_channels(self, channels: int | None) -> int | None:
        return self.filters
