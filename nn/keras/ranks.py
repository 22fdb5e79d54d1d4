"""Ranks: values and weights brought to one number of dims, by a last dim of size 1, or broadcast to a shape."""

from __future__ import annotations

from typing import Any

import numpy as np


def same_rank(x1: Any, x2: Any, expand_vectors: bool = True) -> tuple[Any, Any]:
    """Two arrays, or two tensors, with the same number of dims, if a last dim of size 1 is all that is missing.

    A vector (N,) beside (N, 1) becomes (N, 1). From values with more dims the last dim, of size 1, is removed. All
    losses and metrics call this before they compute: broadcast, (N,) and (N, 1) would silently give (N, N).

    Args:
        expand_vectors: whether a vector is expanded; otherwise the last dim of the other value is removed.

    >>> import numpy as np
    >>> [x.shape for x in same_rank(np.zeros(4), np.zeros((4, 1)))]
    [(4, 1), (4, 1)]
    >>> [x.shape for x in same_rank(np.zeros((4, 3, 1)), np.zeros((4, 3)))]
    [(4, 3), (4, 3)]
    """
    if x1.ndim < x2.ndim:
        x2, x1 = same_rank(x2, x1, expand_vectors)
        return x1, x2
    if x1.ndim == x2.ndim + 1 and x1.shape[-1] == 1:
        if x2.ndim == 1 and expand_vectors:
            return x1, x2.reshape(*x2.shape, 1)
        return x1.reshape(x1.shape[:-1]), x2
    return x1, x2


def broadcast(argument: str, array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """An array broadcast to a shape; the ValueError of one that does not broadcast names the argument."""
    if array.shape == shape:
        return array
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        raise ValueError(f"{argument} of shape {array.shape} does not broadcast to values of shape {shape}") from None
