"""Padding: a border around a tensor, filled with a constant or with the tensor's own elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...base.dtypes import Array, number_as
from ...core.operation import primitive
from ...core.tensor import Tensor
from ..new_memory import copied
from .indexing import take_at
from .joining import join

__all__ = ["pad"]


def _inner(x_shape: tuple[int, ...], widths: tuple[tuple[int, int], ...]) -> tuple[slice, ...]:
    """The slices of the padded array that hold the original."""
    return tuple(slice(before, before + n) for n, (before, _) in zip(x_shape, widths, strict=True))


def _pad_constant(x: Array, widths: tuple[tuple[int, int], ...], value: Any) -> Array:
    out = np.full([n + before + after for n, (before, after) in zip(x.shape, widths, strict=True)], value, x.dtype)
    out[_inner(x.shape, widths)] = x
    return out


_pad = primitive(
    "constant_pad",
    _pad_constant,
    x=lambda g, x_shape, widths: take_at(g, _inner(x_shape, widths)),
    doc="A border of one value around x: the inner part of g",
)


def _sources(n: int, before: int, after: int, mode: str) -> Array:
    """For each position in the padded dim, the position in the dim of size n that it is copied from."""
    positions = np.arange(-before, n + after)
    if mode == "replicate":
        return positions.clip(0, n - 1)
    if mode == "reflect":
        return (n - 1) - np.abs((n - 1) - np.abs(positions))
    first, last = max(0, -before), n - max(0, -after)  # elements cut off by negative padding are not repeated
    return first + (positions - first) % max(1, last - first)


def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """Add a border around the last dims.

    Args:
        input: Tensor of any shape.
        pad: for each padded dim, from the last dim backwards, the numbers of elements to add before and after it;
            negative numbers remove elements.
        mode: "constant", "reflect", "replicate" or "circular".
        value: the constant for the mode "constant"; None for 0.

    Raises:
        RuntimeError: `pad` has an odd length or is too long, or the border is too wide for the mode.
        NotImplementedError: the mode is unknown.

    >>> from autograd import tensor
    >>> pad(tensor([1.0, 2.0]), (1, 2))
    tensor([0., 1., 2., 0., 0.])
    """
    shape = input.array.shape
    if len(pad) % 2:
        raise RuntimeError(f"Padding length must be divisible by 2, but got {len(pad)} numbers: {list(pad)}")
    if len(pad) // 2 > len(shape):
        raise RuntimeError(
            f"Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(pad)} and input of dimension {len(shape)}"
        )
    given = tuple((int(pad[i]), int(pad[i + 1])) for i in range(len(pad) - 2, -1, -2))
    widths = ((0, 0),) * (len(shape) - len(given)) + given
    if any(n + before + after < 0 for n, (before, after) in zip(shape, widths, strict=True)):
        raise RuntimeError(f"pad: the padding {list(pad)} gives a negative size for shape {shape}")
    if mode == "constant":
        cut = tuple(slice(max(0, -a), n - max(0, -b)) for n, (a, b) in zip(shape, widths, strict=True))
        grown = tuple((max(0, a), max(0, b)) for a, b in widths)
        x = take_at(input, cut) if any(a < 0 or b < 0 for a, b in widths) else input
        return _pad(x, grown, number_as(0 if value is None else value, x.array.dtype))
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(
            f"Unrecognised padding mode {mode}: expected constant, reflect, replicate or circular"
        )
    for n, (before, after) in zip(shape, widths, strict=True):
        limit = n - 1 if mode == "reflect" else n
        if max(before, after) > max(0, limit) and (mode != "replicate" or not n):
            raise RuntimeError(
                f"pad: a border of {max(before, after)} is too wide for mode {mode} on a dim of size {n}"
            )
    out = input
    for axis, (before, after) in enumerate(widths):
        if before or after:
            out = _bordered(out, axis, before, after, mode)
    return copied(input, "C") if out is input else out


def _bordered(x: Tensor, axis: int, before: int, after: int, mode: str) -> Tensor:
    """`x` between copies of some of its own slices along an axis, or without its first or last slices."""
    n, whole = x.array.shape[axis], (slice(None),) * axis
    sources = _sources(n, before, after, mode)
    ends = [sources[: max(0, before)], sources[len(sources) - max(0, after) :]]
    first, last = (take_at(x, (*whole, end)) for end in ends)
    middle = take_at(x, (*whole, slice(max(0, -before), n - max(0, -after))))
    bounds = (0, max(0, before), len(sources) - max(0, after), len(sources))
    joined: Tensor = join([first, middle, last], bounds, axis)
    return joined
