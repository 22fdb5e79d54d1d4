"""Pooling in one to three spatial dims: the maximum, the mean or the p-norm of windows or regions, and max unpooling.

>>> from autograd import tensor
>>> x = tensor([[[1.0, 3.0, 2.0, 0.0]]])
>>> values, indices = max_pool1d(x, 2, return_indices=True)
>>> values.tolist(), indices.tolist()
([[[3.0, 2.0]]], [[[1, 2]]])
>>> max_unpool1d(values, indices, 2).tolist()
[[[0.0, 3.0, 2.0, 0.0]]]
>>> avg_pool1d(x, 2).tolist()
[[[2.0, 1.0]]]
>>> lp_pool1d(tensor([[[3.0, 4.0]]]), 2, 2).tolist()
[[[5.0]]]
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import where, zeros
from autograd.base.symbolic import as_array
from autograd.core.tensor import Tensor
from autograd.ops.window.geometry import each
from autograd.ops.window.pooling import adaptive_avg_pool, adaptive_max_pool, avg_pool, max_pool

from .by_dims import for_dims

__all__ = [
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d", "adaptive_max_pool2d",
    "adaptive_max_pool3d", "avg_pool1d", "avg_pool2d", "avg_pool3d", "lp_pool1d", "lp_pool2d", "lp_pool3d",
    "max_pool1d", "max_pool2d", "max_pool3d", "max_unpool1d", "max_unpool2d", "max_unpool3d",
]  # fmt: skip


def avg_pool1d(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of each window of (N, C, L) or (C, L); arguments as for `avg_pool2d`, without `divisor_override`."""
    return avg_pool("avg_pool1d", 1, input, kernel_size, stride, padding, ceil_mode, count_include_pad)


def _lp_pool(
    name: str, dims: int, input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Tensor:
    """(the sum of x^p over each window)^(1/p), where p is `norm_type`.

    Args:
        input: (N, C, *size) or (C, *size).
        norm_type: the power p.
        kernel_size, stride: a number, or one for each spatial dim; `stride` defaults to `kernel_size`.
        ceil_mode: keep a last window that extends beyond the input.

    Raises:
        RuntimeError: the shapes do not match.
        ZeroDivisionError: `norm_type` is 0.
    """
    if not norm_type:
        raise ZeroDivisionError(f"{name}: norm_type must not be 0: the sum is raised to the power 1 / norm_type")
    if norm_type == math.inf:
        maxima: Tensor = max_pool(name, dims, input.abs(), kernel_size, stride, ceil_mode=ceil_mode)
        return maxima
    count = math.prod(each(name, "kernel_size", kernel_size, dims))
    means = avg_pool(name, dims, input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
    # Where the sum is 0 the gradient is 0.
    return (where(means != 0, means, 0) * count).pow(1 / norm_type)


def _max_unpool(
    name: str,
    dims: int,
    input: Tensor,
    indices: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    output_size: Any = None,
) -> Tensor:
    """Zeros, with each value at the position that max pooling returned for it.

    Where several values have the same position, the last is kept and receives the gradient.

    Args:
        input: the maxima, (N, C, *size) or (C, *size).
        indices: their indices into the flattened spatial dims, of the same shape.
        kernel_size, stride, padding: those of the pooling; they determine the size of the result.
        output_size: the size of the result, where the pooling's windows did not cover its input exactly.

    Raises:
        ValueError: pooling a tensor of `output_size` would not give the input's size.
        RuntimeError: an index is out of range, or the shapes differ.
    """
    if input.shape != indices.shape or input.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"{name}: expected input and indices of one shape with {dims + 1} or {dims + 2} dims, but got input of "
            f"shape {list(input.shape)} and indices of shape {list(indices.shape)}"
        )
    if indices.array.dtype != np.int64:
        raise RuntimeError(f"{name}: elements in indices should be type int64 but got: {indices.dtype}")
    kernel = each(name, "kernel_size", kernel_size, dims)
    strides = kernel if stride is None or stride == [] else each(name, "stride", stride, dims)
    paddings = each(name, "padding", padding, dims)
    lead, pooled = input.shape[:-dims], input.shape[-dims:]
    default = [(n - 1) * s + k - 2 * p for n, s, k, p in zip(pooled, strides, kernel, paddings)]
    size = default if output_size is None else _checked_size(name, output_size, default, strides)
    outside = (indices.array < 0) | (indices.array >= math.prod(size))
    if outside.any():
        wrong = as_array(indices.array)[outside].ravel()[0]
        raise RuntimeError(f"{name}: found an invalid max index: {wrong} (output volumes are of size {list(size)})")
    empty = zeros(*lead, math.prod(size), dtype=input.dtype)
    return empty.scatter(-1, indices.flatten(-dims), input.flatten(-dims)).reshape(*lead, *size)


max_pool1d, max_pool2d, max_pool3d = (for_dims(__name__, dims, max_pool) for dims in (1, 2, 3))
avg_pool2d, avg_pool3d = (for_dims(__name__, dims, avg_pool) for dims in (2, 3))
adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d = (
    for_dims(__name__, dims, adaptive_avg_pool) for dims in (1, 2, 3)
)
adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d = (
    for_dims(__name__, dims, adaptive_max_pool) for dims in (1, 2, 3)
)
lp_pool1d, lp_pool2d, lp_pool3d = (for_dims(__name__, dims, _lp_pool) for dims in (1, 2, 3))
max_unpool1d, max_unpool2d, max_unpool3d = (for_dims(__name__, dims, _max_unpool) for dims in (1, 2, 3))


def _checked_size(name: str, output_size: Sequence[int], default: Sequence[int], stride: Sequence[int]) -> list[int]:
    """The spatial part of `output_size`, which pooling must reduce to the size of the values."""
    dims = len(default)
    size = list(output_size)[2:] if len(output_size) == dims + 2 else list(output_size)
    if len(size) != dims:
        raise ValueError(
            f"{name}: output_size should be a sequence of {dims} or {dims + 2} numbers, got {len(output_size)}"
        )
    if any(not n - s < m < n + s for m, n, s in zip(size, default, stride)):
        ranges = [f"{n - s + 1} to {n + s - 1}" for n, s in zip(default, stride)]
        raise ValueError(f"invalid output_size {size}: the sizes must be from {' and '.join(ranges)}")
    return size
