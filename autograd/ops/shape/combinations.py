"""Grids and combinations of the elements of vectors."""

from __future__ import annotations

import itertools

import numpy as np

from ...core.tensor import Tensor, wrap
from ..new_memory import with_own_memory
from .joining import stack

__all__ = ["cartesian_prod", "combinations", "meshgrid"]


def meshgrid(*tensors: Tensor, indexing: str = "ij") -> tuple[Tensor, ...]:
    """The coordinates of the grid that vectors span, one tensor for each vector.

    Raises:
        RuntimeError: a tensor has more than one dim, or `indexing` is neither "ij" nor "xy".
    """
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        tensors = tuple(tensors[0])
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f'meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    if wrong := [x.array.shape for x in tensors if x.array.ndim > 1]:
        raise RuntimeError(f"meshgrid: expected scalar or 1D tensors, but got one of shape {wrong[0]}")
    xs = [x.reshape(-1) for x in tensors]
    shape = tuple(len(x) for x in xs)
    grids = []
    for i, x in enumerate(xs):
        grid = x.reshape(*(-1 if j == i else 1 for j in range(len(xs)))).expand(shape)
        grids.append(grid.transpose(0, 1) if indexing == "xy" and len(xs) > 1 else grid)
    return tuple(grids)


def cartesian_prod(*tensors: Tensor) -> Tensor:
    """The Cartesian product of vectors: a row for every choice of one element from each; of one vector itself.

    Raises:
        RuntimeError: a tensor is not a vector.
    """
    for x in tensors:
        if x.array.ndim != 1:
            raise RuntimeError(f"cartesian_prod: expected vectors, but got a tensor of shape {x.array.shape}")
    return tensors[0] if len(tensors) == 1 else stack([x.reshape(-1) for x in meshgrid(*tensors)], 1)


@with_own_memory
def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """A row for every choice of `r` elements of a vector, which keep their order."""
    if not r:
        return input[:0]
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    positions = np.array(list(choose(range(len(input.array)), r)), np.int64).reshape(-1, r)
    return input[wrap(positions)]
