"""Pooling: the maximum or the mean of every window, or of a given number of regions.

First the primitives, over windows described by a `Geometry`; then the functions that check their arguments. These take
the public name that their error messages begin with, and the number of spatial dims.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...base.half_precision import in_single
from ...base.symbolic import as_array
from ...core.grad_mode import recording
from ...core.operation import Operation, primitive
from ...core.tensor import Tensor, wrap
from ..elementwise.selection import keep
from ..reduce.reductions import mean
from ..shape.indexing import gather
from ..shape.reshape import flatten, reshape
from .geometry import Geometry, Sizes, bordered, each, padded_size, places, positive, without_border


def _lowest(x: Array) -> Any:
    return -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min


def _combined(x: Array, geometry: Geometry, combine: np.ufunc) -> Array:
    """Reduce every window of the padded input, one dim after the other: 3 + 3 operations for a 3 x 3 window, not 9."""
    for i, (k, d, n, s) in enumerate(zip(geometry.kernel, geometry.dilation, geometry.out, geometry.stride)):
        before = (slice(None),) * (2 + i)
        parts = [x[(*before, slice(j * d, j * d + (n - 1) * s + 1, s))] for j in range(k)]
        x = combine(parts[0], parts[1]) if k > 1 else parts[0].copy()
        for part in parts[2:]:
            combine(x, part, out=x)
    return x


def _are_apart(geometry: Geometry) -> bool:
    """Whether no two windows share an element."""
    return all(s > d * (k - 1) for s, d, k in zip(geometry.stride, geometry.dilation, geometry.kernel))


def _at_places(x: Array, geometry: Geometry) -> list[Array]:
    """For each position within the window the elements of `x` there, in all windows."""
    x = bordered(x, geometry, _lowest(x))
    views = [x[span] for _, span in places(geometry)]
    # Several operations on contiguous copies are faster; of windows that overlap the copies would be larger than `x`.
    return [view.copy() for view in views] if _are_apart(geometry) else views


def _max_pool(x: Array, geometry: Geometry, offsets: list[Array] | None) -> Array:
    if offsets is None or not _are_apart(geometry):
        out = _combined(bordered(x, geometry, _lowest(x)), geometry, np.maximum)
    if offsets is not None:
        elements = _at_places(x, geometry)
        if _are_apart(geometry):
            out = functools.reduce(np.maximum, elements)
        offsets[:] = [_argmax_offsets(elements, out, geometry)]
    return out


def _argmax_offsets(elements: list[Any], out: Any, geometry: Geometry) -> Array:
    """For each window, the offset of its maximum within the window, counted in row-major order; the first of equals.

    Args:
        elements: for each position within the window the elements there; see `_at_places`.
        out: the maxima.
        geometry: of the windows.
    """
    inside = (
        bordered(np.ones((1, 1, *geometry.size), bool), geometry, False) if any(map(any, geometry.padding)) else None
    )
    unordered = np.isnan(out).any()
    # The offset of the first match is the number of offsets before it: a sum of booleans, which is fast.
    offsets = np.zeros(out.shape, np.min_scalar_type(len(elements)), like=out)
    before: Any = None
    for element, (_, span) in zip(elements[:-1], places(geometry)):
        other = element != out
        if unordered:
            other &= ~np.isnan(element)
        if inside is not None:
            other |= ~inside[span]
        before = other if before is None else np.logical_and(before, other, out=before)
        offsets += before
    return offsets


def _put_at_offsets(y: Array, offsets: Array, geometry: Geometry) -> Array:
    x = np.zeros((*y.shape[:2], *padded_size(geometry)), y.dtype)
    apart = _are_apart(geometry)
    for number, (_, span) in enumerate(places(geometry)):
        here = keep(y, offsets == number)
        if apart:
            x[span] = here
        else:
            x[span] += here
    return without_border(x, geometry)


def _take_at_offsets(x: Array, offsets: Array, geometry: Geometry) -> Array:
    x = bordered(x, geometry, 0)
    out = np.zeros(offsets.shape, x.dtype)
    for number, (_, span) in enumerate(places(geometry)):
        np.copyto(out, x[span], where=offsets == number)
    return out


#: The maximum of each window. The forward leaves the offsets of the maxima in the list `offsets`, unless that is None:
#: the rule then needs neither `x` nor the result, which a relu may overwrite.
_max_windows: Operation = primitive(
    "max_pool",
    _max_pool,
    x=lambda g, geometry, offsets: put_at_offsets(g, offsets[0], geometry),
    doc="The maximum of each window: to the position of the maximum",
)


def max_windows(x: Any, geometry: Geometry) -> Any:
    """The maximum of each window of `x` (N, C, *size)."""
    recorded = isinstance(x, Tensor) and x.node is not None and recording()
    return _max_windows(x, geometry, [] if recorded else None)


#: One value of `x` for each window, at the chosen offset; and the transpose of this linear map.
take_at_offsets: Operation = primitive(
    "max_pool_take",
    _take_at_offsets,
    x=lambda g, offsets, geometry: put_at_offsets(g, offsets, geometry),
    doc="The values at the positions of each window's maximum",
)
put_at_offsets: Operation = primitive(
    "max_pool_put",
    _put_at_offsets,
    y=lambda g, offsets, geometry: take_at_offsets(g, offsets, geometry),
    doc="Zeros, with values at the positions of each window's maximum",
)


def _sum_windows(x: Array, geometry: Geometry) -> Array:
    return _combined(bordered(x, geometry, 0), geometry, np.add)


def _mean_windows(x: Array, divisor: Any, geometry: Geometry) -> Array:
    out = _sum_windows(x, geometry)
    out /= divisor
    return out


def _spread_windows(y: Array, divisor: Any, geometry: Geometry) -> Array:
    x = np.true_divide(y, divisor, dtype=y.dtype)
    for i in reversed(range(len(geometry.size))):
        k, d, n, s = geometry.kernel[i], geometry.dilation[i], geometry.out[i], geometry.stride[i]
        before = (slice(None),) * (2 + i)
        wide = np.zeros((*x.shape[: 2 + i], padded_size(geometry)[i], *x.shape[3 + i :]), x.dtype)
        for j in range(k):
            part = wide[(*before, slice(j * d, j * d + (n - 1) * s + 1, s))]
            if s > d * (k - 1):
                part[...] = x
            else:
                part += x
        x = wide
    return without_border(x, geometry)


#: The sum of each window of `x` (N, C, *size), divided by the divisor; and the transpose of this linear map.
mean_windows: Operation = primitive(
    "avg_pool",
    in_single(_mean_windows),
    x=lambda g, divisor, geometry: spread_windows(g, divisor, geometry),
    doc="The mean of each window: spread evenly over the window",
)
spread_windows: Operation = primitive(
    "avg_pool_spread",
    in_single(_spread_windows),
    y=lambda g, divisor, geometry: mean_windows(g, divisor, geometry),
    doc="The transpose of average pooling: each value spread over its window",
)


def _regions(n: int, m: int) -> tuple[Array, Array]:
    """Where each of `m` regions of a dim of size `n` starts and ends."""
    numbers = np.arange(m)
    return numbers * n // m, -(-(numbers + 1) * n // m)


def _sum_regions(x: Array, count: int, axis: int) -> Array:
    start, end = _regions(x.shape[axis], count)
    longest, before = int((end - start).max(initial=1)), (slice(None),) * axis
    if not x.size:
        return np.zeros((*x.shape[:axis], count, *x.shape[axis + 1 :]), x.dtype)
    out = x.take(start, axis)
    for step in range(1, longest):
        inside = np.flatnonzero(start + step < end)
        part = x.take(start[inside] + step, axis)
        if len(inside) == count:
            out += part
        else:
            out[(*before, inside)] += part
    return out


#: The sums of `count` regions that cover an axis. Position p of n is in region i of m if ⌊i n/m⌋ ≤ p < ⌈(i + 1) n/m⌉,
#: and so if ⌊p m/n⌋ ≤ i < ⌈(p + 1) m/n⌉: the transpose is the same, with the sizes exchanged.
sum_regions: Operation = primitive(
    "sum_regions",
    in_single(_sum_regions),
    x=lambda g, x_shape, axis: sum_regions(g, x_shape[axis], axis),
    doc="The sums of regions of an axis: g summed over the regions of each element",
)


# -- with checked arguments -----------------------------------------------------------------------------


def max_pool(
    name: str,
    dims: int,
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The maximum of each window; with `return_indices`, also its position.

    Args:
        input: (N, C, *size) or (C, *size).
        kernel_size, stride, padding, dilation: a number, or one for each spatial dim; `stride` defaults to
            `kernel_size`.
        ceil_mode: keep a last window that extends beyond the input.
        return_indices: also return each maximum's index into the flattened spatial dims, an int64 tensor.

    Raises:
        RuntimeError: the shapes do not match.
    """
    x = _batched(name, dims, input)
    geometry = _geometry(name, dims, x.array.shape, kernel_size, stride, padding, dilation, ceil_mode)
    out = max_windows(x, geometry)
    kept = _as_given(out, x, input)
    if not return_indices:
        return kept
    offsets = _argmax_offsets(_at_places(as_array(x.array), geometry), as_array(out.array), geometry)
    at = wrap(_flat_positions(offsets, geometry).reshape(kept.array.shape))
    return kept, at


