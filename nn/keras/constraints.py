"""Constraints: what a weight is brought back to after every step."""

from __future__ import annotations

from typing import Any

import numpy as np

from .config import Configured
from .naming import resolve

Array = np.ndarray
#: What keeps a norm from 0.
EPSILON = 1e-7


class Constraint(Configured):
    """Base of the constraints: a subclass gives in `__call__` the value in place of another."""

    def __call__(self, w: Any) -> Any:
        """The value that the constraint allows, nearest to `w` in its sense."""
        raise NotImplementedError(f"{type(self).__name__} must say in __call__(w) what value is allowed")


class NonNeg(Constraint):
    """No element below 0."""

    def __call__(self, w: Any) -> Array:
        """The weight with 0 for negative elements."""
        return np.maximum(_array(w), 0)


class MaxNorm(Constraint):
    """No norm along the axis above `max_value`.

    >>> MaxNorm(1.0)(np.array([[3.0], [4.0]])).round(3).tolist()
    [[0.6], [0.8]]
    """

    def __init__(self, max_value: float = 2, axis: Any = 0) -> None:
        self.max_value, self.axis = max_value, axis

    def __call__(self, w: Any) -> Array:
        """The weight, scaled down where it is too long."""
        value, norm = _with_norm(w, self.axis)
        return value * (np.clip(norm, 0, self.max_value) / (EPSILON + norm))


class UnitNorm(Constraint):
    """Norm 1 along the axis."""

    def __init__(self, axis: Any = 0) -> None:
        self.axis = axis

    def __call__(self, w: Any) -> Array:
        """The weight, scaled."""
        value, norm = _with_norm(w, self.axis)
        return value / (EPSILON + norm)


class MinMaxNorm(Constraint):
    """Norms along the axis between two values; `rate` says how strictly."""

    def __init__(self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0) -> None:
        self.min_value, self.max_value, self.rate, self.axis = min_value, max_value, rate, axis

    def __call__(self, w: Any) -> Array:
        """The weight, scaled."""
        value, norm = _with_norm(w, self.axis)
        wanted = self.rate * np.clip(norm, self.min_value, self.max_value) + (1 - self.rate) * norm
        return value * (wanted / (EPSILON + norm))


max_norm, min_max_norm, non_neg, unit_norm = MaxNorm, MinMaxNorm, NonNeg, UnitNorm


def _array(w: Any) -> Array:
    return np.asarray(getattr(w, "array", w))


def _with_norm(w: Any, axis: Any) -> tuple[Array, Array]:
    value = _array(w)
    along = tuple(axis) if isinstance(axis, (list, tuple)) else axis
    return value, np.sqrt(np.sum(np.square(value), axis=along, keepdims=True))


def get(identifier: Any) -> Any:
    """The constraint of a name or a class; an object or a function as it is; None for none.

    Raises:
        ValueError: an unknown name.
    """
    if identifier is None:
        return None
    kinds = {"max_norm": MaxNorm, "min_max_norm": MinMaxNorm, "non_neg": NonNeg, "unit_norm": UnitNorm}
    return resolve("constraint", identifier, {**kinds, **{kind.__name__: kind for kind in kinds.values()}})
