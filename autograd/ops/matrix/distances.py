"""Distances between tensors and between rows, and renormalization of slices."""

from __future__ import annotations

from typing import Any

from ...core.tensor import Tensor
from ..arguments import check_dim
from ..elementwise.selection import where
from ..new_memory import with_own_memory
from ..reduce.reductions import norm
from ..shape.reshape import unsqueeze

__all__ = ["cdist", "dist", "renorm"]


def dist(input: Tensor, other: Tensor, p: Any = 2) -> Tensor:
    """The p-norm of `input - other`."""
    return norm(input - other, p)


def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = "") -> Tensor:
    """The p-norm distances between every row of `x1` (*, n, d) and every row of `x2` (*, m, d): (*, n, m)."""
    return norm(unsqueeze(x1, -2) - unsqueeze(x2, -3), p, -1)


@with_own_memory
def renorm(input: Tensor, p: Any, dim: int, maxnorm: Any) -> Tensor:
    """`input` with each slice along `dim` whose p-norm exceeds `maxnorm` scaled down to it.

    Raises:
        RuntimeError: `input` has fewer than two dims.
    """
    if input.array.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, but its shape is {input.array.shape}")
    axis = check_dim(dim, input.array.ndim)
    norms = norm(input, p, tuple(i for i in range(input.array.ndim) if i != axis), True)
    return input * where(norms.array > maxnorm, maxnorm / (norms + 1e-7), 1)
