"""Interpolation: resampling of the spatial dims to another size, one dim after another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...core.operation import as_dtype
from ...core.tensor import Tensor
from ..elementwise.arithmetic import floor
from ..elementwise.selection import clamp
from ..half_precision import in_single_precision
from ..new_memory import with_own_memory
from ..shape.indexing import take_at
from .pooling import adaptive_avg_pool

#: For each mode the number of spatial dims that it supports; None for any.
_MODES = {"nearest": None, "nearest-exact": None, "linear": 1, "bilinear": 2, "trilinear": 3, "bicubic": 2}

#: The parameter a of the cubic convolution kernel, as in PyTorch.
_CUBIC = -0.75


@with_own_memory
@in_single_precision
def interpolate(
    input: Tensor,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """`input` resampled to another spatial size.

    Args:
        input: (N, C, *), with one, two or three spatial dims.
        size: the new spatial size, a number or one for each dim.
        scale_factor: instead of `size`, the factor by which the size is multiplied, a number or one for each dim.
        mode: "nearest", "nearest-exact", "linear" (3-D), "bilinear" and "bicubic" (4-D), "trilinear" (5-D) or "area".
        align_corners: whether the centers of the corner elements are aligned, rather than their outer edges.
        recompute_scale_factor: whether the scale is computed from the new size, which is rounded.
        antialias: not supported.

    Raises:
        ValueError: both or neither of `size` and `scale_factor` are given, or their length is not the number of
            spatial dims; or `align_corners` is given for a mode without it.
        NotImplementedError: the mode is unknown, or does not support the number of dims; or `antialias` is True.

    >>> from autograd import tensor
    >>> interpolate(tensor([[[0.0, 1.0]]]), scale_factor=2).tolist()
    [[[0.0, 0.0, 1.0, 1.0]]]
    >>> interpolate(tensor([[[0.0, 1.0]]]), size=3, mode="linear", align_corners=True).tolist()
    [[[0.0, 0.5, 1.0]]]
    """
    shape = input.array.shape
    dims = len(shape) - 2
    if mode in ("nearest", "nearest-exact", "area"):
        if align_corners is not None:
            raise ValueError(
                "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | "
                "trilinear"
            )
    elif mode not in _MODES:
        raise NotImplementedError(f"interpolate: unknown mode {mode!r}; the modes are {', '.join(_MODES)} and area")
    if not 1 <= dims <= 3 or _MODES.get(mode) not in (None, dims):
        raise NotImplementedError(
            "Input Error: Only 3D, 4D and 5D input Tensors supported "
            f"(got {len(shape)}D) for the modes: nearest | linear | bilinear | bicubic | trilinear | area | "
            f"nearest-exact (got {mode})"
        )
    if antialias:
        raise NotImplementedError("interpolate: antialias=True is not supported")
    sizes, scales = _sizes(shape[2:], size, scale_factor)
    if recompute_scale_factor:
        scales = (None,) * dims
    if mode == "area":
        return adaptive_avg_pool("interpolate", dims, input, sizes)
    if input.array.dtype.kind not in "fc" and input.array.dtype != np.uint8:
        raise NotImplementedError(f"interpolate: not implemented for {input.dtype}: use input.float()")
    out = input if input.array.dtype != np.uint8 or mode.startswith("nearest") else input.float()
    for i, (n, m, scale) in enumerate(zip(shape[2:], sizes, scales)):
        # As in PyTorch, a dim whose size stays the same is not resampled, except by "bicubic" with a scale factor.
        if n != m or (mode == "bicubic" and scale not in (None, 1.0)):
            out = _resample(out, i + 2, _taps(mode, n, m, scale, bool(align_corners)))
    return (
        out if out.array.dtype == input.array.dtype else as_dtype(clamp(floor(out + 0.5), 0, 255), np.dtype(np.uint8))
    )


def _sizes(size: tuple[int, ...], new_size: Any, factor: Any) -> tuple[tuple[int, ...], tuple[float | None, ...]]:
    """The new sizes, and the factors, or None for each dim if `new_size` was given."""
    if new_size is not None and factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if new_size is None and factor is None:
        raise ValueError("either size or scale_factor should be defined")
    given = new_size if new_size is not None else factor
    values = tuple(given) if isinstance(given, Sequence) else (given,) * len(size)
    if len(values) != len(size):
        raise ValueError(
            f"Input and {'output' if new_size is not None else 'scale_factor'} must have the same number of spatial "
            f"dimensions, but got input with spatial dimensions of {list(size)} and {list(values)}"
        )
    scales: tuple[float | None, ...] = (None,) * len(size)
    if new_size is None:
        scales = tuple(float(v) for v in values)
        values = tuple(math.floor(n * scale) for n, scale in zip(size, values))
    sizes = tuple(int(v) for v in values)
    if any(n <= 0 for n in (*size, *sizes)):
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input {list(size)} and output {list(sizes)}"
        )
    return sizes, scales


def _taps(mode: str, n: int, m: int, scale: float | None, align_corners: bool) -> list[tuple[Array, Array | None]]:
    """The positions in a dim of size `n` that each of `m` new elements is a weighted sum of, and the weights."""
    new = np.arange(m)
    ratio = n / m if scale is None else 1 / scale
    if mode.startswith("nearest"):
        # The position is computed in single precision, as in PyTorch, so that ties are rounded the same way.
        offset = 0.5 if mode == "nearest-exact" else 0.0
        positions = np.floor((new + np.float32(offset)).astype(np.float32) * np.float32(ratio)).astype(np.int64)
        return [(np.minimum(positions, n - 1), None)]
    corners = (n - 1) / (m - 1) if m > 1 else 0.0
    source = new * corners if align_corners else (new + 0.5) * ratio - 0.5
    if mode == "bicubic":
        first = np.floor(source)
        return [
            (np.clip(first + step, 0, n - 1).astype(np.int64), _cubic(np.abs(source - first - step)))
            for step in (-1, 0, 1, 2)
        ]
    source = np.maximum(source, 0)
    low = np.minimum(np.floor(source).astype(np.int64), n - 1)
    weight = source - low
    return [(low, 1 - weight), (np.minimum(low + 1, n - 1), weight)]


def _cubic(x: Array) -> Array:
    """The weight of an element at the distance `x`, from 0 to 2 (R. Keys, 1981)."""
    near = ((_CUBIC + 2) * x - (_CUBIC + 3)) * x * x + 1
    far = ((_CUBIC * x - 5 * _CUBIC) * x + 8 * _CUBIC) * x - 4 * _CUBIC
    return np.where(x <= 1, near, far)


def _resample(x: Tensor, axis: int, taps: list[tuple[Array, Array | None]]) -> Tensor:
    """The weighted sum of the elements at the positions of the taps along one dim."""
    out: Any = None
    for positions, weights in taps:
        part = take_at(x, (slice(None),) * axis + (positions,))
        if weights is not None:
            part = part * weights.astype(x.array.dtype).reshape((-1,) + (1,) * (x.array.ndim - axis - 1))
        out = part if out is None else out + part
    return out
