"""Pooling as modules: each holds the options of the function of the same name in `nn.functional`."""

from __future__ import annotations

from typing import Any

from autograd.core.tensor import Tensor
from autograd.ops.window.geometry import each

from .. import functional as F
from ..module import Module


class _MaxPool(Module):
    """The largest value of every window.

    Args:
        kernel_size, stride, padding, dilation: a number, or one for each dim; `stride` is `kernel_size` if left out.
        return_indices: give the positions of the largest values too.
        ceil_mode: count a last window that reaches beyond the input.
    """

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

    def _options(self) -> tuple[Any, ...]:
        return self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """The largest value of every window of (N, C, L); options as `F.max_pool1d`.

    >>> MaxPool1d(2)
    MaxPool1d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
    """

    def forward(self, input: Tensor) -> Any:
        """(N, C, L) or (C, L) with fewer elements in the last dim."""
        return F.max_pool1d(input, *self._options())


class MaxPool2d(_MaxPool):
    """The largest value of every window of (N, C, H, W); options as `F.max_pool2d`.

    >>> MaxPool2d(2)
    MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
    """

    def forward(self, input: Tensor) -> Any:
        """(N, C, H, W) or (C, H, W) with fewer elements in the last two dims."""
        return F.max_pool2d(input, *self._options())


class MaxPool3d(_MaxPool):
    """The largest value of every window of (N, C, D, H, W); options as `F.max_pool3d`."""

    def forward(self, input: Tensor) -> Any:
        """(N, C, D, H, W) or (C, D, H, W) with fewer elements in the last three dims."""
        return F.max_pool3d(input, *self._options())


class AvgPool1d(Module):
    """The mean of every window of (N, C, L); options as `F.avg_pool1d`."""

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

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, L) or (C, L) with fewer elements in the last dim."""
        return F.avg_pool1d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class _AvgPool(Module):
    """The mean of every window.

    Args:
        kernel_size, stride, padding: a number, or one for each dim; `stride` is `kernel_size` if left out.
        ceil_mode: count a last window that reaches beyond the input.
        count_include_pad: whether the zeros of the border count as elements.
        divisor_override: by what the sums are divided, if not by the number of elements.
    """

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

    def _options(self) -> tuple[Any, ...]:
        return (
            self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad, self.divisor_override
        )  # fmt: skip

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool2d(_AvgPool):
    """The mean of every window of (N, C, H, W); options as `F.avg_pool2d`."""

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) or (C, H, W) with fewer elements in the last two dims."""
        return F.avg_pool2d(input, *self._options())


class AvgPool3d(_AvgPool):
    """The mean of every window of (N, C, D, H, W); options as `F.avg_pool3d`."""

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, D, H, W) or (C, D, H, W) with fewer elements in the last three dims."""
        return F.avg_pool3d(input, *self._options())


class _AdaptivePool(Module):
    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptivePool):
    """The means of `output_size` regions of (N, C, L)."""

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, output_size)."""
        return F.adaptive_avg_pool1d(input, self.output_size)


class AdaptiveAvgPool2d(_AdaptivePool):
    """The means of as many regions of (N, C, H, W) as `output_size` says; None keeps a dim as it is.

    >>> from autograd import ones
    >>> tuple(AdaptiveAvgPool2d((1, None))(ones(2, 3, 4, 5)).shape)
    (2, 3, 1, 5)
    """

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, *output_size)."""
        return F.adaptive_avg_pool2d(input, self.output_size)


class AdaptiveAvgPool3d(_AdaptivePool):
    """The means of as many regions of (N, C, D, H, W) as `output_size` says; None keeps a dim as it is."""

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, *output_size)."""
        return F.adaptive_avg_pool3d(input, self.output_size)


