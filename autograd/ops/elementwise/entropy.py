"""Products with logarithms, x log y, x log(1 + y) and -x log x, in which 0 · log 0 is 0."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...core.operation import Operation, array_of, binary, unary
from ..arguments import named
from .elementary import log, log1p
from .selection import where

__all__ = ["xlogy"]


def _times_log(name: str, logarithm: Operation, pole: int, doc: str) -> Callable[[Any, Any], Any]:
    """Define x · logarithm(y) for a logarithm that is -∞ at `pole`: 0 where x is 0, unless y is NaN."""

    def forward(x: Array, y: Array) -> Array:
        zero = (x == 0) & ~np.isnan(y)
        return where(zero, 0, x * logarithm(where(zero, 1, y)))

    def slope_in_x(g: Any, x: Any, y: Any) -> Any:
        zero = (array_of(x) == 0) & (array_of(y) <= pole)
        return g * where(zero, 0, logarithm(where(zero, 1, y)))

    def slope_in_y(g: Any, x: Any, y: Any) -> Any:
        zero = (array_of(x) == 0) & (array_of(y) == pole)
        return g * (x / (where(zero, pole + 1, y) - pole))

    operation = binary(name, forward, slope_in_x, slope_in_y, kinds="f", doc=doc)

    def function(input: Any, other: Any) -> Any:
        # A NumPy scalar is converted to the common dtype, which `where` could not tell from a Python number.
        return operation(*(np.float64(v) if isinstance(v, (int, float)) else v for v in (input, other)))

    return named(function, name, operation.__doc__)


xlogy = _times_log(
    "xlogy", log, 0, "x log y, and 0 where x is 0 unless y is NaN: g log y (0 where x = 0 ≥ y) and g x/y"
)
xlog1py = _times_log(
    "xlog1py",
    log1p,
    -1,
    "x log(1 + y), and 0 where x is 0 unless y is NaN: g log(1 + y) (0 where x = 0, y ≤ -1) and g x/(1 + y)",
)


def _entropy(x: Array) -> Array:
    positive = np.where(x > 0, x, 1)
    return np.where(x < 0, x.dtype.type(-math.inf), np.where(x > 0, 0 - x * np.log(positive), 0 * x))[()]


entr = unary("entr", _entropy, lambda g, x: -g * (log(x) + 1), kinds="f", doc="-x log x, 0 at 0, and -∞ for x < 0")
