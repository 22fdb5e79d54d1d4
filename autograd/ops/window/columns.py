"""Convolution of arrays: the windows of the input are gathered as columns, and multiplied by the kernel as a matrix.

    out[o, p] = Σ_r kernel[o, r] · columns[r, p]    r: an element of a window, its channel and position in the window
                                                    p: a window, its position in the image and the image

The columns are several times as large as the images, so they are gathered for a piece of the batch at a time, and used
while they are in the caches. Within a piece the images are the last dim in memory (C, *size, images): whatever is
copied or added, along a line or shifted by the padding, the stride or the kernel, is a long run of memory.

With a small kernel the pieces are spread over the threads, since BLAS computes each of their products on one.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...base.threads import each as on_threads
from .geometry import Geometry, inner, padded_size, places, windows

#: The bytes of what a convolution gathers and computes from which both threads take part.
LARGE = 2**21
#: The number of elements that a thread gathers at a time: what fits into the caches, however large the batch.
_BLOCK = 2**19
#: The largest number of images in a piece, and the smallest: fewer are processed one by one. (Measured: LeNet's second
#: layer takes 1.4 times as long in pieces of 8 as in pieces of 32.)
_MOST_IMAGES, _FEWEST_IMAGES = 32, 4
#: The largest product of matrices, in multiplications, that OpenBLAS computes without copying them first, and on one
#: thread: with few rows twice as fast (measured: 40 instead of 84 µs for LeNet's first layer).
_SMALL_PRODUCT = 10**6


def _blocks(count: int, step: int) -> Iterator[slice]:
    """Slices of `step` that cover `count` elements."""
    step = max(step, 1)
    return (slice(start, min(start + step, count)) for start in range(0, count, step))


def _is_small(kernel: int) -> bool:
    """Whether products with a kernel of so many elements are small ones, cut into stretches of 256 columns or more."""
    return kernel * 256 <= _SMALL_PRODUCT


def _pieces(x: Array, outs: int, geometry: Geometry, kernel: int) -> list[slice]:
    """Slices of a batch `x` (N, C, *size): at least two, for the threads, if the products are small and the work large.

    Args:
        outs: the number of channels of the output.
        kernel: the number of elements of the matrix in each product.
    """
    n, channels = x.shape[:2]
    rows = channels * math.prod(geometry.kernel)
    if n * (rows + outs) * math.prod(geometry.out) * x.itemsize < LARGE:
        return [slice(0, n)]
    line = rows * math.prod(geometry.out[1:])
    fitting = _BLOCK // max(line, channels * math.prod(padded_size(geometry)))
    if fitting < _FEWEST_IMAGES:
        return list(_blocks(n, 1))
    count = max(2 if _is_small(kernel) else 1, -(-n // min(fitting, _MOST_IMAGES)))
    images = -(-n // count)
    # With a stride a run is a pixel of all images; of one image, it is every other pixel, say, of a whole line.
    are_short = geometry.stride[-1] > 1 and 2 * images < geometry.out[-1]
    return list(_blocks(n, 1 if are_short or n < count * _FEWEST_IMAGES else images))


def _for_each(pieces: Sequence[Any], kernel: int, compute: Callable[[Any], None]) -> None:
    """Call `compute` with every piece: on several threads, unless BLAS uses them for each product with the kernel."""
    if _is_small(kernel):
        on_threads(compute, pieces)
    else:
        for piece in pieces:
            compute(piece)


def _elements(*arrays: Any) -> list[Any]:
    """The arrays; the compiler's symbols, which have no elements, say so here, in the thread of the caller."""
    return [None if array is None else np.asarray(array) for array in arrays]


def _images_last(x: Array) -> Array:
    return x.transpose(*range(1, x.ndim), 0)


def _images_first(x: Array) -> Array:
    return x.transpose(-1, *range(x.ndim - 1))


def _staggered(x: Array, axis: int) -> Array:
    """`x`, or a copy in which neighbours along an axis are not a multiple of 2048 bytes apart.

    Such neighbours, as channels or images are whose size is a power of 2, share a few lines of the cache. A copy to
    another order of the dims, which reads them one after the other, would load a line anew for each element (measured:
    471 against 113 µs for 32 images of 32 x 16 x 16).
    """
    if x.shape[axis] < 16 or x.strides[axis] % 2048:
        return x
    size = math.prod(x.shape[axis + 1 :])
    out = np.empty((*x.shape[: axis + 1], size + 16), x.dtype)[..., :size].reshape(x.shape)
    out[...] = x
    return out