class _AdaptiveMaxPool(_AdaptivePool):
    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__(output_size)
        self.return_indices = return_indices


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """The largest values of `output_size` regions of (N, C, L)."""

    def forward(self, input: Tensor) -> Any:
        """(N, C, output_size)."""
        return F.adaptive_max_pool1d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The largest values of as many regions of (N, C, H, W) as `output_size` says; None keeps a dim as it is."""

    def forward(self, input: Tensor) -> Any:
        """(N, C, *output_size)."""
        return F.adaptive_max_pool2d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """The largest values of as many regions of (N, C, D, H, W) as `output_size` says; None keeps a dim as it is."""

    def forward(self, input: Tensor) -> Any:
        """(N, C, *output_size)."""
        return F.adaptive_max_pool3d(input, self.output_size, self.return_indices)


# ---- windows at random distances


class _FractionalMaxPool(Module):
    """The largest value of every window, where the windows lie at random distances.

    Args:
        kernel_size: of a window, a number or one for each dim.
        output_size: how many windows there are, likewise.
        output_ratio: in the place of that, their number over the input's size, in (0, 1).
        return_indices: give the positions of the largest values too.
        _random_samples: what chooses the windows, the same for every call; drawn for each if left out.

    Raises:
        ValueError: both an `output_size` and an `output_ratio`, or neither, or a ratio not in (0, 1).
    """

    _dims: int
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

    def _options(self) -> tuple[Any, ...]:
        return self.kernel_size, self.output_size, self.output_ratio, self.return_indices, self._random_samples


class FractionalMaxPool2d(_FractionalMaxPool):
    """The largest value of every window of (N, C, H, W), at random distances; options as `F.fractional_max_pool2d`.

    >>> from autograd import ones
    >>> tuple(FractionalMaxPool2d(3, output_ratio=0.7)(ones(1, 2, 10, 20)).shape)
    (1, 2, 7, 14)
    """

    _dims = 2

    def forward(self, input: Tensor) -> Any:
        """(N, C, H, W) or (C, H, W) with fewer elements in the last two dims."""
        return F.fractional_max_pool2d(input, *self._options())


class FractionalMaxPool3d(_FractionalMaxPool):
    """The largest value of every window of (N, C, D, H, W), at random distances."""

    _dims = 3

    def forward(self, input: Tensor) -> Any:
        """(N, C, D, H, W) or (C, D, H, W) with fewer elements in the last three dims."""
        return F.fractional_max_pool3d(input, *self._options())


# ---- norms of windows


class _LPPool(Module):
    """The `norm_type`-norm of every window.

    Args:
        norm_type: the p of the norm.
        kernel_size, stride: a number, or one for each dim; `stride` is `kernel_size` if left out.
        ceil_mode: count a last window that reaches beyond the input.
    """

    def __init__(self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def extra_repr(self) -> str:
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPool):
    """The p-norm of every window of (N, C, L); options as `F.lp_pool1d`."""

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, L) or (C, L) with fewer elements in the last dim."""
        return F.lp_pool1d(input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)


class LPPool2d(_LPPool):
    """The p-norm of every window of (N, C, H, W); options as `F.lp_pool2d`."""

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) or (C, H, W) with fewer elements in the last two dims."""
        return F.lp_pool2d(input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)


class LPPool3d(_LPPool):
    """The p-norm of every window of (N, C, D, H, W); options as `F.lp_pool3d`."""

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, D, H, W) or (C, D, H, W) with fewer elements in the last three dims."""
        return F.lp_pool3d(input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)


# ---- back to where the largest values stood


class _MaxUnpool(Module):
    """Zeros, with each value at the position that a pooling gave for it.

    Args:
        kernel_size, stride, padding: the pooling's.
    """

    _dims: int

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        name = type(self).__name__
        self.kernel_size = each(name, "kernel_size", kernel_size, self._dims)
        self.stride = self.kernel_size if stride is None else each(name, "stride", stride, self._dims)
        self.padding = each(name, "padding", padding, self._dims)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    """A `MaxPool1d` undone as far as that goes: what was not the largest is 0.

    >>> from autograd import tensor
    >>> values, at = MaxPool1d(2, return_indices=True)(tensor([[[1.0, 3.0, 2.0, 0.0]]]))
    >>> MaxUnpool1d(2)(values, at).tolist()
    [[[0.0, 3.0, 2.0, 0.0]]]
    """

    _dims = 1

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        """The values and their positions to (N, C, L)."""
        return F.max_unpool1d(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool2d(_MaxUnpool):
    """A `MaxPool2d` undone as far as that goes: what was not the largest is 0."""

    _dims = 2

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        """The values and their positions to (N, C, H, W)."""
        return F.max_unpool2d(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool3d(_MaxUnpool):
    """A `MaxPool3d` undone as far as that goes: what was not the largest is 0."""

    _dims = 3

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        """The values and their positions to (N, C, D, H, W)."""
        return F.max_unpool3d(input, indices, self.kernel_size, self.stride, self.padding, output_size)
