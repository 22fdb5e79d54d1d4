"""Regularizers: what weights cost, added to the loss."""

from __future__ import annotations

from typing import Any

import autograd
from autograd.core.tensor import Tensor

from .config import Configured
from .naming import resolve


class Regularizer(Configured):
    """Base of the regularizers: a subclass says in `__call__` what a weight costs."""

    def __call__(self, x: Any) -> Any:
        """The cost of a weight, a number."""
        raise NotImplementedError(f"{type(self).__name__} must say in __call__(x) what a weight costs")


class L1L2(Regularizer):
    """l1 Σ |x| + l2 Σ x².

    >>> L1L2(l1=0.5, l2=0.1)(autograd.tensor([1.0, -2.0])).item()
    2.0
    """

    def __init__(self, l1: float | None = 0.0, l2: float | None = 0.0) -> None:
        self.l1, self.l2 = l1 or 0.0, l2 or 0.0

    def __call__(self, x: Tensor) -> Any:
        """The cost of a weight."""
        cost: Any = 0.0
        if self.l1:
            cost = cost + self.l1 * autograd.abs(x).sum()
        if self.l2:
            cost = cost + self.l2 * autograd.square(x).sum()
        return cost


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
    """The regularizer of a name or a class; an object or a function as it is; None for none.

    Raises:
        ValueError: an unknown name.
    """
    if identifier is None:
        return None
    known = {"l1": L1, "l2": L2, "l1_l2": L1L2, "L1": L1, "L2": L2, "L1L2": L1L2}
    return resolve("regularizer", identifier, known)
