"""The error function and the normal distribution function, their complements, logarithm and inverses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...base.memory import in_double
from ...base.symbolic import as_array
from ...core.operation import Operation, unary
from ..elementwise.arithmetic import square
from ..elementwise.elementary import exp
from ..elementwise.selection import select

__all__ = ["erf", "erfc", "erfinv"]


_ROOT = math.sqrt(math.pi)


# Rational approximations of erf and erfc, each correct to about 1e-16 on its interval:
# W. J. Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 23 (1969).
_ERF_SMALL = (
    (1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3),
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


# Approximations that suffice for float32, fitted to 1e-8: erf x = tanh(x + x R(x²)) for |x| < 4.2, beyond which erf x
# rounds to ±1, and exp(x²) erfc x = P(1 / (1 + 0.4 x)) for x ≥ 0.
_ERF_SINGLE = (
    (1.8533554687e-3, 1.8956625847e-2, 1.2291424817e-1, 1.2837917085e-1),
    (3.2492383950e-4, 2.3689907883e-2, 1.5689255632e-1, 1.0),
)
_ERFC_SINGLE = (
    -2.9213989695538373e-2, 1.4044137462481294e-1, -2.355164611704882e-1, 1.3754926649142415e-1, -4.688684814758409e-2,
    8.391283168951891e-2, 1.1900924685447037e-1, 1.7173913762065257e-1, 2.0761374106427946e-1, 2.2567585973666268e-1,
    2.256758347952716e-1, 0.0,
)  # fmt: skip


def _polynomial(coefficients: tuple[float, ...], x: Array) -> Array:
    """A polynomial, highest power first."""
    out = np.asarray(x * coefficients[0])
    for c in coefficients[1:-1]:
        out += c
        out *= x
    out += coefficients[-1]
    return out


def _ratio(coefficients: tuple[tuple[float, ...], tuple[float, ...]], x: Array) -> Array:
    """The quotient of two polynomials, highest power first."""
    return _polynomial(coefficients[0], x) / _polynomial(coefficients[1], x)


def _scaled_erfc(size: Array) -> Array:
    """exp(x²) erfc(x) for x ≥ 0.46875."""
    far = np.maximum(size, 4)
    inverse = 1 / (far * far)
    tail = (1 / _ROOT - inverse * _ratio(_ERFC_LARGE, inverse)) / far
    return select(size <= 4, _ratio(_ERFC_MIDDLE, np.clip(size, 0.46875, 4)), tail)


def _erf(x: Array) -> Array:
    if x.dtype == np.float32:
        x = np.clip(x, -4.2, 4.2)
        out = _ratio(_ERF_SINGLE, x * x)
        out *= x
        out += x
        return np.tanh(out)
    size = np.abs(x)
    near = np.clip(x, -0.46875, 0.46875)
    far = np.copysign(1 - _scaled_erfc(size) * np.exp(-size * size), x)
    return select(size <= 0.46875, near * _ratio(_ERF_SMALL, near * near), far)


def _erfc(x: Array) -> Array:
    if x.dtype == np.float32:
        z = in_double(x)
        size = np.abs(z)
        tail = _polynomial(_ERFC_SINGLE, 1 / (1 + 0.4 * size)) * np.exp(-size * size)
        return select(z < 0, 2 - tail, tail).astype(np.float32)
    size = np.abs(x)
    erfc = _scaled_erfc(size) * np.exp(-size * size)
    return select(size <= 0.46875, 1 - _erf(x), select(x > 0, erfc, 2 - erfc))


def _erfcx(x: Array) -> Array:
    z = in_double(x)
    size, square = np.abs(z), np.exp(z * z)
    scaled = _scaled_erfc(size)
    out = np.where(size < 0.46875, square * _erfc(z), np.where(z > 0, scaled, 2 * square - scaled))
    return np.where(np.isnan(z), z, out).astype(as_array(x).dtype)[()]


def _erf_derivative(x: Any) -> Any:
    return exp(-(x * x)) * (2 / _ROOT)


erf = unary(
    "erf",
    _erf,
    lambda g, x: g * _erf_derivative(x),
    kinds="f",
    doc="The error function, 2/√π ∫₀ˣ exp(-t²) dt: 2/√π · exp(-x²)",
)
erfc = unary(
    "erfc",
    _erfc,
    lambda g, x: -g * _erf_derivative(x),
    kinds="f",
    doc="1 - erf x, accurate for large x too: -2/√π · exp(-x²)",
)

#: The scaled complementary error function, which does not underflow for large x.
erfcx: Operation = unary(
    "erfcx", _erfcx, lambda g, x, out: g * (2 * x * out - 2 / _ROOT), kinds="f", doc="exp(x²) erfc x: 2x out - 2/√π"
)


# -- the normal distribution function, and inverses ---------------------------------------------------------


def _log_ndtr(x: Array) -> Array:
    z = in_double(x)
    left, right = np.minimum(z, -1), np.maximum(z, -1)
    tail = np.log(_erfcx(-left / math.sqrt(2)) / 2) - left * left / 2
    out = np.where(z < -1, tail, np.log1p(-_erfc(right / math.sqrt(2)) / 2))
    return np.where(np.isnan(z), z, out).astype(as_array(x).dtype)[()]


# Rational approximations of the inverse, each correct to about 1e-16 on its interval, highest powers first:
# M. J. Wichura, "Algorithm AS 241: The percentage points of the normal distribution", Applied Statistics 37 (1988).
_CENTRE = (
    (2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
     1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080),
    (5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
     5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0),
)  # fmt: skip
_SIDE = (
    (7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258,
     3.64784832476320460504, 5.76949722146069140550, 4.63033784615654529590, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
     6.89767334985100004550e-1, 1.67638483018380384940, 2.05319162663775882187, 1.0),
)  # fmt: skip
_END = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
     2.96560571828504891230e-1, 1.78482653991729133580, 5.46378491116411436990, 6.65790464350110377720),
    (2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
     1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0),
)  # fmt: skip


def _quantile(q: Array, tail: Array) -> Array:
    """The x at which the normal distribution function is 1/2 + q, where `tail` is 1/2 - |q|; infinite for tail 0."""
    inside = np.where((tail > 0) & (tail <= 0.5), tail, 0.25)
    root = np.sqrt(-np.log(inside))
    outer = np.where(root <= 5, _ratio(_SIDE, np.minimum(root, 5) - 1.6), _ratio(_END, np.maximum(root, 5) - 5))
    centre = q * _ratio(_CENTRE, np.maximum(0.180625 - q * q, 0))
    out = np.where(np.abs(q) <= 0.425, centre, np.copysign(outer, q))
    return np.where(tail == 0, np.copysign(np.inf, q), np.where((tail > 0) & (tail <= 0.5), out, np.nan))


def _ndtri(x: Array) -> Array:
    z = in_double(x)
    return _quantile(z - 0.5, np.minimum(z, 1 - z)).astype(as_array(x).dtype)[()]


def _erfinv(x: Array) -> Array:
    z = in_double(x)
    return (_quantile(z / 2, (1 - np.abs(z)) / 2) / math.sqrt(2)).astype(as_array(x).dtype)[()]


def _log_ndtr_derivative(x: Any) -> Any:
    """The density of the normal distribution divided by its distribution function."""
    return math.sqrt(2 / math.pi) / erfcx(x * (-1 / math.sqrt(2)))


log_ndtr = unary(
    "log_ndtr",
    _log_ndtr,
    lambda g, x: g * _log_ndtr_derivative(x),
    kinds="f",
    doc="The logarithm of the normal distribution function: the density over the distribution function",
)

erfinv: Operation = unary(
    "erfinv",
    _erfinv,
    lambda g, x: g * exp(square(erfinv(x))) * (_ROOT / 2),  # the result is free to be overwritten, as in PyTorch
    kinds="f",
    doc="The inverse of the error function: √π/2 exp(erfinv(x)²)",
)

ndtri = unary(
    "ndtri",
    _ndtri,
    lambda g, out: g * exp(out * out * 0.5) * math.sqrt(2 * math.pi),
    kinds="f",
    doc="The inverse of the normal distribution function: √2π exp(out²/2)",
)
