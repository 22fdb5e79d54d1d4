"""Convolution of arrays: windows of the input gathered as columns, and matrix products with the kernel.

The kernel is taken whole, or line by line. In the second case only a line's windows are gathered, over all lines of
the input: what one line of the kernel sees is what the line above it sees, further down.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ...base.dtypes import Array
from .geometry import Geometry, inner, padded_size, places, windows

#: How many elements are gathered at a time: what the caches hold, however large the batch.
_BLOCK = 2**20
#: How many small images are taken together at most, innermost in memory: then also short rows are copied and added
#: in long runs (measured: 3.7 against 5.6 ms for LeNet's second layer; large images are taken one by one, as a run of
#: fewer than 8 is slower than none).
_IMAGES = 16


def _blocks(count: int, step: int) -> Iterator[slice]:
    step = max(step, 1)
    return (slice(start, min(start + step, count)) for start in range(0, count, step))


def _images(n: int, channels: int, how: Geometry) -> Iterator[slice]:
    """Slices of the batch that are gathered, or scattered, together."""
    elements = channels * math.prod(how.kernel) * math.prod(how.out)
    fitting = _BLOCK // max(1, elements)
    return _blocks(n, min(fitting, _IMAGES) if fitting >= 8 else 1)


def _images_last(x: Array) -> Array:
    return x.transpose(*range(1, x.ndim), 0)


def _images_first(x: Array) -> Array:
    return x.transpose(-1, *range(x.ndim - 1))


def _parts(outs: int, channels: int, how: Geometry) -> int:
    """Into how many parts a group's kernel is cut: lines, where adding products costs less than gathering for them."""
    cheaper = 2 * outs <= channels * math.prod(how.kernel[1:])
    return how.kernel[0] if cheaper and how.stride[0] == 1 else 1


