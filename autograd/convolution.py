"""Convolution: windows of the input gathered as columns, and one matrix product.

Three linear maps belong together: the convolution of an input with a weight, and its transposes in
either argument. Each one's rules are the other two, so derivatives of any order stay within the three.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .dtypes import Array
from .primitive import Operation, primitive
from .reductions import sum_axes
from .shapes import reshape, unsqueeze
from .tensor import Tensor
from .windows import Geometry, Sizes, each, inner, padded_size, places, positive, windows

#: How many elements are gathered at a time: what the caches hold, however large the batch.
_BLOCK = 2**20
#: How many small images are taken together at most, innermost in memory: then also short rows are copied and added
#: in long runs (measured: 3.7 against 5.6 ms for LeNet's second layer; large images are taken one by one).
_IMAGES = 16


def _blocks(count: int, step: int) -> Iterator[slice]:
    step = max(step, 1)
    return (slice(start, min(start + step, count)) for start in range(0, count, step))


def _images(n: int, channels: int, how: Geometry) -> Iterator[slice]:
    """Slices of the batch that are gathered, or scattered, together."""
    elements = channels * math.prod(how.kernel) * math.prod(how.out)
    fitting = _BLOCK // max(1, elements)
    return _blocks(n, min(fitting, _IMAGES) if fitting >= 4 else 1)


def _images_last(x: Array) -> Array:
    return x.transpose(*range(1, x.ndim), 0)


def _images_first(x: Array) -> Array:
    return x.transpose(-1, *range(x.ndim - 1))


def _columns(x: Array, how: Geometry) -> Iterator[tuple[tuple[slice, ...], Array]]:
    """The windows of a part of the output after another, as columns (groups, channels x kernel, out x images)."""
    channels = x.shape[1]
    rows = channels * math.prod(how.kernel)
    padded = any(map(any, how.padding))
    border: Any = None
    buffer: Any = None
    for images in _images(len(x), channels, how):
        block = x[images]
        if padded or len(block) > 1:
            if border is None or len(border) != len(block):
                border = _images_first(np.zeros((channels, *padded_size(how), len(block)), x.dtype))
            border[inner(how)] = block
            block = border
        view = windows(block, how)
        for lines in _blocks(how.out[0], _BLOCK // max(1, rows * len(block) * math.prod(how.out[1:]))):
            part = _images_last(view[(slice(None),) * (2 + len(how.kernel)) + (lines,)])
            if buffer is None:
                buffer = np.empty(part.size, x.dtype)
            columns = buffer[: part.size].reshape(part.shape)
            np.copyto(columns, part)
            yield (images, slice(None), lines), columns.reshape(how.groups, rows // how.groups, -1)


def _side_by_side(how: Geometry) -> bool:
    """Whether the windows are tiles that fill the input, as those of a kernel of 1 do: then none overlap."""
    filled = how.size == tuple(k * n for k, n in zip(how.kernel, how.out))
    dense = all(k == 1 or d == 1 for k, d in zip(how.kernel, how.dilation))
    return filled and dense and how.kernel == how.stride and not any(map(any, how.padding))


def _tiles(x: Array, how: Geometry) -> Array:
    """Windows side by side as columns (N, groups, channels x kernel, out): the input in another order."""
    rows = x.shape[1] // how.groups * math.prod(how.kernel)
    return windows(x, how).reshape(len(x), how.groups, rows, math.prod(how.out))


def _by_group(x: Array, groups: int) -> Array:
    """(N, C, *) as (N, groups, C/groups, product of *)."""
    return x.reshape(len(x), groups, x.shape[1] // groups, math.prod(x.shape[2:]))


def _matrix(weight: Array, groups: int) -> Array:
    """(O, C/groups, *kernel) as (groups, O/groups, C/groups x kernel)."""
    return weight.reshape(groups, len(weight) // groups, math.prod(weight.shape[1:]))


def _convolve(x: Array, weight: Array, bias: Array | None, how: Geometry) -> Array:
    rows = _matrix(weight, how.groups)
    shift = None if bias is None else bias.reshape(*rows.shape[:2], 1)
    out = np.empty((len(x), len(weight), *how.out), np.result_type(x, weight))
    if _side_by_side(how):
        for images in _blocks(len(x), _BLOCK // max(1, math.prod(x.shape[1:]))):
            made = np.matmul(rows, _tiles(x[images], how), out=_by_group(out[images], how.groups))
            if shift is not None:
                made += shift
        return out
    for part, columns in _columns(x, how):
        into = _images_last(out[part])
        # One image's product is written where it belongs; those of several have to be turned.
        whole = into.reshape(*rows.shape[:2], -1) if into.flags.c_contiguous else None
        made = np.matmul(rows, columns, out=whole)
        if shift is not None:
            made += shift
        if whole is None:
            into[...] = made.reshape(into.shape)
    return out


def _convolve_weight(x: Array, y: Array, how: Geometry) -> Array:
    groups, outs, channels = how.groups, y.shape[1], x.shape[1] // how.groups
    total = np.zeros((groups, outs // groups, channels * math.prod(how.kernel)), np.result_type(x, y))
    if _side_by_side(how):
        for images in _blocks(len(x), _BLOCK // max(1, math.prod(x.shape[1:]))):
            total += np.add.reduce(_by_group(y[images], groups) @ _tiles(x[images], how).mT, 0)
    else:
        for part, columns in _columns(x, how):
            total += _images_last(y[part]).reshape(groups, outs // groups, -1) @ columns.mT
    return total.reshape(outs, channels, *how.kernel)


def _convolve_input(y: Array, weight: Array, how: Geometry) -> Array:
    channels, outs = weight.shape[1] * how.groups, len(weight) // how.groups
    x = np.empty((len(y), channels, *how.size), np.result_type(y, weight))
    # A product over one channel is no sum, and multiplying is then several times faster than matmul.
    product = np.multiply if outs == 1 else np.matmul
    if _side_by_side(how):
        rows = _matrix(weight, how.groups).mT
        for images in _blocks(len(y), _BLOCK // max(1, math.prod(x.shape[1:]))):
            tiles = windows(x[images], how)
            tiles[...] = product(rows, _by_group(y[images], how.groups)).reshape(tiles.shape)
        return x
    # Line by line of the kernel: the columns of each are a band of lines, which is added at once.
    lines = [_matrix(weight[:, :, k], how.groups).mT for k in range(how.kernel[0])]
    every = slice(None)
    wide: list[tuple[Any, Any]] = [
        ((every, *place[1:]), (every, every, *span[2:])) for place, span in places(how) if place[1:] and place[0] == 0
    ]
    before = (every,) * len(how.kernel)
    reach = (how.out[0] - 1) * how.stride[0] + 1
    for images in _images(len(y), channels, how):
        cotangents = _images_last(y[images])
        shape = (channels, *how.kernel[1:], padded_size(how)[0], *cotangents.shape[2:])
        held = np.zeros(shape, x.dtype)
        cotangents = cotangents.reshape(how.groups, outs, -1)
        for k, rows in enumerate(lines):
            first = k * how.dilation[0]
            band = held[(*before, slice(first, first + reach, how.stride[0]))]
            band += product(rows, cotangents).reshape(band.shape)
        border = held
        if wide:
            border = np.zeros((channels, *padded_size(how), held.shape[-1]), x.dtype)
            for place, span in wide:
                border[span] += held[place]
        x[images] = _images_first(border)[inner(how)]
    return x


def _spatial(g: Array) -> tuple[int, ...]:
    return (0, *range(2, g.ndim))


#: The convolution of `x` (N, C, *size) with `weight` (O, C/groups, *kernel), plus `bias` (O,) or None.
convolve: Operation = primitive(
    "convolution",
    _convolve,
    x=lambda g, weight, how: convolve_input(g, weight, how),
    weight=lambda g, x, how: convolve_weight(x, g, how),
    bias=lambda g: sum_axes(g, _spatial(g), False),
)
#: Its transpose in the input: `y` (N, O, *out) and the weight give (N, C, *size).
convolve_input: Operation = primitive(
    "convolution_input",
    _convolve_input,
    y=lambda g, weight, how: convolve(g, weight, None, how),
    weight=lambda g, y, how: convolve_weight(g, y, how),
)
#: Its transpose in the weight: `x` and `y` give (O, C/groups, *kernel).
convolve_weight: Operation = primitive(
    "convolution_weight",
    _convolve_weight,
    x=lambda g, y, how: convolve_input(y, g, how),
    y=lambda g, x, how: convolve(x, g, None, how),
)


# -- by PyTorch's names ---------------------------------------------------------------------------------


def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """The sum of products of the weight with every window of a sequence.

    Args:
        input: (N, C, L) or (C, L).
        weight: (O, C/groups, K).
        bias: (O,).
        stride, dilation: a number.
        padding: zeros at either end, or "valid" (none) or "same" (the output is as long as the input).
        groups: into how many parts the channels are split.

    Returns:
        (N, O, (L + 2 padding - dilation (K - 1) - 1) // stride + 1).

    Raises:
        RuntimeError: the shapes or types do not fit.

    >>> from autograd import ones
    >>> conv1d(ones(1, 1, 4), ones(1, 1, 2)).tolist()
    [[[2.0, 2.0, 2.0]]]
    """
    return _conv("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """The sum of products of the weight with every window of an image.

    Args:
        input: (N, C, H, W) or (C, H, W).
        weight: (O, C/groups, KH, KW).
        bias: (O,).
        stride, dilation: a number, or one for each of the two dims.
        padding: as `stride`; or "valid" (none) or "same" (the output is as large as the input).
        groups: into how many parts the channels are split.

    Raises:
        RuntimeError: the shapes or types do not fit.

    >>> from autograd import ones
    >>> conv2d(ones(1, 1, 3, 3), ones(2, 1, 2, 2), padding="same").shape
    autograd.Size([1, 2, 3, 3])
    """
    return _conv("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """The sum of products of the weight with every window of a volume: arguments as for `conv2d`, with three dims.

    Args:
        input: (N, C, D, H, W) or (C, D, H, W).
        weight: (O, C/groups, KD, KH, KW).

    Raises:
        RuntimeError: the shapes or types do not fit.
    """
    return _conv("conv3d", 3, input, weight, bias, stride, padding, dilation, groups)


def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Tensor:
    """The transpose of `conv1d`: (N, C, L) and a weight (C, O/groups, K) give (N, O, *).

    Raises:
        RuntimeError: the shapes or types do not fit.
    """
    return _conv_transpose(
        "conv_transpose1d", 1, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Tensor:
    """The transpose of `conv2d`: (N, C, H, W) and a weight (C, O/groups, KH, KW) give (N, O, *, *).

    Raises:
        RuntimeError: the shapes or types do not fit.

    >>> from autograd import ones
    >>> conv_transpose2d(ones(1, 1, 2, 2), ones(1, 3, 2, 2), stride=2).shape
    autograd.Size([1, 3, 4, 4])
    """
    return _conv_transpose(
        "conv_transpose2d", 2, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Tensor:
    """The transpose of `conv3d`: (N, C, D, H, W) and a weight (C, O/groups, KD, KH, KW) give (N, O, *, *, *).

    Raises:
        RuntimeError: the shapes or types do not fit.
    """
    return _conv_transpose(
        "conv_transpose3d", 3, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def _conv(
    name: str,
    dims: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
) -> Tensor:
    _check_tensors(name, dims, input, weight, bias)
    x_shape, w_shape = input.array.shape, weight.array.shape
    channels = x_shape[-dims - 1]
    if groups <= 0:
        raise RuntimeError(f"{name}: non-positive groups is not supported, but got {groups}")
    if w_shape[1] * groups != channels:
        raise RuntimeError(
            f"Given groups={groups}, weight of size {list(w_shape)}, expected input{list(x_shape)} to have "
            f"{w_shape[1] * groups} channels, but got {channels} channels instead: they stand before the {dims} sizes"
        )
    if w_shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of "
            f"size {list(w_shape)} instead"
        )
    if bias is not None and bias.array.shape != w_shape[:1]:
        raise RuntimeError(
            f"Given weight of size {list(w_shape)}, expected bias to be 1-dimensional with {w_shape[0]} elements, but "
            f"got bias of size {list(bias.array.shape)} instead"
        )
    size, kernel = x_shape[-dims:], w_shape[2:]
    strides, spread = positive(name, "stride", stride, dims), positive(name, "dilation", dilation, dims)
    pairs = _pairs(name, padding, kernel, strides, spread)
    full = [n + before + after for n, (before, after) in zip(size, pairs)]
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, spread)]
    if any(n < r for n, r in zip(full, reach)):
        raise RuntimeError(
            f"Calculated padded input size per channel: {_by(full)}. Kernel size: {_by(reach)}. "
            "Kernel size can't be greater than actual input size"
        )
    out = tuple((n - r) // s + 1 for n, r, s in zip(full, reach, strides))
    how = Geometry(size, kernel, out, strides, pairs, spread, groups)
    if len(x_shape) == dims + 2:
        return convolve(input, weight, bias, how)
    return reshape(convolve(unsqueeze(input, 0), weight, bias, how), (w_shape[0], *out))


def _conv_transpose(
    name: str,
    dims: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
) -> Tensor:
    _check_tensors(name, dims, input, weight, bias)
    x_shape, w_shape = input.array.shape, weight.array.shape
    if w_shape[0] != x_shape[-dims - 1] or w_shape[0] % groups:
        raise RuntimeError(
            f"Given transposed=True, weight of size {list(w_shape)}, expected input{list(x_shape)} to have "
            f"{w_shape[0]} channels, but got {x_shape[-dims - 1]} channels instead"
        )
    if bias is not None and bias.array.shape != (w_shape[1] * groups,):
        raise RuntimeError(
            f"Given transposed=True, weight of size {list(w_shape)}, expected bias to be 1-dimensional with "
            f"{w_shape[1] * groups} elements, but got bias of size {list(bias.array.shape)} instead"
        )
    kernel, out = w_shape[2:], x_shape[-dims:]
    strides, spread = positive(name, "stride", stride, dims), positive(name, "dilation", dilation, dims)
    border = each(name, "padding", padding, dims)
    more = each(name, "output_padding", output_padding, dims)
    if any(m >= s and m >= d for m, s, d in zip(more, strides, spread)):
        raise RuntimeError(
            f"output padding must be smaller than either stride or dilation, but got output_padding {_by(more)}, "
            f"stride {_by(strides)} and dilation {_by(spread)}"
        )
    size = tuple(
        (n - 1) * s - 2 * p + d * (k - 1) + m + 1
        for n, s, p, d, k, m in zip(out, strides, border, spread, kernel, more)
    )
    if any(n <= 0 for n in size):
        raise RuntimeError(
            f"Given input size per channel: {_by(out)}. Calculated output size per channel: {_by(size)}. "
            "Output size is too small"
        )
    how = Geometry(size, kernel, out, strides, tuple((p, p) for p in border), spread, groups)
    single = len(x_shape) == dims + 1
    result = convolve_input(unsqueeze(input, 0) if single else input, weight, how)
    if bias is not None:
        result = result + reshape(bias, (-1,) + (1,) * dims)
    return reshape(result, result.array.shape[1:]) if single else result


def _check_tensors(name: str, dims: int, input: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    for said, x in (("input", input), ("weight", weight), ("bias", bias)):
        if not isinstance(x, Tensor) and not (said == "bias" and x is None):
            raise TypeError(f"{name}(): argument '{said}' must be Tensor, not {type(x).__name__}")
    if weight.array.ndim != dims + 2:
        raise RuntimeError(
            f"{name}: expected weight to have {dims + 2} dims, but got weight of size {list(weight.array.shape)}"
        )
    if input.array.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"Expected {dims + 1}D (unbatched) or {dims + 2}D (batched) input to {name}, but got input of size: "
            f"{list(input.array.shape)}; a missing dim of 1 channel is added by unsqueeze({-dims - 1})"
        )
    for said, x in (("weight", weight), ("bias", bias)):
        if x is not None and x.array.dtype != input.array.dtype:
            raise RuntimeError(
                f"Input type ({input.dtype}) and {said} type ({x.dtype}) should be the same: convert one with .to()"
            )


def _pairs(name: str, padding: Any, kernel: Sizes, stride: Sizes, dilation: Sizes) -> tuple[tuple[int, int], ...]:
    """The border before and after in each spatial dim."""
    if padding == "valid":
        return ((0, 0),) * len(kernel)
    if padding == "same":
        if any(s != 1 for s in stride):
            raise RuntimeError("padding='same' is not supported for strided convolutions")
        totals = [d * (k - 1) for k, d in zip(kernel, dilation)]
        return tuple((total // 2, total - total // 2) for total in totals)
    if isinstance(padding, str):
        raise RuntimeError(f"Invalid padding string: '{padding}'; it is 'valid', 'same' or numbers")
    return tuple((p, p) for p in each(name, "padding", padding, len(kernel)))


def _by(sizes: Sequence[int]) -> str:
    return f"({' x '.join(map(str, sizes))})"