def avg_pool(
    name: str,
    dims: int,
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window.

    Args:
        input: (N, C, *size) or (C, *size).
        kernel_size, stride, padding: a number, or one for each spatial dim; `stride` defaults to `kernel_size`.
        ceil_mode: keep a last window that extends beyond the input.
        count_include_pad: whether the zeros of the padding count as elements.
        divisor_override: divides the sums, in place of the number of elements.

    Raises:
        RuntimeError: the shapes do not match.
    """
    x = _batched(name, dims, input)
    geometry = _geometry(name, dims, x.array.shape, kernel_size, stride, padding, 1, ceil_mode)
    if dims == 3 and any(n < k for n, k in zip(geometry.size, geometry.kernel)):  # PyTorch's rule in 3 dims alone
        raise RuntimeError(
            f"{name}(): input of size {list(geometry.size)} smaller than kernel size {list(geometry.kernel)}"
        )
    if divisor_override == 0:
        raise RuntimeError("divisor must be not zero")
    border = each(name, "padding", padding, dims)
    divisor = _element_counts(geometry, border, count_include_pad) if divisor_override is None else divisor_override
    if isinstance(divisor, np.ndarray):
        divisor = divisor.astype(x.array.dtype)
    if x.array.dtype.kind in "iu":
        totals = as_array(_sum_windows(as_array(x.array), geometry))
        out = wrap(np.trunc(totals / divisor).astype(totals.dtype, order="C"))
    else:
        out = mean_windows(x, divisor, geometry)
    return _as_given(out, x, input)


def adaptive_avg_pool(name: str, dims: int, input: Tensor, output_size: Any) -> Tensor:
    """The means of regions that cover the input, `output_size` of them; they overlap where sizes do not divide.

    Args:
        input: (N, C, *size) or (C, *size).
        output_size: a number, or one for each spatial dim; None keeps the dim's size.

    Raises:
        RuntimeError: the shapes do not match.
    """
    x = _batched(name, dims, input, adaptive=True)
    size = x.array.shape[2:]
    out_size = _output_size(name, output_size, size)
    if all(m == 1 for m in out_size):
        out = mean(x, tuple(range(2, 2 + dims)), True)
    elif all(m and n % m == 0 for n, m in zip(size, out_size)):
        kernel = tuple(n // m for n, m in zip(size, out_size))
        out = mean_windows(x, math.prod(kernel), _plain_geometry(size, kernel))
    else:
        out = x
        for i, (n, m) in enumerate(zip(size, out_size)):
            start, end = _regions(n, m)
            lengths = (end - start).astype(x.array.dtype).reshape(-1, *[1] * (dims - 1 - i))
            out = sum_regions(out, m, 2 + i) / lengths
    return _as_given(out, x, input)


def adaptive_max_pool(name: str, dims: int, input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The maxima of regions that cover the input, `output_size` of them; with `return_indices`, also their positions.

    Args:
        input: (N, C, *size) or (C, *size).
        output_size: a number, or one for each spatial dim; None keeps the dim's size.
        return_indices: also return each maximum's index into the flattened spatial dims, an int64 tensor.

    Raises:
        RuntimeError: the shapes do not match.
    """
    x = _batched(name, dims, input, adaptive=True)
    size = x.array.shape[2:]
    out_size = _output_size(name, output_size, size)
    if all(m and n % m == 0 for n, m in zip(size, out_size)) and not return_indices:
        out = max_windows(x, _plain_geometry(size, tuple(n // m for n, m in zip(size, out_size))))
        return _as_given(out, x, input)
    # Each region as a row of flat positions, padded with its first position so that argmax finds the first maximum.
    flat: Array = np.zeros((1, 1), np.int64)
    for n, m in zip(size, out_size):
        start, end = _regions(n, m)
        along = start[:, None] + np.arange(int((end - start).max(initial=1)))
        along = np.where(along < end[:, None], along, start[:, None])
        flat = flat[:, None, :, None] * n + along[None, :, None, :]
        flat = flat.reshape(len(flat) * m, math.prod(flat.shape[2:]))
    rows = as_array(x.array).reshape(*x.array.shape[:2], math.prod(size))
    first = rows.take(flat, 2).argmax(-1)
    at = np.take_along_axis(np.broadcast_to(flat, (*first.shape, flat.shape[1])), first[..., None], -1)[..., 0]
    shape = input.array.shape[:-dims] + out_size
    out = reshape(gather(flatten(x, 2), 2, wrap(at)), shape)
    return (out, wrap(at.reshape(shape))) if return_indices else out


def _batched(name: str, dims: int, input: Tensor, adaptive: bool = False) -> Tensor:
    """The input with a batch dim; only that may be 0, or in adaptive pooling the first dim."""
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' must be Tensor, not {type(input).__name__}")
    shape = input.array.shape
    if len(shape) not in (dims + 1, dims + 2) or 0 in shape[1 if adaptive else -dims - 1 :]:
        raise RuntimeError(
            f"{name}(): Expected {dims + 1}D or {dims + 2}D tensor with optional 0 dim batch size for input, but got: "
            f"{list(shape)}"
        )
    return reshape(input, (1, *shape)) if len(shape) == dims + 1 else input


def _as_given(out: Tensor, x: Tensor, input: Tensor) -> Tensor:
    """`out` without the batch dim that `_batched` added."""
    return out if x is input else reshape(out, out.array.shape[1:])


def _plain_geometry(size: Sizes, kernel: Sizes) -> Geometry:
    """Adjacent windows that fill the input exactly."""
    out = tuple(n // k for n, k in zip(size, kernel))
    return Geometry(size, kernel, out, kernel, ((0, 0),) * len(size), (1,) * len(size), 1)


def _geometry(
    name: str, dims: int, shape: Sizes, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> Geometry:
    """The windows' geometry; the padding after the input is as wide as the last window needs."""
    size = shape[2:]
    kernel = positive(name, "kernel_size", kernel_size, dims)
    no_stride = stride is None or (isinstance(stride, Sequence) and not stride)
    strides = kernel if no_stride else positive(name, "stride", stride, dims)
    border, spread = each(name, "padding", padding, dims), positive(name, "dilation", dilation, dims)
    out, pairs = [], []
    for n, k, s, p, d in zip(size, kernel, strides, border, spread):
        reach = d * (k - 1) + 1
        if p > reach // 2:
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and "
                f"dilation={d}"
            )
        count = (n + 2 * p - reach + (s - 1 if ceil_mode else 0)) // s + 1
        if ceil_mode and (count - 1) * s >= n + p:
            count -= 1
        if count < 1:
            raise RuntimeError(
                f"Given input size: {list(shape[1:])}. {name} with kernel_size {list(kernel)} gives an output size of "
                f"{count}. Output size is too small"
            )
        out.append(count)
        pairs.append((p, max(p, (count - 1) * s + reach - n - p)))
    return Geometry(size, kernel, tuple(out), strides, tuple(pairs), spread, 1)


def _element_counts(geometry: Geometry, border: Sizes, with_border: bool) -> Any:
    """The number of elements in each window: a single number if it is the same for all."""
    total: Any = np.ones((1,) * len(geometry.size))
    for i, (n, k, m, s, p) in enumerate(zip(geometry.size, geometry.kernel, geometry.out, geometry.stride, border)):
        start = np.arange(m) * s - p
        end = np.minimum(start + k, n + p)
        held = end - start if with_border else np.minimum(end, n) - np.maximum(start, 0)
        total = total * held.reshape((-1,) + (1,) * (len(geometry.size) - i - 1))
    return float(total.flat[0]) if (total == total.flat[0]).all() else total


def _flat_positions(offsets: Array, geometry: Geometry) -> Array:
    """The index into the flattened spatial dims of each window's chosen offset."""
    at = np.zeros(offsets.shape, np.int64)
    for i, (n, m, s, (p, _), d) in enumerate(
        zip(geometry.size, geometry.out, geometry.stride, geometry.padding, geometry.dilation)
    ):
        within = offsets // math.prod(geometry.kernel[i + 1 :]) % geometry.kernel[i]
        start = (np.arange(m) * s - p).reshape((-1,) + (1,) * (len(geometry.size) - i - 1))
        at = at * n + start + within.astype(np.int64) * d
    return at


def _output_size(name: str, output_size: Any, size: Sizes) -> Sizes:
    """The requested size of each spatial dim; None keeps the input's size."""
    given = tuple(output_size) if isinstance(output_size, Sequence) else (output_size,) * len(size)
    if len(given) == 1:
        given *= len(size)
    if len(given) != len(size):
        raise RuntimeError(f"{name}: output_size must be {len(size)} numbers, but got {list(given)}")
    sizes = tuple(n if m is None else int(m) for n, m in zip(size, given))
    if any(m < 0 for m in sizes):
        raise RuntimeError(f"{name}: elements of output_size must be greater than or equal to 0, but got {list(sizes)}")
    return sizes
