"""Unfolding, the windows of an image as columns, and folding, its transpose: columns added up to an image."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...core.operation import Operation, primitive
from ...core.tensor import Tensor
from ..shape.reshape import reshape
from .geometry import Geometry, bordered, each, padded_size, places, positive, windows, without_border


def _to_columns(x: Array, geometry: Geometry) -> Array:
    view = windows(bordered(x, geometry, 0), geometry)
    return view.copy().reshape(len(x), x.shape[1] * math.prod(geometry.kernel), math.prod(geometry.out))


def _from_columns(y: Array, geometry: Geometry) -> Array:
    columns = y.reshape(len(y), y.shape[1] // math.prod(geometry.kernel), *geometry.kernel, *geometry.out)
    x = np.zeros((*columns.shape[:2], *padded_size(geometry)), y.dtype)
    for position, span in places(geometry):
        x[span] += columns[(slice(None), slice(None), *position)]
    return without_border(x, geometry)


#: The windows of `x` (N, C, *size) as columns (N, C · kernel, out).
to_columns: Operation = primitive(
    "unfold",
    _to_columns,
    x=lambda g, geometry: from_columns(g, geometry),
    doc="Each window as a column: the columns of g added up at their windows",
)
#: Columns (N, C · kernel, out) added up at their windows: the transpose of `to_columns`.
from_columns: Operation = primitive(
    "fold",
    _from_columns,
    y=lambda g, geometry: to_columns(g, geometry),
    doc="Columns added up at their windows to an image: the windows of g as columns",
)


def unfold(input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """The windows of an image, each as a column.

    Args:
        input: (N, C, H, W) or (C, H, W).
        kernel_size, dilation, padding, stride: a number, or one for each dim; see `Geometry`.

    Returns:
        (N, C · kernel, windows), without N if the input is 3-D.

    Raises:
        RuntimeError: the input is neither 3-D nor 4-D, or is smaller than a window.

    >>> from autograd import arange
    >>> unfold(arange(6.0).reshape(1, 1, 2, 3), 2).tolist()
    [[[0.0, 1.0], [1.0, 2.0], [3.0, 4.0], [4.0, 5.0]]]
    """
    shape = input.array.shape
    if len(shape) not in (3, 4):
        raise RuntimeError(f"Expected 3D or 4D (batch mode) tensor for input with non-zero sizes, but got: {[*shape]}")
    geometry = _geometry("unfold", shape[-2:], kernel_size, dilation, padding, stride)
    if any(n < 1 for n in geometry.out):
        raise RuntimeError(
            f"Given input with spatial size {shape[-2:]}, kernel_size={geometry.kernel}, dilation={geometry.dilation}, "
            f"padding={padding}, calculated shape of the array of sliding blocks as {geometry.out}, but its components "
            "must be at least one"
        )
    x = input if len(shape) == 4 else reshape(input, (1, *shape))
    out: Tensor = to_columns(x, geometry)
    return out if x is input else reshape(out, out.array.shape[1:])


def fold(
    input: Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """Columns added up at their windows to an image: the transpose of `unfold`.

    Args:
        input: (N, C · kernel, windows), or without N.
        output_size: (H, W), or one number for both.
        kernel_size, dilation, padding, stride: a number, or one for each dim; see `Geometry`.

    Returns:
        (N, C, H, W), without N if the input is 2-D.

    Raises:
        RuntimeError: the input is neither 2-D nor 3-D, or does not have the columns of such an image.

    >>> from autograd import ones
    >>> fold(ones(1, 4, 2), (2, 3), 2).tolist()
    [[[[1.0, 2.0, 1.0], [1.0, 2.0, 1.0]]]]
    """
    shape = input.array.shape
    if len(shape) not in (2, 3):
        raise RuntimeError(f"Expected 2D or 3D (batch mode) tensor for input with non-zero sizes, but got: {[*shape]}")
    size = positive("fold", "output_size", output_size, 2)
    geometry = _geometry("fold", size, kernel_size, dilation, padding, stride)
    rows, count = math.prod(geometry.kernel), math.prod(geometry.out)
    if shape[-2] % rows:
        raise RuntimeError(
            f"Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
            f"input.size(1)={shape[-2]} and kernel_size={geometry.kernel}"
        )
    if any(n < 1 for n in geometry.out) or shape[-1] != count:
        raise RuntimeError(
            f"Given output_size={geometry.size}, kernel_size={geometry.kernel}, dilation={geometry.dilation}, "
            f"padding={padding}, stride={geometry.stride}, expected input's size at dimension 2 to match the "
            f"calculated number of sliding blocks {' * '.join(map(str, geometry.out))} = {count}, but got "
            f"input.size(2)={shape[-1]}"
        )
    x = input if len(shape) == 3 else reshape(input, (1, *shape))
    out: Tensor = from_columns(x, geometry)
    return out if x is input else reshape(out, out.array.shape[1:])


def _geometry(name: str, size: tuple[int, ...], kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> Geometry:
    kernel, spacing = positive(name, "kernel_size", kernel_size, 2), positive(name, "dilation", dilation, 2)
    border, strides = each(name, "padding", padding, 2), positive(name, "stride", stride, 2)
    out = tuple((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, p, d, k, s in zip(size, border, spacing, kernel, strides))
    return Geometry(size, kernel, out, strides, tuple((p, p) for p in border), spacing, 1)
