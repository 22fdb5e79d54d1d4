"""Pooling layers: each holds the options of the function of the same name in `nn.functional`.

An input is (N, C, L) or (C, L) in one dim, (N, C, H, W) or (C, H, W) in two, and (N, C, D, H, W) or (C, D, H, W) in
three.
"""

from __future__ import annotations

from typing import Any

from autograd.core.tensor import Tensor
from autograd.ops.window.geometry import each

from .. import functional as F
from .function_layer import FunctionLayer, UnaryLayer

__all__ = [
    "MaxPool1d", "MaxPool2d", "MaxPool3d", "AvgPool1d", "AvgPool2d", "AvgPool3d", "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d", "AdaptiveAvgPool3d", "AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "AdaptiveMaxPool3d",
    "FractionalMaxPool2d", "FractionalMaxPool3d", "LPPool1d", "LPPool2d", "LPPool3d", "MaxUnpool1d", "MaxUnpool2d",
    "MaxUnpool3d",
]  # fmt: skip


class _Maximum(FunctionLayer):
    """The base of the layers that return maxima; with `return_indices`, a pair of the maxima and their positions."""

    def forward(self, input: Tensor) -> Any:
        """A tensor with smaller spatial dims; with `return_indices`, a pair of it and the indices."""
        return self._call(input)


class _MaxPoolNd(_Maximum, shown=("kernel_size", "stride", "padding", "dilation", "ceil_mode")):
    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode


class MaxPool1d(_MaxPoolNd, function=F.max_pool1d):
    """The maximum of each window of (N, C, L); options as for `F.max_pool1d`."""


class MaxPool2d(_MaxPoolNd, function=F.max_pool2d):
    """The maximum of each window of (N, C, H, W); options as for `F.max_pool2d`.

    >>> MaxPool2d(2)
    MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
    """


class MaxPool3d(_MaxPoolNd, function=F.max_pool3d):
    """The maximum of each window of (N, C, D, H, W); options as for `F.max_pool3d`."""


class AvgPool1d(UnaryLayer, function=F.avg_pool1d, shown=("kernel_size", "stride", "padding")):
    """The mean of each window of (N, C, L); options as for `F.avg_pool1d`."""

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride, self.padding = (
            value if isinstance(value, tuple) else (value,)
            for value in (kernel_size, kernel_size if stride is None else stride, padding)
        )
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad


class _AvgPoolNd(UnaryLayer, shown=("kernel_size", "stride", "padding")):
    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override


class AvgPool2d(_AvgPoolNd, function=F.avg_pool2d):
    """The mean of each window of (N, C, H, W); options as for `F.avg_pool2d`."""


class AvgPool3d(_AvgPoolNd, function=F.avg_pool3d):
    """The mean of each window of (N, C, D, H, W); options as for `F.avg_pool3d`."""


class _AdaptiveAvgPoolNd(UnaryLayer, shown=("output_size",)):
    """The means of regions: (N, C, *) to (N, C, *output_size)."""

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size


class AdaptiveAvgPool1d(_AdaptiveAvgPoolNd, function=F.adaptive_avg_pool1d):
    """The means of `output_size` regions of (N, C, L)."""


class AdaptiveAvgPool2d(_AdaptiveAvgPoolNd, function=F.adaptive_avg_pool2d):
    """The means of `output_size` regions of (N, C, H, W); None keeps a dim's size.

    >>> from autograd import ones
    >>> tuple(AdaptiveAvgPool2d((1, None))(ones(2, 3, 4, 5)).shape)
    (2, 3, 1, 5)
    """


class AdaptiveAvgPool3d(_AdaptiveAvgPoolNd, function=F.adaptive_avg_pool3d):
    """The means of `output_size` regions of (N, C, D, H, W); None keeps a dim's size."""


class _AdaptiveMaxPoolNd(_Maximum, shown=("output_size",)):
    """The maxima of regions: (N, C, *) to (N, C, *output_size)."""

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices


class AdaptiveMaxPool1d(_AdaptiveMaxPoolNd, function=F.adaptive_max_pool1d):
    """The maxima of `output_size` regions of (N, C, L)."""


