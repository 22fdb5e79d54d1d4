"""Numerical tools on samples: derivatives from neighbours, histograms, mantissas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .core.operation import array_of
from .core.tensor import Tensor, wrap
from .ops.arguments import check_dims, numpy_names
from .ops.shape.joining import cat
from .ops.shape.reshape import movedim
from .ops.shape.strided import places
from .overwriting import put


@numpy_names
def gradient(input: Tensor, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> tuple[Tensor, ...]:
    """The derivatives along each dim, from the neighbours on both sides, and at the ends from those on one.

    Args:
        input: the values of a function on a grid.
        spacing: the step, one for each dim, or for each dim a vector of the coordinates.
        dim: the dims, all of them by default.
        edge_order: 1 or 2: how exact the ends are.

    Raises:
        RuntimeError: a dim has too few values, or the order is neither.

    >>> from autograd import tensor
    >>> gradient(tensor([1.0, 4.0, 9.0, 16.0]))
    (tensor([3., 4., 6., 7.]),)
    """
    axes = tuple(range(input.array.ndim)) if dim is None else check_dims(dim, input.array.ndim) or ()
    if edge_order not in (1, 2):
        raise RuntimeError(f"torch.gradient only supports edge_order=1 and edge_order=2, but got {edge_order}")
    spacing = 1 if spacing is None else spacing
    each = spacing if isinstance(spacing, (list, tuple)) else [spacing] * len(axes)
    if len(each) != len(axes):
        raise RuntimeError(f"torch.gradient expected spacing for each of {len(axes)} dims, but got {len(each)}")
    out = []
    for axis, steps in zip(axes, each, strict=True):
        if input.array.shape[axis] < edge_order + 1:
            raise RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1")
        f = movedim(input if input.array.dtype.kind in "fc" else input.float(), axis, 0)
        out.append(movedim(_slopes(f, steps, edge_order), 0, axis))
    return tuple(out)


def _slopes(f: Tensor, steps: Any, edge_order: int) -> Tensor:
    """The derivatives along the first dim."""
    n = len(f.array)
    coordinates = isinstance(steps, Tensor) and steps.array.ndim
    gaps = np.diff(steps.array) if coordinates else np.full(n - 1, array_of(steps))
    kind = f.array.real.dtype
    h = wrap(gaps.astype(kind).reshape(-1, *[1] * (f.array.ndim - 1)))
    left, right = h[:-1], h[1:]
    slopes = (f[1:] - f[:-1]) / h
    inner = (slopes[:-1] * right + slopes[1:] * left) / (left + right)
    first, last = slopes[:1], slopes[-1:]
    if edge_order == 2:
        bend = (slopes[1:] - slopes[:-1]) / (left + right)
        first, last = first - bend[:1] * h[:1], last + bend[-1:] * h[-1:]
    return cat([first, inner, last])


class Frexp(NamedTuple):
    """A mantissa in [0.5, 1), and the exponent of 2."""

    mantissa: Tensor
    exponent: Tensor


def frexp(input: Tensor) -> Frexp:
    """Numbers as mantissa · 2^exponent.

    Raises:
        RuntimeError: the elements are no floating-point numbers.
    """
    if input.array.dtype.kind != "f":
        raise RuntimeError("torch.frexp() only supports floating-point dtypes")
    _, exponent = np.frexp(input.array)
    # Two factors, as 2^-exponent alone may be more than the largest number.
    half = -exponent // 2
    mantissa = input * wrap(np.ldexp(np.ones_like(input.array), half)[()])
    mantissa = mantissa * wrap(np.ldexp(np.ones_like(input.array), -exponent - half)[()])
    return Frexp(mantissa, wrap(exponent.astype(np.int32)))


class Histogram(NamedTuple):
    """How many elements, or how much weight, lies in each bin, and the edges of the bins."""

    hist: Tensor
    bin_edges: Tensor


def histogram(
    input: Tensor, bins: Any, *, range: Any = None, weight: Tensor | None = None, density: bool = False
) -> Histogram:
    """The histogram of the elements.

    Args:
        input: of any shape.
        bins: how many of equal width, or a vector of their edges.
        range: the outer edges, by default the extremes of the elements.
        weight: what each element counts, in the shape of `input`.
        density: divide by the total and the widths.
    """
    kind = input.array.dtype
    if isinstance(bins, Tensor):
        edges = bins.array
    else:
        low, high = (
            range if range is not None else (input.array.min(), input.array.max()) if input.array.size else (0, 1)
        )
        if low == high:
            low, high = low - 0.5, high + 0.5
        edges = np.linspace(low, high, bins + 1, dtype=kind)
    weights = None if weight is None else weight.array.reshape(-1)
    counts, _ = np.histogram(input.array.reshape(-1), edges, weights=weights, density=density)
    return Histogram(wrap(counts.astype(kind)), wrap(edges.astype(kind)))


class HistogramDD(NamedTuple):
    """How many points, or how much weight, lies in each box, and the edges of the boxes for each dim."""

    hist: Tensor
    bin_edges: tuple[Tensor, ...]


def histogramdd(
    input: Tensor, bins: Any, *, range: Any = None, weight: Tensor | None = None, density: bool = False
) -> HistogramDD:
    """The histogram of points in several dims.

    Args:
        input: (*, dims).
        bins: for each dim how many, or their edges.
        range: the outer edges, two for each dim one after the other.
        weight: (*), what each point counts.
        density: divide by the total and the volumes.

    Raises:
        RuntimeError: there are not as many bins as dims.
    """
    kind = input.array.dtype
    points = input.array.reshape(-1, input.array.shape[-1])
    several = [bins] * points.shape[1] if isinstance(bins, int) else list(bins)
    if len(several) != points.shape[1]:
        raise RuntimeError(
            f"histogramdd: The size of bins must be equal to the innermost dimension of the input, {points.shape[1]}, "
            f"but got {len(several)}"
        )
    edges = []
    for i, b in enumerate(several):
        if isinstance(b, Tensor):
            edges.append(b.array)
            continue
        column = points[:, i]
        low, high = (range[2 * i], range[2 * i + 1]) if range is not None else (
            (column.min(), column.max()) if column.size else (0, 1)
        )  # fmt: skip
        low, high = (low - 0.5, high + 0.5) if low == high else (low, high)
        edges.append(np.linspace(low, high, b + 1, dtype=kind))
    weights = None if weight is None else weight.array.reshape(-1)
    counts, _ = np.histogramdd(points, edges, weights=weights, density=density)
    return HistogramDD(wrap(counts.astype(kind)), tuple(wrap(e.astype(kind)) for e in edges))


def nonzero_static(input: Tensor, *, size: int, fill_value: int = -1) -> Tensor:
    """The positions of the first `size` elements that are not 0, as rows; `fill_value` where there are fewer."""
    rows = np.argwhere(input.array)[:size].astype(np.int64)
    out = np.full((size, rows.shape[1]), fill_value, np.int64)
    out[: len(rows)] = rows
    return wrap(out)


def as_strided_scatter(
    input: Tensor, src: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None
) -> Tensor:
    """`input` with `src` where `as_strided` would read.

    Raises:
        RuntimeError: that lies outside.
    """
    reached = places(size, stride, storage_offset or 0)
    if reached.size and not 0 <= reached.min() <= reached.max() < input.array.size:
        raise RuntimeError(
            f"as_strided_scatter: sizes {list(size)}, strides {list(stride)} and offset {storage_offset} reach outside "
            f"the {input.array.size} elements"
        )

    return put(input, wrap(reached), src)
