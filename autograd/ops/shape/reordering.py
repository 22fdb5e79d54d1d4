"""Repeating and reordering along dims: repeat, tile, flip, roll, rot90."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.broadcasting import expand_to
from ...core.operation import Operation, primitive
from ...core.tensor import Tensor
from ..arguments import check_dim, check_dims, given_sizes
from ..new_memory import copied, with_own_memory
from .reshape import reshape, to_shape, transpose

__all__ = ["flip", "fliplr", "flipud", "roll", "rot90", "tile"]


@with_own_memory
def repeat(input: Tensor, *repeats: Any) -> Tensor:
    """`input` repeated `repeats` times along each dim.

    Raises:
        RuntimeError: there are fewer repeats than dims.

    >>> from autograd import tensor
    >>> repeat(tensor([1, 2]), 2, 2)
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """
    counts, shape = given_sizes(repeats), input.array.shape
    if len(counts) < len(shape):
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor: "
            f"got {len(counts)} repeats for shape {shape}"
        )
    if any(n < 0 for n in counts):
        raise RuntimeError(f"repeat: Trying to create tensor with negative dimension: {list(counts)}")
    full = (1,) * (len(counts) - len(shape)) + shape
    interleaved = tuple(n for size in full for n in (1, size))
    wide = tuple(n for count, size in zip(counts, full, strict=True) for n in (count, size))
    final = tuple(count * size for count, size in zip(counts, full, strict=True))
    return to_shape(expand_to(to_shape(input, interleaved), wide), final)


def tile(input: Tensor, *counts: Any, dims: Any = None) -> Tensor:
    """As `repeat`; leading dims without a count are not repeated."""
    counts = given_sizes(counts, dims)
    return repeat(input, (1,) * (input.array.ndim - len(counts)) + counts)


_flip: Operation = primitive(
    "flip",
    lambda x, axes: np.flip(x, axes).copy(),
    x=lambda g, axes: _flip(g, axes),
    doc="The order of the elements reversed along dims: g reversed",
)

_roll: Operation = primitive(
    "roll",
    lambda x, shifts, axes: np.roll(x, shifts, axes),
    x=lambda g, shifts, axes: _roll(g, tuple(-s for s in shifts), axes),
    doc="Elements shifted cyclically along dims: g shifted back",
)


def flip(input: Tensor, *axis: Any, dims: Any = None) -> Tensor:
    """`input` with the order reversed along dims: `flip(x, 0, 1)` or `flip(x, dims=(0, 1))`."""
    axes = check_dims(list(given_sizes(axis, dims)), input.array.ndim)
    return _flip(input, axes) if input.array.ndim else input.clone()


def fliplr(input: Tensor) -> Tensor:
    """`input`, of at least two dims, with its columns in reverse order."""
    if input.array.ndim < 2:
        raise RuntimeError(f"fliplr: Input must be >= 2-d, but its shape is {input.array.shape}")
    return flip(input, 1)


def flipud(input: Tensor) -> Tensor:
    """`input`, of at least one dim, with its rows in reverse order."""
    if not input.array.ndim:
        raise RuntimeError("flipud: Input must be >= 1-d, but it is a 0-d tensor")
    return flip(input, 0)


def roll(input: Tensor, shifts: Any, dims: Any = None) -> Tensor:
    """The elements shifted by `shifts` positions along `dims`, cyclically; without dims, along the flattened tensor.

    Raises:
        RuntimeError: the numbers of shifts and dims differ, or no shift is given.
    """
    amounts = tuple(shifts) if isinstance(shifts, (tuple, list)) else (shifts,)
    if not amounts:
        raise RuntimeError("roll: `shifts` required")
    if dims is None or dims == ():
        flat: Tensor = _roll(reshape(input, (input.array.size,)), (np.sum(amounts),), (0,))
        return reshape(flat, input.array.shape)
    along = tuple(dims) if isinstance(dims, (tuple, list)) else (dims,)
    if len(along) != len(amounts):
        raise RuntimeError(f"roll: shifts and dimensions must align. shifts: {len(amounts)}, dims: {len(along)}")
    axes = tuple(check_dim(d, input.array.ndim) for d in along)
    return _roll(input, amounts, axes) if input.array.ndim else input.clone()


def rot90(input: Tensor, k: int = 1, dims: tuple[int, int] = (0, 1)) -> Tensor:
    """`input` rotated by 90 degrees `k` times in the plane of two dims.

    Raises:
        RuntimeError: `dims` are not two different dims.
    """
    if len(dims) != 2 or input.array.ndim < 2:
        raise RuntimeError(f"rot90: expected a plane of two dims, but got dims={dims} for shape {input.array.shape}")
    first, second = check_dims(list(dims), input.array.ndim) or ()
    match k % 4:
        case 0:
            return copied(input, "C")
        case 2:
            return flip(input, first, second)
    if not input.array.flags.c_contiguous:
        return flip(transpose(input, first, second), first if k % 4 == 1 else second)
    return transpose(flip(input, second if k % 4 == 1 else first), first, second)
