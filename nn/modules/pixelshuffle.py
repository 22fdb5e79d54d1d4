"""Pixel and channel shuffle layers, which rearrange the elements of images."""

from __future__ import annotations

from .. import functional as F
from .function_layer import UnaryLayer

__all__ = ["PixelShuffle", "PixelUnshuffle", "ChannelShuffle"]


class PixelShuffle(UnaryLayer, function=F.pixel_shuffle, shown=("upscale_factor",)):
    """Rearrange (*, C r², H, W) to (*, C, H r, W r): groups of r² channels become r x r pixels (Shi, 2016).

    >>> from autograd import ones
    >>> tuple(PixelShuffle(2)(ones(1, 8, 3, 3)).shape)
    (1, 2, 6, 6)
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor


class PixelUnshuffle(UnaryLayer, function=F.pixel_unshuffle, shown=("downscale_factor",)):
    """Rearrange (*, C, H r, W r) to (*, C r², H, W): the inverse of `PixelShuffle`."""

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor


class ChannelShuffle(UnaryLayer, function=F.channel_shuffle, shown=("groups",)):
    """Reorder the channels of (N, C, *): the first of each group, then the second of each, and so on."""

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups
