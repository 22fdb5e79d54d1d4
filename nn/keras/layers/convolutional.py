"""Convolution layers: Conv1D and Conv2D."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Unpack

from autograd.core.operation import as_dtype
from autograd.core.tensor import Tensor
from autograd.tensorflow.nn import conv1d, conv2d

from ... import functional as F
from ..symbols import Shape
from .input_spec import InputSpec
from .kernel import KernelCommon, KernelLayer
from .shapes import known_size, positive
from .windows import channels_last, output_sizes, padding_name, pair, single


class Convolution(KernelLayer):
    """Base class of the convolution layers; a subclass names the kernel's shape, and convolves in `convolution`."""

    #: Checks the size, the stride and the dilation of the windows.
    window: Callable[[Any, str, str], Any] = staticmethod(pair)
    #: The paddings that the layer supports.
    paddings: Sequence[str] = ("valid", "same")
    #: The number of dims of the input.
    ndim = 4
    #: The name of the weight `kernel`.
    kernel_name = "kernel"

    def __init__(
        self, filters: int | None, kernel_size: Any, strides: Any, padding: str, data_format: str | None,
        dilation_rate: Any, activation: Any, use_bias: bool, kernel_initializer: Any, bias_initializer: Any,
        common: KernelCommon, groups: int = 1,
    ) -> None:  # fmt: skip
        super().__init__(activation, use_bias, kernel_initializer, bias_initializer, **common)
        kind = type(self).__name__
        channels_last(data_format, kind)
        window = type(self).window
        self.kernel_size = window(kernel_size, "kernel_size", kind)
        self.strides = window(strides, "strides", kind)
        self.dilation_rate = window(dilation_rate, "dilation_rate", kind)
        self.padding = padding_name(padding, kind, self.paddings)
        self.input_spec = InputSpec(min_ndim=self.ndim)
        self.groups = positive(groups, "groups", kind)
        if filters is not None:
            self.filters = positive(filters, "filters", kind)
            if self.filters % self.groups:
                raise ValueError(
                    "The number of filters must be evenly divisible by the number of groups. Received: "
                    f"groups={groups}, filters={filters}"
                )

    def kernel_shape(self, channels: int) -> tuple[int, ...]:
        """The shape of the kernel for inputs with a number of channels."""
        raise NotImplementedError(f"{type(self).__name__} must define kernel_shape(channels)")

    def convolution(self, x: Tensor) -> Tensor:
        """The convolution of the input with the kernel."""
        raise NotImplementedError(f"{type(self).__name__} must define convolution(x)")

    def output_channels(self, channels: int) -> int:
        """The number of output channels for inputs with a number of channels."""
        return self.filters

    def build(self, input_shape: Shape) -> None:
        """Create the kernel and the bias (output channels,)."""
        channels = known_size(input_shape, -1, self)
        if channels % self.groups:
            raise ValueError(
                f"Layer {self.name!r}: the number of input channels must be evenly divisible by the number of groups. "
                f"Received groups={self.groups}, but the input has {channels} channels (full input shape is "
                f"{tuple(input_shape)})"
            )
        self.kernel = self.add_kernel(self.kernel_shape(channels), self.kernel_initializer, self.kernel_name)
        self.add_other_weights(channels)
        self.input_spec = InputSpec(ndim=self.ndim, axes={-1: channels})

    def add_other_weights(self, channels: int) -> None:
        """Create the weights that follow the kernel."""
        self.bias = self.add_bias((self.output_channels(channels),), self.bias_initializer)

    def call(self, inputs: Tensor) -> Tensor:
        """The output (N, *spatial', output channels)."""
        self.compute_output_shape(inputs.array.shape)  # raises an error that names the layer if no window fits
        return self.activated(self.convolution(as_dtype(inputs, self.kernel.array.dtype)))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        sizes = output_sizes(self, input_shape, self.kernel_size, self.strides, self.padding, self.dilation_rate)
        channels = input_shape[-1]
        return (input_shape[0], *sizes, None if channels is None else self.output_channels(channels))


class Conv2D(Convolution):
    """Convolution of images (N, H, W, channels) with a kernel (KH, KW, channels / groups, filters).

    Args:
        filters: the number of output channels.
        kernel_size, strides, dilation_rate: one integer, or two.
        padding: "valid", or "same": the output has size / stride rows and columns, rounded up.
        data_format: "channels_last".
        groups: the number of groups that the channels are split into.
        activation, use_bias, kernel_initializer, bias_initializer: as in `Dense`.

    >>> import autograd
    >>> layer = Conv2D(8, 3, strides=2, padding="same")
    >>> tuple(layer(autograd.ones(1, 7, 7, 3)).shape), tuple(layer.kernel.shape)
    ((1, 4, 4, 8), (3, 3, 3, 8))
    """

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = (1, 1), padding: str = "valid",
        data_format: str | None = None, dilation_rate: Any = (1, 1), groups: int = 1, activation: Any = None,
        use_bias: bool = True, kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros",
        **common: Unpack[KernelCommon],
    ) -> None:  # fmt: skip
        super().__init__(
            filters, kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias,
            kernel_initializer, bias_initializer, common, groups,
        )  # fmt: skip

    def kernel_shape(self, channels: int) -> tuple[int, ...]:
        return (*self.kernel_size, channels // self.groups, self.filters)

    def convolution(self, x: Tensor) -> Tensor:
        return conv2d(x, self.kernel, self.strides, self.padding.upper(), dilations=self.dilation_rate)


class Conv1D(Convolution):
    """Convolution of a sequence (N, steps, channels) with a kernel (kernel_size, channels / groups, filters).

    Args:
        kernel_size, strides, dilation_rate: integers.
        padding: "valid", "same", or "causal": outputs do not depend on later steps.
        filters, data_format, groups, activation, use_bias, kernel_initializer, bias_initializer: as in `Conv2D`.

    >>> import autograd
    >>> tuple(Conv1D(8, 3)(autograd.ones(2, 10, 4)).shape)
    (2, 8, 8)
    """

    window, paddings, ndim = staticmethod(single), ("valid", "same", "causal"), 3

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid",
        data_format: str | None = None, dilation_rate: Any = 1, groups: int = 1, activation: Any = None,
        use_bias: bool = True, kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros",
        **common: Unpack[KernelCommon],
    ) -> None:  # fmt: skip
        super().__init__(
            filters, kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias,
            kernel_initializer, bias_initializer, common, groups,
        )  # fmt: skip

    def kernel_shape(self, channels: int) -> tuple[int, ...]:
        return self.kernel_size, channels // self.groups, self.filters

    def convolution(self, x: Tensor) -> Tensor:
        if self.padding == "causal":
            x = F.pad(x, (0, 0, self.dilation_rate * (self.kernel_size - 1), 0))
        padding = "SAME" if self.padding == "same" else "VALID"
        return conv1d(x, self.kernel, self.strides, padding, dilations=self.dilation_rate)
