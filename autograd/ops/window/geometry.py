"""Windows that move over the spatial dims of an input: what convolution and pooling have in common."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ...base.dtypes import Array

Sizes = tuple[int, ...]


class Geometry(NamedTuple):
    """How the sides of a convolution lie to each other; a number, or a pair, for each spatial dim.

    Attributes:
        size: the input's spatial size.
        kernel: the kernel's.
        out: the output's.
        stride: by how much a window moves on.
        padding: zeros before and after the input.
        dilation: the distance between a window's elements.
        groups: into how many parts the channels are split.
    """

    size: Sizes
    kernel: Sizes
    out: Sizes
    stride: Sizes
    padding: tuple[tuple[int, int], ...]
    dilation: Sizes
    groups: int


def padded_size(how: Geometry) -> Sizes:
    """The spatial size of the input with its border."""
    return tuple(n + before + after for n, (before, after) in zip(how.size, how.padding))


def inner(how: Geometry) -> tuple[Any, ...]:
    """Where the input stands within its border, in an array (N, C, *)."""
    return (..., *(slice(before, before + n) for n, (before, _) in zip(how.size, how.padding)))


def bordered(x: Array, how: Geometry, value: Any) -> Array:
    """`x` (N, C, *size) with its border, filled with one value."""
    if not any(map(any, how.padding)):
        return x
    out = np.full((*x.shape[:2], *padded_size(how)), value, x.dtype)
    out[inner(how)] = x
    return out


def without_border(x: Array, how: Geometry) -> Array:
    """What `bordered` put a border around."""
    return np.ascontiguousarray(x[inner(how)]) if any(map(any, how.padding)) else x


def places(how: Geometry) -> Iterator[tuple[Sizes, tuple[Any, ...]]]:
    """Each place within the window, and the elements of the bordered input that stand there in all windows."""
    for place in itertools.product(*map(range, how.kernel)):
        spans = (
            slice(k * d, k * d + (n - 1) * s + 1 if n else k * d, s)
            for k, d, n, s in zip(place, how.dilation, how.out, how.stride)
        )
        yield place, (..., *spans)


def windows(x: Array, how: Geometry) -> Array:
    """A view (N, C, *kernel, *out) of the bordered input: every window, none copied."""
    steps = x.strides[2:]
    return as_strided(
        x,
        (*x.shape[:2], *how.kernel, *how.out),
        (*x.strides[:2], *(s * d for s, d in zip(steps, how.dilation)), *(s * n for s, n in zip(steps, how.stride))),
    )


def each(name: str, said: str, value: Any, dims: int) -> Sizes:
    """A number for each spatial dim, from one for all of them or a sequence.

    Raises:
        RuntimeError: a sequence of another length, or a negative number.
    """
    values = tuple(value) if isinstance(value, Sequence) else (value,) * dims
    if len(values) == 1:
        values *= dims
    if len(values) != dims:
        raise RuntimeError(
            f"{name}: expected {said} to be a single integer value or a list of {dims} values to match the "
            f"convolution dimensions, but got {said}={list(values)}"
        )
    if any(v < 0 for v in values):
        raise RuntimeError(f"{name}: negative {said} is not supported, but got {said}={list(values)}")
    return tuple(int(v) for v in values)


def positive(name: str, said: str, value: Any, dims: int) -> Sizes:
    """As `each`, for what must be at least 1."""
    values = each(name, said, value, dims)
    if any(v < 1 for v in values):
        raise RuntimeError(f"{name}: non-positive {said} is not supported, but got {said}={list(values)}")
    return values
