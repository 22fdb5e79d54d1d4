"""Distances between tensors and between rows, and renormalization of slices."""

from __future__ import annotations

import math
from typing import Any

from ...core.tensor import Tensor
from ..arguments import check_dim
from ..elementwise.arithmetic import square
from ..elementwise.selection import clamp, where
from ..half_precision import in_single_precision
from ..new_memory import with_own_memory
from ..reduce.reductions import norm, root, sum_axes
from ..shape.reshape import unsqueeze

__all__ = ["cdist", "dist", "renorm"]


def dist(input: Tensor, other: Tensor, p: Any = 2) -> Tensor:
    """The p-norm of `input - other`."""
    return norm(input - other, p)


#: By mode, the number of rows above which |x - y|² is computed as |x|² - 2 x·y + |y|², by a product of matrices.
_MODES = {
    "use_mm_for_euclid_dist_if_necessary": 25, "use_mm_for_euclid_dist": 0, "donot_use_mm_for_euclid_dist": math.inf,
}  # fmt: skip


@in_single_precision
def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary") -> Tensor:
    """The p-norm distances between every row of `x1` (*, n, d) and every row of `x2` (*, m, d): (*, n, m).

    With p = 2 those of more rows than `compute_mode` says are computed by a product of matrices, as in PyTorch: much
    faster, but small distances are less exact.

    Raises:
        ValueError: `compute_mode` is unknown.
    """
    if compute_mode not in _MODES:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode: expected one of {', '.join(_MODES)}")
    by_product = p == 2 and all(x.array.ndim > 1 and x.array.dtype.kind == "f" for x in (x1, x2))
    if not by_product or max(x1.array.shape[-2], x2.array.shape[-2]) <= _MODES[compute_mode]:
        return norm(unsqueeze(x1, -2) - unsqueeze(x2, -3), p, -1)
    of_x1, of_x2 = (sum_axes(square(x), (x.array.ndim - 1,), True) for x in (x1, x2))
    return root(clamp(of_x1 - 2 * (x1 @ x2.mT) + of_x2.mT, 0))


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
