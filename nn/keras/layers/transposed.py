"""Transposed convolution layers: Conv1DTranspose and Conv2DTranspose."""

from __future__ import annotations

from typing import Any, Unpack

from autograd.core.tensor import Tensor
from autograd.tensorflow.nn import conv2d_transpose

from ..checks import integers
from ..symbols import Shape
from .convolutional import Convolution
from .kernel import KernelCommon
from .windows import single


class _Transposed(Convolution):
    """Base class: a learned upsampling, the transpose of a convolution.

    Raises:
        ValueError: `output_padding` is negative, or not below the stride.
    """

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any, padding: str, output_padding: Any,
        data_format: str | None, dilation_rate: Any, activation: Any, use_bias: bool, kernel_initializer: Any,
        bias_initializer: Any, common: KernelCommon,
    ) -> None:  # fmt: skip
        super().__init__(
            filters, kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias,
            kernel_initializer, bias_initializer, common,
        )  # fmt: skip
        steps = _sizes(self.strides)
        extra = None if output_padding is None else integers(output_padding, "output_padding", len(steps))
        if extra is not None and any(not 0 <= n < step for n, step in zip(extra, steps)):
            raise ValueError(
                f"The `output_padding` argument of {type(self).__name__} must be at least 0 and below the stride. "
                f"Received: output_padding={output_padding!r}, strides={strides!r}"
            )
        self.output_padding = extra

    def kernel_shape(self, channels: int) -> tuple[int, ...]:
        return (*_sizes(self.kernel_size), self.filters, channels)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, *sizes, filters), where a size n becomes n · stride, plus what the kernel adds if padding is "valid"."""
        steps, rates = _sizes(self.strides), _sizes(self.dilation_rate)
        reach = [rate * (k - 1) + 1 for k, rate in zip(_sizes(self.kernel_size), rates)]
        if self.output_padding is None:
            added = [0 if self.padding == "same" else max(r - s, 0) for r, s in zip(reach, steps)]
        else:
            cut = [2 * (r // 2) if self.padding == "same" else 0 for r in reach]
            added = [r - s - c + p for r, s, c, p in zip(reach, steps, cut, self.output_padding)]
        sizes = (None if n is None else n * s + more for n, s, more in zip(input_shape[1:-1], steps, added))
        return (*input_shape[:1], *sizes, self.filters)


def _sizes(value: Any) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


class Conv2DTranspose(_Transposed):
    """Transposed convolution of images (N, H, W, channels) with a kernel (KH, KW, filters, channels).

    Args:
        kernel_size, strides, dilation_rate: one integer, or two.
        padding: "valid", or "same": the output is the input's size times the stride.
        output_padding: added to the size that only the kernel, stride and padding give; below the stride. By default
            the size depends on `padding` alone.
        filters, data_format, activation, use_bias, kernel_initializer, bias_initializer: as in `Conv2D`.

    >>> import autograd
    >>> tuple(Conv2DTranspose(8, 3, strides=2, padding="same")(autograd.ones(1, 4, 4, 3)).shape)
    (1, 8, 8, 8)
    """

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = (1, 1), padding: str = "valid",
        output_padding: Any = None, data_format: str | None = None, dilation_rate: Any = (1, 1),
        activation: Any = None, use_bias: bool = True, kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros", **common: Unpack[KernelCommon],
    ) -> None:  # fmt: skip
        super().__init__(
            filters, kernel_size, strides, padding, output_padding, data_format, dilation_rate, activation, use_bias,
            kernel_initializer, bias_initializer, common,
        )  # fmt: skip

    def convolution(self, x: Tensor) -> Tensor:
        shape = self.compute_output_shape(x.array.shape)
        return conv2d_transpose(x, self.kernel, shape, self.strides, self.padding.upper(), dilations=self.dilation_rate)


class Conv1DTranspose(_Transposed):
    """Transposed convolution of a sequence (N, steps, channels) with a kernel (kernel_size, filters, channels).

    Args:
        kernel_size, strides, output_padding, dilation_rate: integers.
        filters, padding, data_format, activation, use_bias, kernel_initializer, bias_initializer: as in
            `Conv2DTranspose`.

    >>> import autograd
    >>> tuple(Conv1DTranspose(8, 3, strides=2)(autograd.ones(1, 4, 3)).shape)
    (1, 9, 8)
    """

    window, ndim = staticmethod(single), 3

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid", output_padding: Any = None,
        data_format: str | None = None, dilation_rate: Any = 1, activation: Any = None, use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros", **common: Unpack[KernelCommon],
    ) -> None:  # fmt: skip
        super().__init__(
            filters, kernel_size, strides, padding, output_padding, data_format, dilation_rate, activation, use_bias,
            kernel_initializer, bias_initializer, common,
        )  # fmt: skip

    def convolution(self, x: Tensor) -> Tensor:
        batch, steps, filters = self.compute_output_shape(x.array.shape)
        images, kernel = x.reshape(x.array.shape[0], 1, *x.array.shape[1:]), self.kernel.reshape(1, *self.kernel.shape)
        out = conv2d_transpose(
            images, kernel, (batch, 1, steps, filters), (1, self.strides), self.padding.upper(),
            dilations=(1, self.dilation_rate),
        )  # fmt: skip
        return out.reshape(batch, steps, filters)
