"""Elementary functions: roots, exponentials, logarithms, trigonometric and hyperbolic functions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...core.operation import Operation, array_of, binary, unary
from .selection import where

__all__ = [
    "acos", "acosh", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "asin", "asinh", "atan",
    "atan2", "atanh", "cos", "cosh", "exp", "exp2", "expm1", "hypot", "log", "log10", "log1p", "log2", "reciprocal",
    "rsqrt", "sigmoid", "sin", "sinh", "sqrt", "tan", "tanh",
]  # fmt: skip


sqrt = unary("sqrt", np.sqrt, lambda g, out: g / (2 * out), doc="The square root")
rsqrt = unary("rsqrt", lambda x: 1 / np.sqrt(x), lambda g, out: g * (-0.5 * out * out * out), doc="1 / √x")
reciprocal = unary("reciprocal", lambda x: 1 / x, lambda g, out: -g * out * out, doc="1 / x")

exp = unary("exp", np.exp, lambda g, out: g * out, doc="e raised to x")
exp2 = unary("exp2", np.exp2, lambda g, out: g * (out * math.log(2)), doc="2 raised to x")
expm1 = unary("expm1", np.expm1, lambda g, out: g * (out + 1), doc="exp x - 1, accurate for small x too")
log = unary("log", np.log, lambda g, x: g / x, doc="The natural logarithm")
log1p = unary("log1p", np.log1p, lambda g, x: g / (x + 1), doc="log(1 + x), accurate for small x too")
log2 = unary("log2", np.log2, lambda g, x: g / (x * math.log(2)), doc="The logarithm to base 2")
log10 = unary("log10", np.log10, lambda g, x: g / (x * math.log(10)), doc="The logarithm to base 10")

sin = unary("sin", np.sin, lambda g, x: g * cos(x), doc="The sine of x in radians")
cos: Operation = unary("cos", np.cos, lambda g, x: -g * sin(x), doc="The cosine of x in radians")
tan = unary("tan", np.tan, lambda g, out: g * (1 + out * out), doc="The tangent of x in radians")
asin = arcsin = unary(
    "asin", np.arcsin, lambda g, x: g * rsqrt(1 - x * x), doc="The angle in [-π/2, π/2] whose sine is x"
)
acos = arccos = unary(
    "acos", np.arccos, lambda g, x: -g * rsqrt(1 - x * x), doc="The angle in [0, π] whose cosine is x"
)
atan = arctan = unary(
    "atan", np.arctan, lambda g, x: g / (1 + x * x), doc="The angle in (-π/2, π/2) whose tangent is x"
)
sinh = unary("sinh", np.sinh, lambda g, x: g * cosh(x), doc="The hyperbolic sine")
cosh: Operation = unary("cosh", np.cosh, lambda g, x: g * sinh(x), doc="The hyperbolic cosine")
tanh = unary("tanh", np.tanh, lambda g, out: g * (1 - out * out), doc="The hyperbolic tangent")
asinh = arcsinh = unary(
    "asinh", np.arcsinh, lambda g, x: g * rsqrt(x * x + 1), doc="The number whose hyperbolic sine is x"
)
acosh = arccosh = unary(
    "acosh",
    np.arccosh,
    lambda g, x: g * (rsqrt(x - 1) * rsqrt(x + 1)),
    doc="The number ≥ 0 whose hyperbolic cosine is x",
)
atanh = arctanh = unary(
    "atanh", np.arctanh, lambda g, x: g / (1 - x * x), doc="The number whose hyperbolic tangent is x"
)


def _over_square(a: Any, x: Any, y: Any) -> Any:
    """a / (x² + y²), and 0 at the origin, where the gradient of the angle is taken to be 0."""
    square = x * x + y * y
    origin = array_of(square) == 0
    return where(origin, 0, a / where(origin, 1, square))


atan2 = arctan2 = binary(
    "atan2",
    np.arctan2,
    lambda g, x, y: g * _over_square(y, x, y),
    lambda g, x, y: -g * _over_square(x, x, y),
    kinds="f",
    doc="The angle in (-π, π] of the point with ordinate x and abscissa y",
)
hypot = binary(
    "hypot", np.hypot, lambda g, x, out: g * x / out, lambda g, y, out: g * y / out, kinds="f", doc="√(x² + y²)"
)


def _sigmoid(x: Array) -> Array:
    # Where exp overflows to infinity, the result is 0, as it should be.
    return 1 / (1 + np.exp(-x))


sigmoid = expit = unary("sigmoid", _sigmoid, lambda g, out: g * out * (1 - out), doc="1 / (1 + exp(-x))")
