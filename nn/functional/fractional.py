"""Fractional max pooling: windows at random distances, so that an image can shrink by any factor (Graham, 2014).

>>> from autograd import arange
>>> fractional_max_pool2d(arange(49.0).reshape(1, 7, 7), 3, output_size=2).shape
autograd.Size([1, 2, 2])
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import gather, rand
from autograd.base.dtypes import Array
from autograd.base.symbolic import as_array
from autograd.core.tensor import Tensor, wrap
from autograd.ops.window.geometry import each

from .by_dims import for_dims

__all__ = ["fractional_max_pool2d", "fractional_max_pool3d"]


def _fractional_max_pool(
    name: str,
    dims: int,
    input: Tensor,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """The maximum of each window, where the distances between windows are random.

    Args:
        input: (N, C, *size) or (C, *size).
        kernel_size: size of a window: a number, or one for each spatial dim.
        output_size: number of windows, likewise.
        output_ratio: number of windows as a fraction of the input's size, in (0, 1); used without `output_size`.
        return_indices: also return each maximum's index into the flattened spatial dims, an int64 tensor.
        _random_samples: numbers in [0, 1) that determine the windows; drawn if None. (N, C, 2), for W and H, in two
            dims; (N, C, 3), for D, H and W, in three.

    Raises:
        ValueError: neither an `output_size` nor an `output_ratio`.
        RuntimeError: the windows do not fit, or the shapes do not match.
    """
    if input.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(f"{name}: Expected {dims + 1}D or {dims + 2}D tensor, but got: {list(input.shape)}")
    x = input if input.ndim == dims + 2 else input.unsqueeze(0)
    size = x.shape[2:]
    kernel = each(name, "kernel_size", kernel_size, dims)
    if output_size is not None:
        out = each(name, "output_size", output_size, dims)
    elif output_ratio is not None:
        ratios = output_ratio if isinstance(output_ratio, (tuple, list)) else (output_ratio,) * dims
        out = tuple(int(n * ratio) for n, ratio in zip(size, ratios, strict=True))
    else:
        raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
    for n, k, m in zip(size, kernel, out):
        if m < 1 or k < 1 or m + k - 1 > n:
            raise RuntimeError(f"{name}(): {m} windows of size {k} do not fit into an input of size {n}")
    drawn = rand(*x.shape[:2], dims, dtype=input.dtype) if _random_samples is None else _random_samples
    if tuple(drawn.shape) != (*x.shape[:2], dims):
        raise RuntimeError(f"{name}: expected _random_samples of shape {(*x.shape[:2], dims)}, got {list(drawn.shape)}")
    samples = as_array(drawn.array)
    if dims == 2:
        samples = samples[..., ::-1]  # PyTorch's order is W, H in two dims, but D, H, W in three
    positions = wrap(_positions(size, kernel, out, samples))
    values = gather(x.flatten(2), 2, positions.flatten(2)).reshape(positions.shape)
    best = values.argmax(-1, keepdim=True)
    indices, largest = gather(positions, -1, best).squeeze(-1), gather(values, -1, best).squeeze(-1)
    if input.ndim == dims + 1:
        indices, largest = indices.squeeze(0), largest.squeeze(0)
    return (largest, indices) if return_indices else largest


fractional_max_pool2d, fractional_max_pool3d = (for_dims(__name__, dims, _fractional_max_pool) for dims in (2, 3))


def _positions(size: Any, kernel: tuple[int, ...], out: tuple[int, ...], samples: Array) -> Array:
    """The indices of each window's elements into the flattened spatial dims: (N, C, *out, elements)."""
    dims = len(size)
    at = np.zeros((1,) * (2 + 2 * dims), np.int64)  # (N, C, *out, *kernel)
    for i, (n, k, m) in enumerate(zip(size, kernel, out)):
        along = _starts(n, k, m, samples[..., i])[..., None] + np.arange(k)
        at = at * n + np.expand_dims(along, [2 + j for j in range(2 * dims) if j not in (i, dims + i)])
    return at.reshape(*samples.shape[:2], *out, math.prod(kernel))


def _starts(size: int, kernel: int, count: int, sample: Array) -> Array:
    """The first position of each window: steps of ⌊α⌋ or ⌈α⌉ from 0, and the last window at the end; (N, C, count)."""
    last = np.full((*sample.shape, 1), size - kernel)
    if count == 1:
        return last
    alpha = sample.dtype.type(size - kernel) / sample.dtype.type(count - 1)
    steps = ((np.arange(count - 1, dtype=sample.dtype) + sample[..., None]) * alpha).astype(np.int64)
    return np.concatenate([steps - (sample[..., None] * alpha).astype(np.int64), last], -1)
