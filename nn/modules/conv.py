"""Convolution layers and transposed convolution layers."""

from __future__ import annotations

from typing import Any

import autograd
from autograd.base.dtypes import dtype as DType
from autograd.core.tensor import Tensor
from autograd.ops.window.geometry import each

from .. import functional as F
from ..checks import expect_integers
from ..functional.conv import padding_pairs
from ..parameter import Parameter, optional
from .function_layer import FunctionLayer, non_default
from .lazy import Lazy
from .linear import draw_within_fan_in

__all__ = [
    "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d", "LazyConv1d", "LazyConv2d",
    "LazyConv3d", "LazyConvTranspose1d", "LazyConvTranspose2d", "LazyConvTranspose3d",
]  # fmt: skip

_PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class _ConvNd(FunctionLayer):
    """The base of the convolution layers: options, weight and bias, both initialized uniformly in ±1/√fan_in."""

    bias: Parameter  # None with bias=False; annotated for its usual case, as type checkers see PyTorch's
    _transposed = False

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        dims, name = self._dims, type(self).__name__
        expect_integers(name, in_channels=in_channels, out_channels=out_channels, groups=groups)
        if groups <= 0:
            raise ValueError(f"groups must be a positive integer, but got {groups}")
        for argument, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
            if channels % groups:
                raise ValueError(
                    f"{argument} must be divisible by groups, but got {argument}={channels} and groups={groups}"
                )
        if padding_mode not in _PADDING_MODES:
            raise ValueError(
                f"padding_mode must be one of {set(_PADDING_MODES)}, but got padding_mode='{padding_mode}'"
            )
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = each(name, "kernel_size", kernel_size, dims)
        self.stride = each(name, "stride", stride, dims)
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise ValueError(f"Invalid padding string {padding!r}, should be one of {{'valid', 'same'}}")
            if padding == "same" and any(s != 1 for s in self.stride):
                raise ValueError(
                    f"padding='same' is not supported for strided convolutions, but got stride={self.stride}: give the "
                    "padding as numbers"
                )
            self.padding: Any = padding
        else:
            self.padding = each(name, "padding", padding, dims)
        self.dilation = each(name, "dilation", dilation, dims)
        self.output_padding: tuple[int, ...] = (0,) * dims
        self.groups = groups
        self.padding_mode = padding_mode
        first, second = (in_channels, out_channels) if self._transposed else (out_channels, in_channels)
        self.weight = Parameter(autograd.empty(first, second // groups, *self.kernel_size, device=device, dtype=dtype))
        self.register_parameter("bias", optional(bias, out_channels, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights."""
        draw_within_fan_in(self.weight, self.bias)

    def extra_repr(self) -> str:
        shown = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        dims = len(self.kernel_size)  # a lazy layer shows this text too, but lacks the class's `_dims`
        zeros, ones = (0,) * dims, (1,) * dims
        shown += non_default(self, padding=zeros, dilation=ones, output_padding=zeros, groups=1)
        return shown + (", bias=False" if self.bias is None else "") + non_default(self, padding_mode="zeros")


class _Conv(_ConvNd):
    def forward(self, input: Tensor) -> Tensor:
        """(N, in_channels, *) or (in_channels, *) to out_channels."""
        return self._conv_forward(input, self.weight, self.bias)

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """`forward` with other weights, which subclasses compute from theirs."""
        padding = self.padding
        if self.padding_mode != "zeros":
            pairs = padding_pairs(type(self).__name__, padding, self.kernel_size, self.stride, self.dilation)
            widths = [width for pair in reversed(pairs) for width in pair]
            input, padding = F.pad(input, widths, mode=self.padding_mode), 0
        return self._function(input, weight, bias, self.stride, padding, self.dilation, self.groups)


class Conv1d(_Conv, dims=1, function=F.conv1d):
    """Convolution of sequences (N, in_channels, L) with learned weights; arguments as for `Conv2d`.

    >>> Conv1d(1, 2, 3, padding="same")
    Conv1d(1, 2, kernel_size=(3,), stride=(1,), padding=same)
    """


class Conv2d(_Conv, dims=2, function=F.conv2d):
    """Convolution of images (N, in_channels, H, W) with learned weights.

    Weights and bias are initialized uniformly in ±1/√fan_in.

    Args:
        in_channels, out_channels: number of channels of the input and of the output.
        kernel_size, stride, dilation: a number, or one for each dim.
        padding: width of the padding on either side, likewise; or "valid" (none) or "same" (output size = input size).
        groups: number of groups that the channels are split into.
        bias: whether to add a bias.
        padding_mode: the values of the padding: "zeros", "reflect", "replicate" or "circular".

    Raises:
        ValueError: the channels are not divisible by `groups`, or an option is unknown.

    >>> layer = Conv2d(1, 6, 5, padding=2)
    >>> layer
    Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1), padding=(2, 2))
    >>> tuple(layer(autograd.ones(2, 1, 28, 28)).shape)
    (2, 6, 28, 28)
    """


class Conv3d(_Conv, dims=3, function=F.conv3d):
    """Convolution of volumes (N, in_channels, D, H, W) with learned weights; arguments as for `Conv2d`."""


class _ConvTransposeNd(_ConvNd):
    _transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: DType | None = None,
    ) -> None:
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, device, dtype
        )
        self.output_padding = each(type(self).__name__, "output_padding", output_padding, self._dims)

    def forward(self, input: Tensor, output_size: Any = None) -> Tensor:
        """(N, in_channels, *) or (in_channels, *) to out_channels, with the spatial size `output_size` if given."""
        output_padding = self.output_padding if output_size is None else self._output_padding(input, tuple(output_size))
        return self._function(
            input, self.weight, self.bias, self.stride, self.padding, output_padding, self.groups, self.dilation
        )

    def _output_padding(self, input: Tensor, output_size: tuple[int, ...]) -> tuple[int, ...]:
        """The output padding for which the output has the given spatial size."""
        dims = self._dims
        output_size = output_size[-dims:]
        least = [
            (n - 1) * s - 2 * p + d * (k - 1) + 1
            for n, s, p, d, k in zip(input.shape[-dims:], self.stride, self.padding, self.dilation, self.kernel_size)
        ]
        most = [n + s - 1 for n, s in zip(least, self.stride)]
        if len(output_size) != dims or any(not low <= n <= high for low, n, high in zip(least, output_size, most)):
            raise ValueError(
                f"requested an output size of {list(output_size)}, but valid sizes range from {least} to {most} "
                f"(for an input of {list(input.shape[-dims:])})"
            )
        return tuple(n - low for n, low in zip(output_size, least))


class ConvTranspose1d(_ConvTransposeNd, dims=1, function=F.conv_transpose1d):
    """Transposed convolution: the transpose of a `Conv1d` as a linear map, which upsamples sequences."""


class ConvTranspose2d(_ConvTransposeNd, dims=2, function=F.conv_transpose2d):
    """Transposed convolution: the transpose of a `Conv2d` as a linear map, which upsamples images.

    >>> tuple(ConvTranspose2d(1, 2, 2, stride=2)(autograd.ones(1, 1, 3, 3)).shape)
    (1, 2, 6, 6)
    """


class ConvTranspose3d(_ConvTransposeNd, dims=3, function=F.conv_transpose3d):
    """Transposed convolution: the transpose of a `Conv3d` as a linear map, which upsamples volumes."""


class LazyConv1d(Lazy, layer=Conv1d, feature_dim=-2, weight_dim=1):
    """A `Conv1d` that infers `in_channels` from its first input."""


class LazyConv2d(Lazy, layer=Conv2d, feature_dim=-3, weight_dim=1):
    """A `Conv2d` that infers `in_channels` from its first input."""


class LazyConv3d(Lazy, layer=Conv3d, feature_dim=-4, weight_dim=1):
    """A `Conv3d` that infers `in_channels` from its first input."""


class LazyConvTranspose1d(Lazy, layer=ConvTranspose1d, feature_dim=-2):
    """A `ConvTranspose1d` that infers `in_channels` from its first input."""


class LazyConvTranspose2d(Lazy, layer=ConvTranspose2d, feature_dim=-3):
    """A `ConvTranspose2d` that infers `in_channels` from its first input."""


class LazyConvTranspose3d(Lazy, layer=ConvTranspose3d, feature_dim=-4):
    """A `ConvTranspose3d` that infers `in_channels` from its first input."""
