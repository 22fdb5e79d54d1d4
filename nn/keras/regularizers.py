"""Regularizers: penalties on weights, added to the loss."""

from __future__ import annotations

from typing import Any

import autograd
from autograd.core.tensor import Tensor

from .config import Configured
from .naming import resolve


class Regularizer(Configured):
    """Base class of regularizers: a subclass computes the penalty in `__call__`."""

    def __call__(self, x: Any) -> Any:
        """The penalty on a weight, a scalar."""
        raise NotImplementedError(f"{type(self).__name__} must define __call__(x)")


class L1L2(Regularizer):
    """l1 Σ |x| + l2 Σ x².

    >>> L1L2(l1=0.5, l2=0.1)(autograd.tensor([1.0, -2.0])).item()
    2.0
    """

    def __init__(self, l1: float | None = 0.0, l2: float | None = 0.0) -> None:
        self.l1, self.l2 = l1 or 0.0, l2 or 0.0

    def __call__(self, x: Tensor) -> Any:
        penalty: Any = 0.0
        if self.l1:
            penalty = penalty + self.l1 * autograd.abs(x).sum()
        if self.l2:
            penalty = penalty + self.l2 * autograd.square(x).sum()
        return penalty


class L1(L1L2):
    """l1 Σ |x|."""

    def __init__(self, l1: float = 0.01) -> None:
        super().__init__(l1=l1)


class L2(L1L2):
    """l2 Σ x²."""

    def __init__(self, l2: float = 0.01) -> None:
        super().__init__(l2=l2)


l1, l2, l1_l2 = L1, L2, L1L2


def get(identifier: Any) -> Any:
    """The regularizer for a name or a class; other values are returned unchanged. ValueError for an unknown name."""
    if identifier is None:
        return None
    known = {"l1": L1, "l2": L2, "l1_l2": L1L2, "L1": L1, "L2": L2, "L1L2": L1L2}
    return resolve("regularizer", identifier, known)
