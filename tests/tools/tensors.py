"""Tensors that many tests start from."""

from __future__ import annotations

from typing import Any

from autograd import Tensor, float64, tensor


def leaf(value: Any) -> Tensor:
    """A leaf of float64 that requires a gradient."""
    return tensor(value, dtype=float64, requires_grad=True)
