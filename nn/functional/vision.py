"""Image rearrangement and resizing: pixel and channel shuffle, the deprecated `upsample` names, and re-exports."""

from __future__ import annotations

import math
import warnings
from typing import Any

from autograd import pad
from autograd.core.errors import users_level
from autograd.core.tensor import Tensor
from autograd.ops.new_memory import with_own_memory
from autograd.ops.window.folding import fold, unfold
from autograd.ops.window.interpolation import interpolate

__all__ = [
    "channel_shuffle", "fold", "interpolate", "pad", "pixel_shuffle", "pixel_unshuffle", "unfold", "upsample",
    "upsample_bilinear", "upsample_nearest",
]  # fmt: skip


@with_own_memory
def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Rearrange (*, C r², H, W) to (*, C, H r, W r): groups of r² channels become r x r pixels.

    Raises:
        RuntimeError: fewer than 3 dims, a factor below 1, or a number of channels not divisible by r².

    >>> from autograd import arange
    >>> pixel_shuffle(arange(4.0).reshape(4, 1, 1), 2).tolist()
    [[[0.0, 1.0], [2.0, 3.0]]]
    """
    r = upscale_factor
    *lead, channels, height, width = _image_shape("pixel_shuffle", input, upscale_factor=r)
    if channels % r**2:
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
            f"but input.size(-3)={channels} is not divisible by {r**2}"
        )
    n = math.prod(lead)
    split = input.reshape(n, channels // r**2, r, r, height, width)
    return split.permute(0, 1, 4, 2, 5, 3).reshape(*lead, channels // r**2, height * r, width * r)


@with_own_memory
def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """Rearrange (*, C, H r, W r) to (*, C r², H, W): the inverse of `pixel_shuffle`.

    Raises:
        RuntimeError: fewer than 3 dims, a factor below 1, or a height or width not divisible by r.
    """
    r = downscale_factor
    *lead, channels, height, width = _image_shape("pixel_unshuffle", input, downscale_factor=r)
    for side, size in (("height", height), ("width", width)):
        if size % r:
            expected = f"expects {side} to be divisible by downscale_factor"
            raise RuntimeError(f"pixel_unshuffle {expected}, but {size} is not divisible by {r}")
    n = math.prod(lead)
    split = input.reshape(n, channels, height // r, r, width // r, r)
    return split.permute(0, 1, 3, 5, 2, 4).reshape(*lead, channels * r**2, height // r, width // r)


@with_own_memory
def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """Reorder the channels of (N, C, *): the first of each group, then the second of each, and so on.

    Raises:
        RuntimeError: fewer than 3 dims, or a number of channels not divisible by `groups`.
    """
    if input.ndim < 3:
        raise RuntimeError(f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(input.shape)}")
    n, channels, *rest = input.shape
    if groups <= 0 or channels % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {channels} channels and {groups} groups."
        )
    return input.reshape(n, groups, channels // groups, *rest).transpose(1, 2).reshape(n, channels, *rest)


def upsample(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None
) -> Tensor:
    """Deprecated name of `interpolate`."""
    _warn_deprecated("upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """Deprecated name of `interpolate` with mode "nearest"."""
    _warn_deprecated("upsample_nearest")
    return interpolate(input, size, scale_factor, "nearest")


def upsample_bilinear(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """Deprecated name of `interpolate` with mode "bilinear" and `align_corners=True`."""
    _warn_deprecated("upsample_bilinear")
    return interpolate(input, size, scale_factor, "bilinear", True)


def _warn_deprecated(name: str) -> None:
    warnings.warn(
        f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=users_level()
    )


def _image_shape(name: str, input: Tensor, **factor: int) -> tuple[int, ...]:
    """The shape of an image, after a check of its dims and of the named factor."""
    if input.ndim < 3:
        raise RuntimeError(
            f"{name} expects input to have at least 3 dimensions, but got input with {input.ndim} dimension(s)"
        )
    for argument, r in factor.items():
        if r <= 0:
            raise RuntimeError(f"{name} expects a positive {argument}, but got {r}")
    return tuple(input.shape)
