"""TODO: say what idea this file holds."""

from __future__ import annotations

from typing import Any

from ...core.tensor import Tensor
from ..arguments import check_dim
from ..elementwise.selection import where
from ..reduce.reductions import norm
from ..shape.reshape import unsqueeze

__all__ = ["cdist", "dist", "renorm"]


def dist(input: Tensor, other: Tensor, p: Any = 2) -> Tensor:
    """The p-norm of the difference."""
    return norm(input - other, p)


def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = "") -> Tensor:
    """The p-norms of the differences of every row of `x1` and every row of `x2`."""
    return norm(unsqueeze(x1, -2) - unsqueeze(x2, -3), p, -1)


def renorm(input: Tensor, p: Any, dim: int, maxnorm: Any) -> Tensor:
    """The slices along `dim` scaled down to a p-norm of at most `maxnorm`.

    Raises:
        RuntimeError: there are fewer than two dims.
    """
    if input.array.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, but its shape is {input.array.shape}")
    axis = check_dim(dim, input.array.ndim)
    size = norm(input, p, tuple(i for i in range(input.array.ndim) if i != axis), True)
    return input * where(size.array > maxnorm, maxnorm / (size + 1e-7), 1)
