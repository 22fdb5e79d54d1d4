"""Sliding windows over the spatial dims of an input, for convolution, pooling and folding."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ...base.dtypes import Array

Sizes = tuple[int, ...]


class Geometry(NamedTuple):
    """The sizes of a sliding-window operation: a number, or for the padding a pair, for each spatial dim.

    Attributes:
        size: the spatial size of the input.
        kernel: the size of the window.
        out: the spatial size of the output, which is the number of windows.
        stride: the distance between neighbouring windows.
        padding: the width of the border before and after the input.
        dilation: the distance between neighbouring elements of a window.
        groups: the number of groups that the channels are split into.
    """

    size: Sizes
    kernel: Sizes
    out: Sizes
    stride: Sizes
    padding: tuple[tuple[int, int], ...]
    dilation: Sizes
    groups: int


def padded_size(geometry: Geometry) -> Sizes:
    """The spatial size of the input with its border."""
    return tuple(n + before + after for n, (before, after) in zip(geometry.size, geometry.padding))


def inner(geometry: Geometry) -> tuple[Any, ...]:
    """The key of the input within the bordered input, an array (N, C, *)."""
    return (..., *(slice(before, before + n) for n, (before, _) in zip(geometry.size, geometry.padding)))


def bordered(x: Array, geometry: Geometry, value: Any) -> Array:
    """`x` (N, C, *size) with a border filled with one value."""
    if not any(map(any, geometry.padding)):
        return x
    out = np.full((*x.shape[:2], *padded_size(geometry)), value, x.dtype, like=x)
    out[inner(geometry)] = x
    return out


def without_border(x: Array, geometry: Geometry) -> Array:
    """The inverse of `bordered`: `x` without its border."""
    return np.ascontiguousarray(x[inner(geometry)]) if any(map(any, geometry.padding)) else x


def places(geometry: Geometry) -> Iterator[tuple[Sizes, tuple[Any, ...]]]:
    """Each position within the window, and the key of the elements at that position in all windows."""
    for position in itertools.product(*map(range, geometry.kernel)):
        spans = (
            slice(k * d, k * d + (n - 1) * s + 1 if n else k * d, s)
            for k, d, n, s in zip(position, geometry.dilation, geometry.out, geometry.stride)
        )
        yield position, (..., *spans)


def windows(x: Array, geometry: Geometry) -> Array:
    """A view (N, C, *kernel, *out) of the bordered input `x`: all windows, without copying."""
    steps = x.strides[2:]
    return as_strided(
        x,
        (*x.shape[:2], *geometry.kernel, *geometry.out),
        (
            *x.strides[:2],
            *(s * d for s, d in zip(steps, geometry.dilation)),
            *(s * n for s, n in zip(steps, geometry.stride)),
        ),
    )


def each(name: str, parameter: str, value: Any, dims: int) -> Sizes:
    """A number for each spatial dim, from a single number or a sequence.

    Raises:
        RuntimeError: a sequence has the wrong length, or a number is negative.
    """
    values = tuple(value) if isinstance(value, Sequence) else (value,) * dims
    if len(values) == 1:
        values *= dims
    if len(values) != dims:
        raise RuntimeError(
            f"{name}: expected {parameter} to be a single integer value or a list of {dims} values to match the "
            f"convolution dimensions, but got {parameter}={list(values)}"
        )
    if any(v < 0 for v in values):
        raise RuntimeError(f"{name}: negative {parameter} is not supported, but got {parameter}={list(values)}")
    return tuple(int(v) for v in values)


def positive(name: str, parameter: str, value: Any, dims: int) -> Sizes:
    """As `each`, for numbers that must be at least 1.

    Raises:
        RuntimeError: a sequence has the wrong length, or a number is not positive.
    """
    values = each(name, parameter, value, dims)
    if any(v < 1 for v in values):
        raise RuntimeError(f"{name}: non-positive {parameter} is not supported, but got {parameter}={list(values)}")
    return values
