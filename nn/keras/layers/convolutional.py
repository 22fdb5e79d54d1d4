"""Convolution layers: Conv1D, Conv2D and Conv2DTranspose."""

from __future__ import annotations

from typing import Any, Unpack

from autograd.core.operation import as_dtype
from autograd.core.tensor import Tensor
from autograd.tensorflow.nn import conv1d, conv2d, conv2d_transpose

from ...functional import pad
from .. import activations, initializers
from ..symbols import Shape
from .input_spec import InputSpec
from .kernel import Costs, WithKernel
from .shapes import known_size, positive
from .windows import _length, _one, channels_last, output_sizes, padding_name, pair


class _Convolution(WithKernel):
    """What Conv2D and Conv2DTranspose share."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any,
        padding: str,
        data_format: str | None,
        dilation_rate: Any,
        groups: int,
        activation: Any,
        use_bias: bool,
        kernel_initializer: Any,
        bias_initializer: Any,
        common: Costs,
    ) -> None:
        super().__init__(**common)
        kind = type(self).__name__
        channels_last(data_format, kind)
        self.filters = positive(filters, "filters", kind)
        self.kernel_size = pair(kernel_size, "kernel_size", kind)
        self.strides = pair(strides, "strides", kind)
        self.padding = padding_name(padding, kind)
        self.dilation_rate = pair(dilation_rate, "dilation_rate", kind)
        self.groups = positive(groups, "groups", kind)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.input_spec = InputSpec(min_ndim=4)

    def _make(self, channels: int, kernel_shape: tuple[int, ...]) -> None:
        self.kernel = self.add_kernel(kernel_shape, self.kernel_initializer)
        self.bias = self.add_bias((self.filters,), self.bias_initializer)
        self.input_spec = InputSpec(ndim=4, axes={-1: channels})

    def _finished(self, out: Tensor) -> Tensor:
        """The activation of the values plus bias."""
        return self.activation(out if self.bias is None else out + self.bias)


class Conv1D(WithKernel):
    """The sum of products of the kernel with every window of a sequence (N, steps, channels).

    Args:
        filters: the number of output channels.
        kernel_size, strides, dilation_rate: numbers.
        padding: "valid", "same", or "causal": no output looks at later steps.
        activation: its name or a function.
        use_bias: whether there is a bias.
        kernel_initializer, bias_initializer: names or Initializers.

    >>> import autograd
    >>> tuple(Conv1D(8, 3)(autograd.ones(2, 10, 4)).shape)
    (2, 8, 8)
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        **common: Unpack[Costs],
    ) -> None:
        super().__init__(**common)
        self.filters = positive(filters, "filters", "Conv1D")
        self.kernel_size = _one(kernel_size, "kernel_size", "Conv1D")
        self.strides = _one(strides, "strides", "Conv1D")
        self.dilation_rate = _one(dilation_rate, "dilation_rate", "Conv1D")
        if padding not in ("valid", "same", "causal"):
            raise ValueError(f"The `padding` argument of Conv1D must be valid, same or causal. Received: {padding!r}")
        self.padding = padding
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.input_spec = InputSpec(min_ndim=3)

    def build(self, input_shape: Shape) -> None:
        """Make the kernel (kernel_size, channels, filters) and the bias (filters,)."""
        channels = known_size(input_shape, -1, self)
        self.kernel = self.add_kernel((self.kernel_size, channels, self.filters), self.kernel_initializer)
        self.bias = self.add_bias((self.filters,), self.bias_initializer)
        self.input_spec = InputSpec(ndim=3, axes={-1: channels})

    def call(self, inputs: Tensor) -> Tensor:
        """The output (N, steps', filters)."""
        self.compute_output_shape(inputs.array.shape)
        x = as_dtype(inputs, self.kernel.array.dtype)
        if self.padding == "causal":
            x = pad(x, (0, 0, self.dilation_rate * (self.kernel_size - 1), 0))
        border = "SAME" if self.padding == "same" else "VALID"
        out: Tensor = conv1d(x, self.kernel, self.strides, border, dilations=self.dilation_rate)
        return self.activation(out if self.bias is None else out + self.bias)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, steps', filters)."""
        reach = self.dilation_rate * (self.kernel_size - 1) + 1
        return (input_shape[0], _length(self, input_shape, reach, self.strides, self.padding), self.filters)