class AdaptiveMaxPool2d(_AdaptiveMaxPoolNd, function=F.adaptive_max_pool2d):
    """The maxima of `output_size` regions of (N, C, H, W); None keeps a dim's size."""


class AdaptiveMaxPool3d(_AdaptiveMaxPoolNd, function=F.adaptive_max_pool3d):
    """The maxima of `output_size` regions of (N, C, D, H, W); None keeps a dim's size."""


class _FractionalMaxPool(_Maximum):
    """The maximum of each window, where the distances between windows are random.

    Raises:
        ValueError: both an `output_size` and an `output_ratio`, or neither, or a ratio not in (0, 1).
    """

    _random_samples: Tensor | None

    def __init__(
        self,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        if (output_size is None) == (output_ratio is None):
            raise ValueError(f"{name} requires specifying either an output size, or a pooling ratio, and not both")
        self.kernel_size = each(name, "kernel_size", kernel_size, self._dims)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = None if output_size is None else each(name, "output_size", output_size, self._dims)
        ratios = output_ratio if isinstance(output_ratio, (tuple, list)) else (output_ratio,) * self._dims
        self.output_ratio = None if output_ratio is None else tuple(ratios)
        if self.output_ratio is not None and not all(0 < ratio < 1 for ratio in self.output_ratio):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {output_ratio})")


class FractionalMaxPool2d(_FractionalMaxPool, dims=2, function=F.fractional_max_pool2d):
    """The maximum of each window of (N, C, H, W), at random distances; options as for `F.fractional_max_pool2d`.

    >>> from autograd import ones
    >>> tuple(FractionalMaxPool2d(3, output_ratio=0.7)(ones(1, 2, 10, 20)).shape)
    (1, 2, 7, 14)
    """


class FractionalMaxPool3d(_FractionalMaxPool, dims=3, function=F.fractional_max_pool3d):
    """The maximum of each window of (N, C, D, H, W), at random distances; options as for `F.fractional_max_pool3d`."""


class _LPPoolNd(UnaryLayer, shown=("norm_type", "kernel_size", "stride", "ceil_mode")):
    def __init__(self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode


class LPPool1d(_LPPoolNd, function=F.lp_pool1d):
    """The p-norm of each window of (N, C, L); options as for `F.lp_pool1d`."""


class LPPool2d(_LPPoolNd, function=F.lp_pool2d):
    """The p-norm of each window of (N, C, H, W); options as for `F.lp_pool2d`."""


class LPPool3d(_LPPoolNd, function=F.lp_pool3d):
    """The p-norm of each window of (N, C, D, H, W); options as for `F.lp_pool3d`."""


class _MaxUnpoolNd(FunctionLayer, shown=("kernel_size", "stride", "padding")):
    """Zeros, with each value at the position that max pooling returned for it; options are those of the pooling."""

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        name = type(self).__name__
        self.kernel_size = each(name, "kernel_size", kernel_size, self._dims)
        self.stride = self.kernel_size if stride is None else each(name, "stride", stride, self._dims)
        self.padding = each(name, "padding", padding, self._dims)

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        """The maxima and their indices to a tensor of the pooling's input size, or of `output_size`."""
        return self._function(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool1d(_MaxUnpoolNd, dims=1, function=F.max_unpool1d):
    """The partial inverse of `MaxPool1d`: all elements but the maxima are 0.

    >>> from autograd import tensor
    >>> values, indices = MaxPool1d(2, return_indices=True)(tensor([[[1.0, 3.0, 2.0, 0.0]]]))
    >>> MaxUnpool1d(2)(values, indices).tolist()
    [[[0.0, 3.0, 2.0, 0.0]]]
    """


class MaxUnpool2d(_MaxUnpoolNd, dims=2, function=F.max_unpool2d):
    """The partial inverse of `MaxPool2d`: all elements but the maxima are 0."""


class MaxUnpool3d(_MaxUnpoolNd, dims=3, function=F.max_unpool3d):
    """The partial inverse of `MaxPool3d`: all elements but the maxima are 0."""
