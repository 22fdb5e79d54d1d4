"""The elementary functions: roots, exponentials, logarithms, trigonometry and the error function."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .dtypes import Array
from .primitive import Operation, binary, unary

sqrt = unary("sqrt", np.sqrt, lambda g, out: g / (2 * out))
rsqrt = unary("rsqrt", lambda x: 1 / np.sqrt(x), lambda g, out: g * (-0.5 * out * out * out))
reciprocal = unary("reciprocal", lambda x: 1 / x, lambda g, out: -g * out * out)

exp = unary("exp", np.exp, lambda g, out: g * out)
exp2 = unary("exp2", np.exp2, lambda g, out: g * (out * math.log(2)))
expm1 = unary("expm1", np.expm1, lambda g, out: g * (out + 1))
log = unary("log", np.log, lambda g, x: g / x)
log1p = unary("log1p", np.log1p, lambda g, x: g / (x + 1))
log2 = unary("log2", np.log2, lambda g, x: g / (x * math.log(2)))
log10 = unary("log10", np.log10, lambda g, x: g / (x * math.log(10)))

sin = unary("sin", np.sin, lambda g, x: g * cos(x))
cos: Operation = unary("cos", np.cos, lambda g, x: -g * sin(x))
tan = unary("tan", np.tan, lambda g, out: g * (1 + out * out))
asin = arcsin = unary("asin", np.arcsin, lambda g, x: g * rsqrt(1 - x * x))
acos = arccos = unary("acos", np.arccos, lambda g, x: -g * rsqrt(1 - x * x))
atan = arctan = unary("atan", np.arctan, lambda g, x: g / (1 + x * x))
sinh = unary("sinh", np.sinh, lambda g, x: g * cosh(x))
cosh: Operation = unary("cosh", np.cosh, lambda g, x: g * sinh(x))
tanh = unary("tanh", np.tanh, lambda g, out: g * (1 - out * out))
asinh = arcsinh = unary("asinh", np.arcsinh, lambda g, x: g * rsqrt(x * x + 1))
acosh = arccosh = unary("acosh", np.arccosh, lambda g, x: g * (rsqrt(x - 1) * rsqrt(x + 1)))
atanh = arctanh = unary("atanh", np.arctanh, lambda g, x: g / (1 - x * x))

#: The angle of the point (y, x), of its first and its second argument.
atan2 = arctan2 = binary(
    "atan2",
    np.arctan2,
    lambda g, x, y: g * y / (x * x + y * y),
    lambda g, x, y: -g * x / (x * x + y * y),
    kinds="f",
)
hypot = binary("hypot", np.hypot, lambda g, x, out: g * x / out, lambda g, y, out: g * y / out, kinds="f")


def _sigmoid(x: Array) -> Array:
    # exp of a large number is infinity, and 1/∞ is the 0 that is wanted.
    return 1 / (1 + np.exp(-x))


sigmoid = expit = unary("sigmoid", _sigmoid, lambda g, out: g * out * (1 - out))

# Rational approximations of erf and erfc, each correct to about 1e-16 on its interval:
# W. J. Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 23 (1969).
_ERF_SMALL = (
    (
        1.85777706184603153e-1,
        3.16112374387056560,
        1.13864154151050156e2,
        3.77485237685302021e2,
        3.20937758913846947e3,
    ),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3),
)
_ERFC_MIDDLE = (
    (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2,
     8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3),
    (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
     3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3),
)  # fmt: skip
_ERFC_LARGE = (
    (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
     1.60837851487422766e-2, 6.58749161529837803e-4),
    (1.0, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2,
     2.33520497626869185e-3),
)  # fmt: skip


def _ratio(coefficients: tuple[tuple[float, ...], tuple[float, ...]], x: Array) -> Array:
    """The quotient of two polynomials, highest power first."""
    top, bottom = (np.zeros_like(x) + c[0] for c in coefficients)
    for a, b in zip(*(c[1:] for c in coefficients), strict=True):
        top, bottom = top * x + a, bottom * x + b
    return top / bottom


def _erf(x: Array) -> Array:
    x = np.asarray(x)
    size = np.abs(x)
    small = size <= 0.46875
    near = np.where(small, x, 0)
    middle = np.clip(size, 0.46875, 4)
    large = np.clip(size, 4, 1e4)
    inverse = 1 / (large * large)
    tail = (1 / math.sqrt(math.pi) - inverse * _ratio(_ERFC_LARGE, inverse)) / large
    erfc = np.where(size <= 4, _ratio(_ERFC_MIDDLE, middle), tail) * np.exp(-size * size)
    out = np.where(small, near * _ratio(_ERF_SMALL, near * near), np.sign(x) * (1 - erfc))
    return np.where(np.isnan(x), x, out).astype(x.dtype)[()]


def _erfc(x: Array) -> Array:
    x = np.asarray(x)
    size = np.abs(x)
    large = np.clip(size, 4, 1e4)
    inverse = 1 / (large * large)
    tail = (1 / math.sqrt(math.pi) - inverse * _ratio(_ERFC_LARGE, inverse)) / large
    erfc = np.where(size <= 4, _ratio(_ERFC_MIDDLE, np.clip(size, 0.46875, 4)), tail) * np.exp(-size * size)
    out = np.where(size <= 0.46875, 1 - _erf(x), np.where(x > 0, erfc, 2 - erfc))
    return np.where(np.isnan(x), x, out).astype(x.dtype)[()]


def _bell(x: Any) -> Any:
    """The slope of erf: 2/√π · exp(-x²)."""
    return exp(-(x * x)) * (2 / math.sqrt(math.pi))


erf = unary("erf", _erf, lambda g, x: g * _bell(x), kinds="f")
erfc = unary("erfc", _erfc, lambda g, x: -g * _bell(x), kinds="f")