class Conv2D(_Convolution):
    """The sum of products of the kernel with every window of an image (N, H, W, channels).

    Args:
        filters: the number of output channels.
        kernel_size, strides, dilation_rate: a number, or two.
        padding: "valid", or "same": as many windows as steps of the stride.
        data_format: "channels_last".
        groups: into how many parts the channels are split.
        activation: its name or a function.
        use_bias: whether there is a bias.
        kernel_initializer, bias_initializer: names or Initializers.

    >>> import autograd
    >>> layer = Conv2D(8, 3, strides=2, padding="same")
    >>> tuple(layer(autograd.ones(1, 7, 7, 3)).shape), tuple(layer.kernel.shape)
    ((1, 4, 4, 8), (3, 3, 3, 8))
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = (1, 1),
        groups: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        **common: Unpack[Costs],
    ) -> None:
        super().__init__(
            filters, kernel_size, strides, padding, data_format, dilation_rate, groups, activation, use_bias,
            kernel_initializer, bias_initializer, common,
        )  # fmt: skip
        if self.filters % self.groups:
            raise ValueError(
                "The number of filters must be evenly divisible by the number of groups. Received: "
                f"groups={groups}, filters={filters}"
            )

    def build(self, input_shape: Shape) -> None:
        """Make the kernel (KH, KW, channels / groups, filters) and the bias (filters,)."""
        channels = known_size(input_shape, -1, self)
        if channels % self.groups:
            raise ValueError(
                f"Layer {self.name!r}: the number of input channels must be evenly divisible by the number of groups. "
                f"Received groups={self.groups}, but the input has {channels} channels (full input shape is "
                f"{tuple(input_shape)})"
            )
        self._make(channels, (*self.kernel_size, channels // self.groups, self.filters))

    def call(self, inputs: Tensor) -> Tensor:
        """The output (N, H', W', filters)."""
        self.compute_output_shape(inputs.array.shape)  # raises in the layer's name where no window fits
        x = as_dtype(inputs, self.kernel.array.dtype)
        return self._finished(conv2d(x, self.kernel, self.strides, self.padding.upper(), dilations=self.dilation_rate))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, H', W', filters)."""
        sizes = output_sizes(self, input_shape, self.kernel_size, self.strides, self.padding, self.dilation_rate)
        return (*input_shape[:1], *sizes, self.filters)


class Conv2DTranspose(_Convolution):
    """The transpose of a Conv2D, from its output's shape to its input's: a learnt way to enlarge an image.

    Args:
        filters: the number of output channels.
        kernel_size, strides: a number, or two.
        padding: "valid", or "same": the output is the input's size times the stride.
        data_format: "channels_last".
        activation: its name or a function.
        use_bias: whether there is a bias.
        kernel_initializer, bias_initializer: names or Initializers.

    >>> import autograd
    >>> tuple(Conv2DTranspose(8, 3, strides=2, padding="same")(autograd.ones(1, 4, 4, 3)).shape)
    (1, 8, 8, 8)
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        **common: Unpack[Costs],
    ) -> None:
        super().__init__(
            filters, kernel_size, strides, padding, data_format, 1, 1, activation, use_bias,
            kernel_initializer, bias_initializer, common,
        )  # fmt: skip

    def build(self, input_shape: Shape) -> None:
        """Make the kernel (KH, KW, filters, channels) and the bias (filters,)."""
        channels = known_size(input_shape, -1, self)
        self._make(channels, (*self.kernel_size, self.filters, channels))

    def call(self, inputs: Tensor) -> Tensor:
        """The output (N, H', W', filters)."""
        shape = self.compute_output_shape(inputs.array.shape)
        y = as_dtype(inputs, self.kernel.array.dtype)
        return self._finished(conv2d_transpose(y, self.kernel, shape, self.strides, self.padding.upper()))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, H', W', filters)."""
        more = (max(k - s, 0) for k, s in zip(self.kernel_size, self.strides))
        wider = (0, 0) if self.padding == "same" else tuple(more)
        sizes = (None if n is None else n * s + m for n, s, m in zip(input_shape[1:3], self.strides, wider))
        return (*input_shape[:1], *sizes, self.filters)
