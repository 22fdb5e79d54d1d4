"""Pooling in one to three dims: the largest value, the mean or the norm of windows or regions.

Every `input` is (N, C, L) or (C, L) in one dim, (N, C, H, W) or (C, H, W) in two, (N, C, D, H, W) or (C, D, H, W) in
three.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import zeros
from autograd.core.tensor import Tensor
from autograd.ops.window.geometry import each
from autograd.ops.window.pooling import adaptive_avg_pool, adaptive_max_pool, avg_pool, max_pool


def max_pool1d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest value of every window, and with `return_indices` where it stands.

    >>> from autograd import tensor
    >>> max_pool1d(tensor([[[1.0, 3.0, 2.0, 0.0]]]), 2).tolist()
    [[[3.0, 2.0]]]
    """
    return max_pool("max_pool1d", 1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest value of every window, and with `return_indices` where it stands in the flat image."""
    return max_pool("max_pool2d", 2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool3d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest value of every window, and with `return_indices` where it stands in the flat volume."""
    return max_pool("max_pool3d", 3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def avg_pool1d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of every window.

    >>> from autograd import tensor
    >>> avg_pool1d(tensor([[[1.0, 3.0, 2.0, 0.0]]]), 2).tolist()
    [[[2.0, 1.0]]]
    """
    return avg_pool("avg_pool1d", 1, input, kernel_size, stride, padding, ceil_mode, count_include_pad)


def avg_pool2d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of every window, or its sum over `divisor_override`."""
    return avg_pool(
        "avg_pool2d", 2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def avg_pool3d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of every window, or its sum over `divisor_override`."""
    return avg_pool(
        "avg_pool3d", 3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Tensor:
    """The means of `output_size` regions."""
    return adaptive_avg_pool("adaptive_avg_pool1d", 1, input, output_size)


def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """The means of as many regions as `output_size` says; None keeps a dim as it is."""
    return adaptive_avg_pool("adaptive_avg_pool2d", 2, input, output_size)


def adaptive_avg_pool3d(input: Tensor, output_size: Any) -> Tensor:
    """The means of as many regions as `output_size` says; None keeps a dim as it is."""
    return adaptive_avg_pool("adaptive_avg_pool3d", 3, input, output_size)


def adaptive_max_pool1d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest values of `output_size` regions, and with `return_indices` where they stand."""
    return adaptive_max_pool("adaptive_max_pool1d", 1, input, output_size, return_indices)


def adaptive_max_pool2d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest values of as many regions as `output_size` says; None keeps a dim as it is."""
    return adaptive_max_pool("adaptive_max_pool2d", 2, input, output_size, return_indices)


def adaptive_max_pool3d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest values of as many regions as `output_size` says; None keeps a dim as it is."""
    return adaptive_max_pool("adaptive_max_pool3d", 3, input, output_size, return_indices)


# ---- norms of windows


def lp_pool1d(input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Tensor:
    """(the sum of x^p over every window)^(1/p), for p = `norm_type`.

    >>> from autograd import tensor
    >>> lp_pool1d(tensor([[[3.0, 4.0]]]), 2, 2).tolist()
    [[[5.0]]]
    """
    return _lp_pool("lp_pool1d", 1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Tensor:
    """(the sum of x^p over every window)^(1/p), for p = `norm_type`."""
    return _lp_pool("lp_pool2d", 2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Tensor:
    """(the sum of x^p over every window)^(1/p), for p = `norm_type`."""
    return _lp_pool("lp_pool3d", 3, input, norm_type, kernel_size, stride, ceil_mode)


def _lp_pool(
    name: str, dims: int, input: Tensor, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool
) -> Tensor:
    count = math.prod(each(name, "kernel_size", kernel_size, dims))
    means = avg_pool(name, dims, input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
    return (means * count).pow(1 / norm_type)


# ---- back to where the largest values stood


def max_unpool1d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Tensor:
    """Zeros, with each value at the position that `max_pool1d` gave for it. Arguments as for `max_unpool2d`.

    >>> from autograd import tensor
    >>> max_unpool1d(tensor([[[3.0, 2.0]]]), tensor([[[1, 2]]]), 2).tolist()
    [[[0.0, 3.0, 2.0, 0.0]]]
    """
    return _max_unpool(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Tensor:
    """Zeros, with each value at the position that `max_pool2d` gave for it.

    Of several values for one position the last stands there, and has the gradient.

    Args:
        input: the largest values, (N, C, H, W) or (C, H, W).
        indices: their positions in the flat image, likewise.
        kernel_size, stride, padding: as for the pooling; from these follows the size of the result.
        output_size: that size, where the pooling left something over.

    Raises:
        ValueError: a size that such a pooling doesn't have.
        RuntimeError: a position outside, or shapes that differ.
    """
    return _max_unpool(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Tensor:
    """Zeros, with each value at the position that `max_pool3d` gave for it. Arguments as for `max_unpool2d`."""
    return _max_unpool(3, input, indices, kernel_size, stride, padding, output_size)


def _max_unpool(
    dims: int, input: Tensor, indices: Tensor, kernel_size: Any, stride: Any, padding: Any, output_size: Any
) -> Tensor:
    name = f"max_unpool{dims}d"
    if input.shape != indices.shape or input.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"{name}: expected input and indices of one shape with {dims + 1} or {dims + 2} dims, but got input of "
            f"shape {list(input.shape)} and indices of shape {list(indices.shape)}"
        )
    if indices.array.dtype != np.int64:
        raise RuntimeError(f"{name}: elements in indices should be type int64 but got: {indices.dtype}")
    kernel = each(name, "kernel_size", kernel_size, dims)
    strides = kernel if stride is None or stride == [] else each(name, "stride", stride, dims)
    border = each(name, "padding", padding, dims)
    lead, least = input.shape[:-dims], input.shape[-dims:]
    usual = [(n - 1) * s + k - 2 * p for n, s, k, p in zip(least, strides, kernel, border)]
    size = usual if output_size is None else _asked_size(name, output_size, usual, strides)
    outside = (indices.array < 0) | (indices.array >= math.prod(size))
    if outside.any():
        wrong = np.asarray(indices.array)[outside].ravel()[0]
        raise RuntimeError(f"{name}: found an invalid max index: {wrong} (output volumes are of size {list(size)})")
    empty = zeros(*lead, math.prod(size), dtype=input.dtype)
    return empty.scatter(-1, indices.flatten(-dims), input.flatten(-dims)).reshape(*lead, *size)


def _asked_size(name: str, asked: Sequence[int], usual: Sequence[int], stride: Sequence[int]) -> list[int]:
    """The size asked for, if a pooling with these strides can have started from it."""
    dims = len(usual)
    size = list(asked)[2:] if len(asked) == dims + 2 else list(asked)
    if len(size) != dims:
        raise ValueError(f"{name}: output_size should be a sequence of {dims} or {dims + 2} numbers, got {len(asked)}")
    if any(not n - s < m < n + s for m, n, s in zip(size, usual, stride)):
        ranges = [f"{n - s + 1} to {n + s - 1}" for n, s in zip(usual, stride)]
        raise ValueError(f"invalid output_size {size}: the sizes must be from {' and '.join(ranges)}")
    return size
