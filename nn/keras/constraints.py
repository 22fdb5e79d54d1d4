"""Constraints: projections of a weight, applied after every update."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.base.symbolic import as_array
from autograd.core.operation import array_of

from .config import Configured
from .naming import resolve

Array = np.ndarray
#: Keeps norms from 0 in denominators.
EPSILON = 1e-7


class Constraint(Configured):
    """Base class of constraints: a subclass projects a weight in `__call__`."""

    def __call__(self, w: Any) -> Any:
        """The projected weight."""
        raise NotImplementedError(f"{type(self).__name__} must define __call__(w)")


class NonNeg(Constraint):
    """All elements non-negative."""

    def __call__(self, w: Any) -> Array:
        """The weight, with 0 in place of negative elements."""
        return np.maximum(as_array(array_of(w)), 0)


class MinMaxNorm(Constraint):
    """Norms along the axis between two values; with `rate` < 1 they move only that share of the way."""

    def __init__(self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0) -> None:
        self.min_value, self.max_value, self.rate, self.axis = min_value, max_value, rate, axis

    def __call__(self, w: Any) -> Array:
        value, norm = _with_norm(w, self.axis)
        target = self.rate * np.clip(norm, self.min_value, self.max_value) + (1 - self.rate) * norm
        return value * (target / (EPSILON + norm))


class MaxNorm(MinMaxNorm):
    """Norms along the axis of at most `max_value`.

    >>> MaxNorm(1.0)(np.array([[3.0], [4.0]])).round(3).tolist()
    [[0.6], [0.8]]
    """

    def __init__(self, max_value: float = 2, axis: Any = 0) -> None:
        super().__init__(0, max_value, axis=axis)


class UnitNorm(Constraint):
    """Norm 1 along the axis."""

    def __init__(self, axis: Any = 0) -> None:
        self.axis = axis

    def __call__(self, w: Any) -> Array:
        value, norm = _with_norm(w, self.axis)
        return value / (EPSILON + norm)


max_norm, min_max_norm, non_neg, unit_norm = MaxNorm, MinMaxNorm, NonNeg, UnitNorm


def _with_norm(w: Any, axis: Any) -> tuple[Array, Array]:
    value = as_array(array_of(w))
    axes = tuple(axis) if isinstance(axis, (list, tuple)) else axis
    return value, np.sqrt(np.sum(np.square(value), axis=axes, keepdims=True))


def get(identifier: Any) -> Any:
    """The constraint for a name or a class; other values are returned unchanged. ValueError for an unknown name."""
    if identifier is None:
        return None
    kinds = {"max_norm": MaxNorm, "min_max_norm": MinMaxNorm, "non_neg": NonNeg, "unit_norm": UnitNorm}
    return resolve("constraint", identifier, {**kinds, **{kind.__name__: kind for kind in kinds.values()}})