def _columns(x: Array, geometry: Geometry) -> Iterator[tuple[slice, Array]]:
    """The columns of a piece: for one block of lines of the output after another its slice, and (groups, r, p)."""
    image = np.zeros((x.shape[1], *padded_size(geometry), len(x)), x.dtype)
    _images_first(image)[inner(geometry)] = _staggered(x, 0)
    view = _images_last(windows(_images_first(image), geometry))
    rows, width = x.shape[1] * math.prod(geometry.kernel), math.prod(geometry.out[1:]) * len(x)
    before = (slice(None),) * (1 + len(geometry.kernel))
    memory: Any = None  # of the largest block, which is the first
    for lines in _blocks(geometry.out[0], _BLOCK // max(1, rows * width)):
        block = view[(*before, lines)]
        memory = np.empty(block.size, x.dtype) if memory is None else memory[: block.size]
        columns = memory.reshape(block.shape)
        columns[...] = block
        yield lines, columns.reshape(geometry.groups, rows // geometry.groups, (lines.stop - lines.start) * width)


def _stretches(columns: Array, kernel: int) -> list[Array]:
    """Columns (groups, r, p) cut into (stretches, groups, r, width), for small products; and the rest, if any is left.

    Args:
        columns: they are not copied.
        kernel: the number of elements of the matrix that they are multiplied by.
    """
    groups, rows, width = columns.shape
    count = max(1, -(-width * kernel // _SMALL_PRODUCT)) if _is_small(kernel) else 1
    whole = width // count * count
    cut = columns[..., :whole].reshape(groups, rows, count, whole // count).transpose(2, 0, 1, 3)
    return [cut] if whole == width else [cut, columns[None, ..., whole:]]


def _product(matrix: Array, columns: Array) -> Array:
    """The product of a matrix (groups, o, r) with columns (groups, r, p)."""
    if matrix.shape[-1] == 1:  # nothing is summed: multiplying elements is several times faster than matmul
        return matrix * columns
    out = np.empty((*matrix.shape[:-1], columns.shape[-1]), np.result_type(matrix, columns))
    for into, stretch in zip(_stretches(out, matrix[0].size), _stretches(columns, matrix[0].size)):
        np.matmul(matrix, stretch, out=into)
    return out


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


def _convolve_into(out: Array, x: Array, weight: Array, bias: Array | None, geometry: Geometry) -> None:
    matrix = weight.reshape(geometry.groups, len(weight) // geometry.groups, math.prod(weight.shape[1:]))
    matrix = np.ascontiguousarray(matrix)  # matmul is slow with one whose elements are in reverse order
    if bias is not None:
        bias = bias.reshape(-1, *(1,) * len(geometry.out))
    if _are_tiles(geometry):
        for images in _blocks(len(x), _BLOCK // max(1, math.prod(x.shape[1:]))):
            product = (matrix @ _tiles(x[images], geometry)).reshape(out[images].shape)
            out[images] = product if bias is None else np.add(product, bias, out=product)
        return

    def compute(images: slice) -> None:
        for lines, columns in _columns(x[images], geometry):
            into = _images_last(out[images, :, lines])
            product = _product(matrix, columns).reshape(into.shape)
            if bias is not None:
                # Not written to another order of the dims, which is slow where sizes are powers of 2, but then copied.
                product = np.add(product, bias[..., None], out=into if len(x[images]) == 1 else product)
            if product is not into:
                into[...] = product

    _for_each(_pieces(x, len(weight), geometry, matrix[0].size), matrix[0].size, compute)


def convolved(x: Array, weight: Array, bias: Array | None, geometry: Geometry) -> Array:
    """The convolution of `x` (N, C, *size) with `weight` (O, C/groups, *kernel), plus `bias` (O,) or None."""
    x, weight, bias = _elements(x, weight, bias)
    out = np.empty((len(x), len(weight), *geometry.out), np.result_type(x, weight))
    _convolve_into(out, x, weight, bias, geometry)
    return out


def convolved_weight(x: Array, y: Array, geometry: Geometry) -> Array:
    """The transpose of the convolution in the weight: from `x` and `y` (N, O, *out), (O, C/groups, *kernel).

    weight[o, r] = Σ_p y[o, p] · columns[r, p]
    """
    x, y = _elements(x, y)
    groups, outs, channels = geometry.groups, y.shape[1] // geometry.groups, x.shape[1] // geometry.groups
    rows, dtype = channels * math.prod(geometry.kernel), np.result_type(x, y)
    if _are_tiles(geometry):
        total = np.zeros((groups, rows, outs), dtype)
        for images in _blocks(len(x), _BLOCK // max(1, math.prod(x.shape[1:]))):
            total += np.add.reduce(_tiles(x[images], geometry) @ _by_group(y[images], groups).mT, 0)
    else:
        size = rows * outs
        pieces = _pieces(x, y.shape[1], geometry, size)
        # Each piece has a sum of its own on the threads, so that the order of the additions is always the same.
        totals = np.zeros((len(pieces) if _is_small(size) else 1, groups, rows, outs), dtype)

        def compute(piece: tuple[int, slice]) -> None:
            number, images = piece
            for lines, columns in _columns(x[images], geometry):
                # Transposed, because a product of many rows with few columns is faster than one of few with many.
                cotangents = _by_group(_staggered(y[images, :, lines], 1), groups).transpose(1, 3, 0, 2)
                cotangents = cotangents.reshape(groups, columns.shape[-1], outs).mT
                for stretch, g in zip(_stretches(columns, size), _stretches(cotangents, size)):
                    totals[number % len(totals)] += np.add.reduce(stretch @ g.mT, 0)

        _for_each(list(enumerate(pieces)), size, compute)
        total = np.add.reduce(totals, 0)
    return np.ascontiguousarray(total.mT).reshape(groups * outs, channels, *geometry.kernel)


def convolved_input(y: Array, weight: Array, geometry: Geometry) -> Array:
    """The transpose of the convolution in the input: from `y` (N, O, *out) and the weight, (N, C, *size)."""
    y, weight = _elements(y, weight)
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
    rows = weight.reshape(geometry.groups, len(weight) // geometry.groups, math.prod(weight.shape[1:])).mT
    for images in _blocks(len(y), _BLOCK // max(1, math.prod(x.shape[1:]))):
        tiles = windows(x[images], geometry)
        cotangents = _by_group(y[images], geometry.groups)
        tiles[...] = (rows * cotangents if rows.shape[-1] == 1 else rows @ cotangents).reshape(tiles.shape)
    return x


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
    """The transpose in the input: columns[r, p] = Σ_o kernel[o, r] · y[o, p], added up where the windows lie.

    First the lines of the windows are added up, whole lines of the image at a time; then the positions in these lines.
    """
    groups, outs, channels = geometry.groups, len(weight) // geometry.groups, weight.shape[1]
    x = np.empty((len(y), channels * groups, *geometry.size), np.result_type(y, weight))
    height, *line = geometry.kernel
    stride, dilation, rows = geometry.stride[0], geometry.dilation[0], channels * math.prod(line)
    matrices = weight.reshape(groups, outs, channels, height, math.prod(line)).transpose(0, 3, 2, 4, 1)
    matrices = np.ascontiguousarray(matrices).reshape(groups, height, rows, outs)
    # As many lines of the kernel as make small products are multiplied at a time.
    together = next((k for k in range(height, 1, -1) if _is_small(matrices[0, :k].size)), 1)
    size = matrices[0, :together].size
    every = slice(None)
    # For each position within a line of the kernel: its key in the sums below, and where they belong in the image.
    within_line: list[tuple[Any, Any]] = [
        ((every, *position[1:]), (every, every, *span[2:]))
        for position, span in places(geometry._replace(kernel=(1, *line)))
        if line
    ]

    def compute(images: slice) -> None:
        cotangents = np.ascontiguousarray(_images_last(_staggered(y[images], 0)))
        sums = np.zeros((groups, channels, *line, padded_size(geometry)[0], *cotangents.shape[2:]), x.dtype)
        width = math.prod(cotangents.shape[2:])
        for lines in _blocks(geometry.out[0], _BLOCK // max(1, groups * height * rows * width)):
            of_lines = cotangents[:, lines]
            of_groups = of_lines.reshape(groups, outs, of_lines.shape[1] * width)
            for ks in _blocks(height, together):
                columns = _product(matrices[:, ks].reshape(groups, (ks.stop - ks.start) * rows, outs), of_groups)
                columns = columns.reshape(groups, ks.stop - ks.start, channels, *line, *of_lines.shape[1:])
                for k in range(ks.start, ks.stop):
                    first, last = (p * stride + k * dilation for p in (lines.start, lines.stop - 1))
                    band = sums[(every, every, *[every for _ in line], slice(first, last + 1, stride))]
                    band += columns[:, k - ks.start]
        padded = sums = sums.reshape(channels * groups, *sums.shape[2:])
        if within_line:
            padded = np.zeros((channels * groups, *padded_size(geometry), sums.shape[-1]), x.dtype)
            for position, span in within_line:
                padded[span] += sums[position]
        x[images] = _images_first(padded)[inner(geometry)]

    _for_each(_pieces(x, len(weight), geometry, size), size, compute)
    return x
