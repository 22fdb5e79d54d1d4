"""Fractional max pooling: windows at random distances, so that an image can shrink by any factor (Graham, 2014)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import gather, rand
from autograd.base.dtypes import Array
from autograd.core.tensor import Tensor, wrap
from autograd.ops.window.geometry import each


def fractional_max_pool2d(
    input: Tensor,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """The largest value of every window, where the windows lie at random distances.

    Args:
        input: (N, C, H, W) or (C, H, W).
        kernel_size: of a window, a number or one for each dim.
        output_size: how many windows there are, likewise.
        output_ratio: their number over the input's size, in (0, 1), if there is no `output_size`.
        return_indices: give the positions of the largest values in the flat image too.
        _random_samples: (N, C, 2), numbers of [0, 1) that choose the windows of W and of H; drawn if left out.

    Raises:
        ValueError: neither an `output_size` nor an `output_ratio`.
        RuntimeError: the windows don't fit, or shapes are wrong.

    >>> from autograd import arange
    >>> fractional_max_pool2d(arange(49.0).reshape(1, 7, 7), 3, output_size=2).shape
    autograd.Size([1, 2, 2])
    """
    return _pool(2, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)


def fractional_max_pool3d(
    input: Tensor,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """The largest value of every window of (N, C, D, H, W) or (C, D, H, W); arguments as `fractional_max_pool2d`.

    `_random_samples`, (N, C, 3), choose the windows of D, of H and of W.
    """
    return _pool(3, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)


def _pool(
    dims: int,
    input: Tensor,
    kernel_size: Any,
    output_size: Any,
    output_ratio: Any,
    return_indices: bool,
    samples: Tensor | None,
) -> Any:
    name = f"fractional_max_pool{dims}d"
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
            raise RuntimeError(f"{name}(): {m} windows of {k} do not fit into the input's {n}")
    drawn = rand(*x.shape[:2], dims, dtype=input.dtype) if samples is None else samples
    if tuple(drawn.shape) != (*x.shape[:2], dims):
        raise RuntimeError(f"{name}: expected _random_samples of shape {(*x.shape[:2], dims)}, got {list(drawn.shape)}")
    positions = wrap(_positions(size, kernel, out, _in_order_of_dims(drawn)))
    values = gather(x.flatten(2), 2, positions.flatten(2)).reshape(positions.shape)
    best = values.argmax(-1, keepdim=True)
    indices, largest = gather(positions, -1, best).squeeze(-1), gather(values, -1, best).squeeze(-1)
    if input.ndim == dims + 1:
        indices, largest = indices.squeeze(0), largest.squeeze(0)
    return (largest, indices) if return_indices else largest


def _in_order_of_dims(samples: Tensor) -> Array:
    """The samples (N, C, dims) in the order of the dims: PyTorch's are for W and H, but for D, H and W."""
    array = np.asarray(samples.array)
    return array[..., ::-1] if array.shape[-1] == 2 else array


def _positions(size: Any, kernel: tuple[int, ...], out: tuple[int, ...], samples: Array) -> Array:
    """The flat positions of each window's elements: (N, C, *out, elements)."""
    dims = len(size)
    at = np.zeros((1,) * (2 + 2 * dims), np.int64)  # N, C, a dim for each of `out`, a dim for each of `kernel`
    for i, (n, k, m) in enumerate(zip(size, kernel, out)):
        along = _starts(n, k, m, samples[..., i])[..., None] + np.arange(k)
        at = at * n + np.expand_dims(along, [2 + j for j in range(2 * dims) if j not in (i, dims + i)])
    return at.reshape(*samples.shape[:2], *out, math.prod(kernel))


def _starts(size: int, kernel: int, count: int, sample: Array) -> Array:
    """Where the windows begin: `count` steps of ⌊α⌋ or ⌈α⌉ from 0, the last as far as it goes; (N, C, count)."""
    last = np.full((*sample.shape, 1), size - kernel)
    if count == 1:
        return last
    alpha = sample.dtype.type(size - kernel) / sample.dtype.type(count - 1)
    steps = ((np.arange(count - 1, dtype=sample.dtype) + sample[..., None]) * alpha).astype(np.int64)
    return np.concatenate([steps - (sample[..., None] * alpha).astype(np.int64), last], -1)
