"""Oracles: derivatives of a function of arrays, found from its values alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..dtypes import Array

#: So small that h² vanishes beside any value: the complex step has no truncation error, and subtracts nothing.
COMPLEX_STEP = 1e-20
_EPSILON = float(np.finfo(np.float64).eps)


class Estimate(NamedTuple):
    """A derivative and a bound for its error, as the method itself judges it."""

    value: float
    error: float


def complex_step(f: Callable[[Array], Any], x: Array, direction: Array | None = None) -> Any:
    """The derivative of an analytic `f`, exact to rounding: Im f(x + ih·direction) / h.

    W. Squire and G. Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Review 40 (1998).

    Args:
        f: a function of one array that NumPy computes in complex numbers too, with no |x|, conjugate or comparison.
        x: where; real, of any shape.
        direction: of the shape of `x`. Without it, `f` must be elementwise, and the derivative is too.

    >>> float(complex_step(np.exp, np.array(0.0)))
    1.0
    """
    step = COMPLEX_STEP if direction is None else COMPLEX_STEP * np.asarray(direction)
    return np.imag(f(np.asarray(x) + 1j * step)) / COMPLEX_STEP


def finite_difference(f: Callable[[float], Any], x: float = 0.0, step: float = 0.1, steps: int = 9) -> Estimate:
    """The derivative of a smooth `f` of one number by central differences, extrapolated to a step of nothing.

    C. Ridders, "Accurate computation of F'(x) and F'(x)F''(x)", Advances in Engineering Software 4 (1982): the step
    is halved `steps` times, each column of the tableau cancels another even power of it, and the entry
    that agrees best with its neighbours is taken. What rounding leaves of it is part of the error.

    >>> import math
    >>> slope, error = finite_difference(math.exp)
    >>> abs(slope - 1) <= error < 1e-9
    True
    """
    best = Estimate(float("nan"), float("inf"))
    before: list[float] = []
    for halvings in range(steps):
        h = step / 2**halvings
        above, below = float(f(x + h)), float(f(x - h))
        noise = 4 * _EPSILON * max(abs(above), abs(below)) / h
        row = [(above - below) / (2 * h)]
        for column, coarse in enumerate(before, start=1):
            row.append(row[-1] + (row[-1] - coarse) / (4**column - 1))
            error = max(abs(row[-1] - row[-2]), abs(row[-1] - coarse)) + noise
            if error < best.error:
                best = Estimate(row[-1], error)
        before = row
    return best