def _columns(x: Array, how: Geometry, parts: int) -> Iterator[tuple[tuple[slice, ...], list[Array]]]:
    """A piece of the output after another, and what each part of the kernel sees: (groups, channels x part, piece)."""
    channels = x.shape[1]
    reach, gathered = 0, how
    if parts > 1:
        reach = how.dilation[0] * (parts - 1)
        gathered = how._replace(kernel=(1, *how.kernel[1:]), out=(how.out[0] + reach, *how.out[1:]))
    rows = channels * math.prod(gathered.kernel)
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
        view = _images_last(windows(block, gathered))
        width = math.prod(how.out[1:]) * len(block)
        for lines in _blocks(how.out[0], _BLOCK // max(1, rows * width) - reach):
            seen = view[(slice(None),) * (1 + len(how.kernel)) + (slice(lines.start, lines.stop + reach),)]
            if buffer is None:
                buffer = np.empty(seen.size, x.dtype)
            held = buffer[: seen.size].reshape(seen.shape)
            np.copyto(held, seen)
            held = held.reshape(how.groups, rows // how.groups, -1)
            size = (lines.stop - lines.start) * width
            starts = range(0, (reach + 1) * width, how.dilation[0] * width) if parts > 1 else (0,)
            yield (images, slice(None), lines), [held[:, :, start : start + size] for start in starts]


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


def _matrices(weight: Array, groups: int, parts: int) -> Array:
    """(O, C/groups, *kernel) as (parts, groups, O/groups, C/groups x part)."""
    outs, channels, size = len(weight) // groups, weight.shape[1], math.prod(weight.shape[2:]) // parts
    cut = np.moveaxis(weight.reshape(groups, outs, channels, parts, size), 3, 0)
    return np.ascontiguousarray(cut).reshape(parts, groups, outs, channels * size)


def _write(into: Array, matrices: Array, columns: Sequence[Array], shift: Array | None) -> None:
    """Put the sum of the parts' products, and the shift, where it belongs."""
    shape = (*columns[0].shape[:-2], matrices.shape[-2], columns[0].shape[-1])
    # One image's product is written in place; those of several have to be turned.
    whole = into.reshape(shape) if into.flags.c_contiguous else None
    made = np.matmul(matrices[0], columns[0], out=whole)
    for matrix, seen in zip(matrices[1:], columns[1:]):
        made += matrix @ seen
    if shift is not None:
        made += shift
    if whole is None:
        into[...] = made.reshape(into.shape)


def _convolve_into(out: Array, x: Array, weight: Array, bias: Array | None, how: Geometry) -> None:
    outs = len(weight) // how.groups
    shift = None if bias is None else bias.reshape(how.groups, outs, 1)
    if _side_by_side(how):
        matrices = _matrices(weight, how.groups, 1)
        for images in _blocks(len(x), _BLOCK // max(1, math.prod(x.shape[1:]))):
            _write(out[images], matrices, [_tiles(x[images], how)], shift)
        return
    # A product of halves is summed in single precision and rounded once; several products would be rounded each.
    parts = 1 if out.dtype == np.float16 else _parts(outs, weight.shape[1], how)
    matrices = _matrices(weight, how.groups, parts)
    for piece, columns in _columns(x, how, parts):
        _write(_images_last(out[piece]), matrices, columns, shift)


def convolved(x: Array, weight: Array, bias: Array | None, how: Geometry) -> Array:
    """The convolution of `x` (N, C, *size) with `weight` (O, C/groups, *kernel), plus `bias` (O,) or None."""
    out = np.empty((len(x), len(weight), *how.out), np.result_type(x, weight))
    _convolve_into(out, x, weight, bias, how)
    return out


def convolved_weight(x: Array, y: Array, how: Geometry) -> Array:
    """Its transpose in the weight: `x` and `y` (N, O, *out) give (O, C/groups, *kernel)."""
    groups, outs, channels = how.groups, y.shape[1] // how.groups, x.shape[1] // how.groups
    parts = 1 if _side_by_side(how) else _parts(outs, channels, how)
    total = np.zeros((parts, groups, outs, channels * math.prod(how.kernel) // parts), np.result_type(x, y))
    if _side_by_side(how):
        for images in _blocks(len(x), _BLOCK // max(1, math.prod(x.shape[1:]))):
            total[0] += np.add.reduce(_by_group(y[images], groups) @ _tiles(x[images], how).mT, 0)
    else:
        for piece, columns in _columns(x, how, parts):
            cotangents = _images_last(y[piece]).reshape(groups, outs, -1)
            for k, seen in enumerate(columns):
                total[k] += cotangents @ seen.mT
    cut = total.reshape(parts, groups * outs, channels, how.kernel[0] // parts, *how.kernel[1:])
    return np.moveaxis(cut, 0, 2).reshape(groups * outs, channels, *how.kernel)


def convolved_input(y: Array, weight: Array, how: Geometry) -> Array:
    """Its transpose in the input: `y` (N, O, *out) and the weight give (N, C, *size)."""
    channels, outs = weight.shape[1], len(weight) // how.groups
    # Turned around it gathers lines of `y`, border and all; scattering adds every element of every window to `x`.
    gathered, scattered = outs * math.prod(how.size), channels * math.prod(how.out) * math.prod(how.stride)
    if _side_by_side(how):
        return _untiled(y, weight, how)
    return _turned(y, weight, how) if gathered <= 2 * scattered else _scattered(y, weight, how)


def _untiled(y: Array, weight: Array, how: Geometry) -> Array:
    x = np.empty((len(y), weight.shape[1] * how.groups, *how.size), np.result_type(y, weight))
    rows = _matrices(weight, how.groups, 1)[0].mT
    for images in _blocks(len(y), _BLOCK // max(1, math.prod(x.shape[1:]))):
        tiles = windows(x[images], how)
        tiles[...] = _product(rows, _by_group(y[images], how.groups)).reshape(tiles.shape)
    return x


def _product(rows: Array, columns: Array) -> Array:
    # A product over one channel is no sum, and multiplying is then several times faster than matmul.
    return rows * columns if rows.shape[-1] == 1 else rows @ columns


def _shares(
    size: int, kernel: int, out: int, stride: int, padding: tuple[int, int], dilation: int
) -> Iterator[tuple[slice, slice, slice, tuple[Any, ...]]]:
    """Every `stride`-th element of one dim of the input, from each start: one part of the kernel touches them all.

    Yields where they stand, that part of the kernel, the part of the output, and what `Geometry` says (but the stride,
    which is 1) of the convolution that makes the first out of the others. What nothing touches is left out.
    """
    common = math.gcd(stride, dilation)
    step, spread = stride // common, dilation // common
    for place in range(min(stride, size)):
        shifts = [place + padding[0] - k * dilation for k in range(min(step, kernel))]
        first = next((k for k, shift in enumerate(shifts) if shift % stride == 0), None)
        if first is None:
            continue
        taps, count = len(range(first, kernel, step)), len(range(place, size, stride))
        begin = shifts[first] // stride - (taps - 1) * spread
        end = begin + count + (taps - 1) * spread
        start, stop = max(begin, 0), min(end, out)
        if start < stop:
            facts = (stop - start, taps, count, (start - begin, end - stop), spread)
            yield slice(place, None, stride), slice(first, None, step), slice(start, stop), facts


def _turned(y: Array, weight: Array, how: Geometry) -> Array:
    """As a convolution of `y` with the kernel turned around: one for each place that an input has within the stride."""
    outs, channels = len(weight) // how.groups, weight.shape[1]
    x = np.zeros((len(y), channels * how.groups, *how.size), np.result_type(y, weight))
    turned = weight.reshape(how.groups, outs, channels, *how.kernel).swapaxes(1, 2)
    turned = turned.reshape(channels * how.groups, outs, *how.kernel)
    back = (..., *(slice(None, None, -1) for _ in how.kernel))
    for shares in itertools.product(*map(_shares, *how[:6])):
        into, kernel, seen, facts = zip(*shares)
        part = turned[(..., *kernel)][back]
        size, taps, out, padding, dilation = zip(*facts)
        same = Geometry(size, taps, out, (1,) * len(size), padding, dilation, how.groups)
        _convolve_into(x[(..., *into)], y[(..., *seen)], part, None, same)
    return x


def _scattered(y: Array, weight: Array, how: Geometry) -> Array:
    """Line by line of the kernel: the columns of each are a band of lines, which is added at once."""
    channels, outs = weight.shape[1] * how.groups, len(weight) // how.groups
    x = np.empty((len(y), channels, *how.size), np.result_type(y, weight))
    lines = _matrices(weight, how.groups, how.kernel[0]).mT
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
            band += _product(rows, cotangents).reshape(band.shape)
        border = held
        if wide:
            border = np.zeros((channels, *padded_size(how), held.shape[-1]), x.dtype)
            for place, span in wide:
                border[span] += held[place]
        x[images] = _images_first(border)[inner(how)]
    return x
