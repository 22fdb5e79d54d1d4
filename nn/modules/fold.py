"""Unfold and Fold: the windows of an image as columns, and columns summed back into an image."""

from __future__ import annotations

from typing import Any

from .. import functional as F
from .function_layer import UnaryLayer

__all__ = ["Unfold", "Fold"]


class Unfold(UnaryLayer, function=F.unfold, shown=("kernel_size", "dilation", "padding", "stride")):
    """The windows of images as columns: (N, C, H, W) to (N, C · elements of a window, windows); see `F.unfold`.

    >>> from autograd import ones
    >>> tuple(Unfold(2)(ones(1, 3, 4, 4)).shape)
    (1, 12, 9)
    """

    def __init__(self, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride


class Fold(UnaryLayer, function=F.fold, shown=("output_size", "kernel_size", "dilation", "padding", "stride")):
    """The images whose windows are the columns of the input, overlaps summed as in `F.fold`."""

    def __init__(
        self, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
    ) -> None:
        super().__init__()
        self.output_size = output_size
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride
