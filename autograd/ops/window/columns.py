"""Convolution of arrays: the windows of the input are gathered as columns, and multiplied by the kernel as a matrix.

The kernel is used whole, or one line (along its first dim) at a time. In the second case the windows of a single line
are gathered, over all lines of the input: each line of the kernel uses the same columns, shifted down by its distance.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ...base.dtypes import Array
from .geometry import Geometry, inner, padded_size, places, windows

#: The number of elements gathered at a time: what fits into the caches, however large the batch.
_BLOCK = 2**20
#: The largest number of small images processed together, with the batch innermost in memory, so that even short rows
#: are copied and added in long runs (measured: 3.7 instead of 5.6 ms for LeNet's second layer). Large images are
#: processed one by one, because groups of fewer than 8 are slower than single images.
_IMAGES = 16


def _blocks(count: int, step: int) -> Iterator[slice]:
    """Slices of `step` that cover `count` elements."""
    step = max(step, 1)
    return (slice(start, min(start + step, count)) for start in range(0, count, step))


def _images(n: int, channels: int, geometry: Geometry) -> Iterator[slice]:
    """Slices of the batch that are gathered, or scattered, together."""
    elements = channels * math.prod(geometry.kernel) * math.prod(geometry.out)
    fitting = _BLOCK // max(1, elements)
    return _blocks(n, min(fitting, _IMAGES) if fitting >= 8 else 1)


def _images_last(x: Array) -> Array:
    return x.transpose(*range(1, x.ndim), 0)


def _images_first(x: Array) -> Array:
    return x.transpose(-1, *range(x.ndim - 1))


def _outs_last(y: Array, groups: int) -> Array:
    """A piece of the output (N, O, *) as (groups, product of * x N, O/groups), as the columns are ordered."""
    count, outs = len(y), y.shape[1] // groups
    return y.reshape(count, groups, outs, -1).transpose(1, 3, 0, 2).reshape(groups, -1, outs)


def _parts(outs: int, channels: int, geometry: Geometry) -> int:
    """The number of parts the kernel is cut into: its lines, if adding their products costs less than gathering."""
    cheaper = 2 * outs <= channels * math.prod(geometry.kernel[1:])
    return geometry.kernel[0] if cheaper and geometry.stride[0] == 1 else 1


def _columns(x: Array, geometry: Geometry, parts: int) -> Iterator[tuple[tuple[slice, ...], list[Array]]]:
    """For each piece of the output its key, and the columns for each part: (groups, channels x part, piece)."""
    channels = x.shape[1]
    reach, gathered = 0, geometry
    if parts > 1:
        reach = geometry.dilation[0] * (parts - 1)
        gathered = geometry._replace(kernel=(1, *geometry.kernel[1:]), out=(geometry.out[0] + reach, *geometry.out[1:]))
    rows = channels * math.prod(gathered.kernel)
    padded = any(map(any, geometry.padding))
    padded_block: Any = None
    buffer: Any = None
    for images in _images(len(x), channels, geometry):
        block = x[images]
        if padded or len(block) > 1:
            if padded_block is None or len(padded_block) != len(block):
                padded_block = _images_first(np.zeros((channels, *padded_size(geometry), len(block)), x.dtype))
            padded_block[inner(geometry)] = block
            block = padded_block
        view = _images_last(windows(block, gathered))
        width = math.prod(geometry.out[1:]) * len(block)
        for lines in _blocks(geometry.out[0], _BLOCK // max(1, rows * width) - reach):
            lines_view = view[(slice(None),) * (1 + len(geometry.kernel)) + (slice(lines.start, lines.stop + reach),)]
            if buffer is None:
                buffer = np.empty(lines_view.size, x.dtype)
            gathered_lines = buffer[: lines_view.size].reshape(lines_view.shape)
            np.copyto(gathered_lines, lines_view)
            gathered_lines = gathered_lines.reshape(geometry.groups, rows // geometry.groups, -1)
            size = (lines.stop - lines.start) * width
            starts = range(0, (reach + 1) * width, geometry.dilation[0] * width) if parts > 1 else (0,)
            yield (images, slice(None), lines), [gathered_lines[:, :, start : start + size] for start in starts]


def _are_tiles(geometry: Geometry) -> bool:
    """Whether the windows cover the input without overlapping, as those of a kernel of size 1 do."""
    covered = geometry.size == tuple(k * n for k, n in zip(geometry.kernel, geometry.out))  # not so if dilated
    return covered and geometry.kernel == geometry.stride and not any(map(any, geometry.padding))


def _tiles(x: Array, geometry: Geometry) -> Array:
    """Windows that are tiles as columns (N, groups, channels x kernel, out): the input reordered."""
    rows = x.shape[1] // geometry.groups * math.prod(geometry.kernel)
    return windows(x, geometry).reshape(len(x), geometry.groups, rows, math.prod(geometry.out))


def _by_group(x: Array, groups: int) -> Array:
    """(N, C, *) as (N, groups, C/groups, product of *)."""
    return x.reshape(len(x), groups, x.shape[1] // groups, math.prod(x.shape[2:]))


def _matrices(weight: Array, groups: int, parts: int) -> Array:
    """(O, C/groups, *kernel) as (parts, groups, O/groups, C/groups x part)."""
    outs, channels, size = len(weight) // groups, weight.shape[1], math.prod(weight.shape[2:]) // parts
    cut = np.moveaxis(weight.reshape(groups, outs, channels, parts, size), 3, 0)
    return np.ascontiguousarray(cut).reshape(parts, groups, outs, channels * size)


#: The largest product of matrices, in multiplications, that OpenBLAS computes without copying them first, and on one
#: thread: with few rows twice as fast (measured: 40 instead of 84 µs for LeNet's first layer).
_SMALL_PRODUCT = 10**6


def _stretches(rows: int, inner: int, width: int) -> list[slice]:
    """Slices of `width` columns: all of them, or with few rows as many at a time as make a small product."""
    step = _SMALL_PRODUCT // max(1, rows * inner)
    return list(_blocks(width, step if step >= 256 else width))


def _write(into: Array, matrices: Array, columns: Sequence[Array], bias: Array | None) -> None:
    """Write the sum of the products of the parts, plus the bias, into a piece of the output."""
    shape = (*columns[0].shape[:-2], matrices.shape[-2], columns[0].shape[-1])
    # The product for one image is written directly; that for several has to be transposed.
    product = into.reshape(shape) if into.flags.c_contiguous else np.empty(shape, into.dtype)
    for at in _stretches(matrices.shape[-2], matrices.shape[-1], shape[-1]):
        np.matmul(matrices[0], columns[0][..., at], out=product[..., at])
    for matrix, part in zip(matrices[1:], columns[1:]):
        product += matrix @ part
    if bias is not None:
        np.add(product.reshape(into.shape), bias, out=into)
    elif not into.flags.c_contiguous:
        into[...] = product.reshape(into.shape)


def _convolve_into(out: Array, x: Array, weight: Array, bias: Array | None, geometry: Geometry) -> None:
    outs, ones = len(weight) // geometry.groups, (1,) * len(geometry.out)
    if _are_tiles(geometry):
        matrices = _matrices(weight, geometry.groups, 1)
        for images in _blocks(len(x), _BLOCK // max(1, math.prod(x.shape[1:]))):
            of_images = None if bias is None else bias.reshape(-1, *ones)
            _write(out[images], matrices, [_tiles(x[images], geometry)], of_images)
        return
    # A single float16 product is accumulated in float32 and rounded once; a sum of products would be rounded each time.
    parts = 1 if out.dtype == np.float16 else _parts(outs, weight.shape[1], geometry)
    matrices = _matrices(weight, geometry.groups, parts)

    bias = None if bias is None else bias.reshape(-1, *ones, 1)
    for piece, columns in _columns(x, geometry, parts):
        _write(_images_last(out[piece]), matrices, columns, bias)


def convolved(x: Array, weight: Array, bias: Array | None, geometry: Geometry) -> Array:
    """The convolution of `x` (N, C, *size) with `weight` (O, C/groups, *kernel), plus `bias` (O,) or None."""
    out = np.empty((len(x), len(weight), *geometry.out), np.result_type(x, weight))
    _convolve_into(out, x, weight, bias, geometry)
    return out


def convolved_weight(x: Array, y: Array, geometry: Geometry) -> Array:
    """The transpose of the convolution in the weight: from `x` and `y` (N, O, *out), (O, C/groups, *kernel)."""
    groups, outs, channels = geometry.groups, y.shape[1] // geometry.groups, x.shape[1] // geometry.groups
    parts = 1 if _are_tiles(geometry) else _parts(outs, channels, geometry)
    total = np.zeros((parts, groups, channels * math.prod(geometry.kernel) // parts, outs), np.result_type(x, y))
    if _are_tiles(geometry):
        for images in _blocks(len(x), _BLOCK // max(1, math.prod(x.shape[1:]))):
            total[0] += np.add.reduce(_tiles(x[images], geometry) @ _by_group(y[images], groups).mT, 0)
    else:
        for piece, columns in _columns(x, geometry, parts):
            # Transposed, because a product of many rows with few columns is faster than one of few rows with many.
            cotangents = _outs_last(y[piece], groups)
            for k, part in enumerate(columns):
                for at in _stretches(outs, part.shape[-2], part.shape[-1]):
                    total[k] += part[..., at] @ cotangents[:, at]
    cut = total.mT.reshape(parts, groups * outs, channels, geometry.kernel[0] // parts, *geometry.kernel[1:])
    return np.ascontiguousarray(np.moveaxis(cut, 0, 2)).reshape(groups * outs, channels, *geometry.kernel)


def convolved_input(y: Array, weight: Array, geometry: Geometry) -> Array:
    """The transpose of the convolution in the input: from `y` (N, O, *out) and the weight, (N, C, *size)."""
    channels, outs = weight.shape[1], len(weight) // geometry.groups
    # A convolution with the flipped kernel gathers lines of `y`; scattering adds each element of each window to `x`.
    gathered = outs * math.prod(geometry.size)
    scattered = channels * math.prod(geometry.out) * math.prod(geometry.stride)
    if _are_tiles(geometry):
        return _from_tiles(y, weight, geometry)
    return _by_flipped_kernel(y, weight, geometry) if gathered <= 2 * scattered else _by_scattering(y, weight, geometry)


def _from_tiles(y: Array, weight: Array, geometry: Geometry) -> Array:
    """The transpose in the input where the windows are tiles, so that no elements are added up."""
    x = np.empty((len(y), weight.shape[1] * geometry.groups, *geometry.size), np.result_type(y, weight))
    rows = _matrices(weight, geometry.groups, 1)[0].mT
    for images in _blocks(len(y), _BLOCK // max(1, math.prod(x.shape[1:]))):
        tiles = windows(x[images], geometry)
        tiles[...] = _product(rows, _by_group(y[images], geometry.groups)).reshape(tiles.shape)
    return x


def _product(rows: Array, columns: Array) -> Array:
    # With a single channel nothing is summed, and elementwise multiplication is several times faster than matmul.
    return rows * columns if rows.shape[-1] == 1 else rows @ columns


def _phases(
    size: int, kernel: int, out: int, stride: int, padding: tuple[int, int], dilation: int
) -> Iterator[tuple[slice, slice, slice, tuple[Any, ...]]]:
    """Split one dim of the transposed convolution into convolutions with stride 1, one for each phase of the stride.

    All input elements of one phase, which are `stride` apart, meet the same elements of the kernel. For each phase that
    meets any, this yields the slices of the input, the kernel and the output, and the size, kernel, out, padding and
    dilation of the convolution that computes the first from the others.
    """
    common = math.gcd(stride, dilation)
    step, spacing = stride // common, dilation // common
    for phase in range(min(stride, size)):
        shifts = [phase + padding[0] - k * dilation for k in range(min(step, kernel))]
        first = next((k for k, shift in enumerate(shifts) if shift % stride == 0), None)
        if first is None:
            continue
        taps, count = len(range(first, kernel, step)), len(range(phase, size, stride))
        begin = shifts[first] // stride - (taps - 1) * spacing
        end = begin + count + (taps - 1) * spacing
        start, stop = max(begin, 0), min(end, out)
        if start < stop:
            sizes = (stop - start, taps, count, (start - begin, end - stop), spacing)
            yield slice(phase, None, stride), slice(first, None, step), slice(start, stop), sizes


def _by_flipped_kernel(y: Array, weight: Array, geometry: Geometry) -> Array:
    """The transpose in the input as convolutions of `y` with the flipped kernel, one for each phase of the strides."""
    outs, channels = len(weight) // geometry.groups, weight.shape[1]
    x = np.zeros((len(y), channels * geometry.groups, *geometry.size), np.result_type(y, weight))
    swapped = weight.reshape(geometry.groups, outs, channels, *geometry.kernel).swapaxes(1, 2)
    swapped = swapped.reshape(channels * geometry.groups, outs, *geometry.kernel)
    flip = (..., *(slice(None, None, -1) for _ in geometry.kernel))
    for phases in itertools.product(*map(_phases, *geometry[:6])):
        into, kernel, source, sizes = zip(*phases)
        part = swapped[(..., *kernel)][flip]
        size, taps, out, padding, dilation = zip(*sizes)
        of_phase = Geometry(size, taps, out, (1,) * len(size), padding, dilation, geometry.groups)
        _convolve_into(x[(..., *into)], y[(..., *source)], part, None, of_phase)
    return x


def _by_scattering(y: Array, weight: Array, geometry: Geometry) -> Array:
    """The transpose in the input: the columns of one line of the kernel after another are added to bands of lines."""
    channels, outs = weight.shape[1] * geometry.groups, len(weight) // geometry.groups
    x = np.empty((len(y), channels, *geometry.size), np.result_type(y, weight))
    lines = _matrices(weight, geometry.groups, geometry.kernel[0]).mT
    every = slice(None)
    # For each position within a line of the kernel: its key in the sums below, and where they belong in the image.
    within_line: list[tuple[Any, Any]] = [
        ((every, *position[1:]), (every, every, *span[2:]))
        for position, span in places(geometry)
        if position[1:] and position[0] == 0
    ]
    before = (every,) * len(geometry.kernel)
    reach = (geometry.out[0] - 1) * geometry.stride[0] + 1
    for images in _images(len(y), channels, geometry):
        cotangents = _images_last(y[images])
        sums = np.zeros((channels, *geometry.kernel[1:], padded_size(geometry)[0], *cotangents.shape[2:]), x.dtype)
        cotangents = cotangents.reshape(geometry.groups, outs, -1)
        for k, rows in enumerate(lines):
            first = k * geometry.dilation[0]
            band = sums[(*before, slice(first, first + reach, geometry.stride[0]))]
            band += _product(rows, cotangents).reshape(band.shape)
        padded = sums
        if within_line:
            padded = np.zeros((channels, *padded_size(geometry), sums.shape[-1]), x.dtype)
            for position, span in within_line:
                padded[span] += sums[position]
        x[images] = _images_first(padded)[inner(geometry)]
    return x
