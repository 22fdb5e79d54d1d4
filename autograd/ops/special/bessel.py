"""The Bessel functions J, Y, I and K of integer order.

Small arguments: their integral representations, by the trapezoidal rule, which converges exponentially for periodic
and for rapidly decaying integrands. Large arguments: Hankel's asymptotic series. See M. Abramowitz and I. Stegun,
"Handbook of Mathematical Functions" (1964), chapter 9.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...base.dtypes import Array, default_float
from ...base.memory import in_double
from ...base.symbolic import as_array
from ...core.errors import check_kind
from ...core.operation import Operation, as_dtype, primitive
from ...core.tensor import Tensor
from ..elementwise.arithmetic import sign

__all__ = ["i0"]


#: The modified Bessel function of the first kind, I. Only I has gradients, as in PyTorch.
bessel_i: Operation = primitive(
    "bessel_i", lambda x, order: _i(x, order), keeps_layout=True,
    x=lambda g, x, order: g * (bessel_i(x, order - 1) + bessel_i(x, order + 1)) * 0.5,
doc="The modified Bessel function I of integer order: the mean of its neighbours")  # fmt: skip

#: The same, times exp(-|x|), which does not overflow.
bessel_ie: Operation = primitive(
    "bessel_ie", lambda x, order: _ie(x, order), keeps_layout=True,
    x=lambda g, x, order: g * (
        (bessel_ie(x, order - 1) + bessel_ie(x, order + 1)) * 0.5 - sign(x) * bessel_ie(x, order)
    ),
doc="The modified Bessel function I times exp(-|x|)")  # fmt: skip


def i0(input: Tensor) -> Tensor:
    """The modified Bessel function of the first kind of order 0."""
    return bessel_i(as_real("i0", input), 0)


def as_real(name: str, input: Tensor) -> Tensor:
    """`input`, with integers converted to the default floating-point dtype.

    Raises:
        RuntimeError: its elements are complex.
    """
    check_kind(name, input.array.dtype, "biuf")
    return input if input.array.dtype.kind == "f" else as_dtype(input, default_float())


#: Below this argument the power series is used, whose relative error stays small even where the function is small.
_NEAR = 1.0

#: From this argument on, the asymptotic series is accurate to double precision, for the first few orders.
_FAR = 25.0


def bessel_j(x: Array, order: int) -> Array:
    """The Bessel function of the first kind, J, of order 0 or more."""
    size, near, far = _split(x)
    integral = _mean_over_circle(lambda t: np.cos(near * math.sin(t) - order * t), 64)
    integral = np.where(near < _NEAR, _power_series(near, order, -1), integral)
    p, q, angle = _asymptotic(far, order)
    series = np.sqrt(2 / (math.pi * far)) * (p * np.cos(angle) - q * np.sin(angle))
    return _with_parity(x, np.where(np.isinf(size), 0, np.where(size < _FAR, integral, series)), order)


def bessel_y(x: Array, order: int) -> Array:
    """The Bessel function of the second kind, Y, of order 0 or 1: -∞ at 0, NaN for negative x."""
    z = in_double(x)
    positive = np.where(z > 0, z, 1)
    _, near, far = _split(positive)
    out = _y_small(near, order)
    p, q, angle = _asymptotic(far, order)
    series = np.sqrt(2 / (math.pi * far)) * (p * np.sin(angle) + q * np.cos(angle))
    out = np.where(positive < _FAR, out, np.where(np.isinf(far), 0, series))
    return np.where(z > 0, out, np.where(z == 0, -np.inf, np.nan)).astype(as_array(x).dtype)[()]


def _y_small(x: Array, order: int) -> Array:
    """Y₀ by Neumann's series in J (9.1.88), and Y₁ from its derivative."""
    z = np.where(x == 0, 1, x)
    logarithm = np.log(z) - math.log(2) + np.euler_gamma
    y0 = 2 / math.pi * logarithm * bessel_j(z, 0)
    y0 = y0 - 4 / math.pi * sum((-1) ** k * bessel_j(z, 2 * k) / k for k in range(1, 32))
    # Y₁ = -Y₀′, term by term: the Wronskian J₁Y₀ - J₀Y₁ = 2/πx would divide by the zeros of J₀.
    slope = 2 / math.pi * (bessel_j(z, 0) / z - logarithm * bessel_j(z, 1))
    slope = slope - 4 / math.pi * sum(
        (-1) ** k * (bessel_j(z, 2 * k - 1) - bessel_j(z, 2 * k + 1)) / (2 * k) for k in range(1, 32)
    )
    return -slope if order else y0


def _asymptotic(x: Array, order: int) -> tuple[Array, Array, Array]:
    """The P and Q and the angle of Hankel's series for J and Y (9.2.5 to 9.2.10)."""
    terms = _hankel(x, order)
    p = sum((-1) ** k * terms[2 * k] for k in range(len(terms) // 2))
    q = sum((-1) ** k * terms[2 * k + 1] for k in range(len(terms) // 2))
    return p, q, x - (order / 2 + 0.25) * math.pi


def _i(x: Array, order: int) -> Array:
    z = in_double(x)
    return (np.exp(np.abs(z)) * _ie(z, order)).astype(as_array(x).dtype)[()]


def _ie(x: Array, order: int) -> Array:
    size, near, far = _split(x)
    integral = _mean_over_circle(lambda t: np.exp(near * (math.cos(t) - 1)) * math.cos(order * t), 32)
    integral = np.where(near < _NEAR, _power_series(near, abs(order), 1) * np.exp(-near), integral)
    series = sum((-1) ** k * term for k, term in enumerate(_hankel(far, order))) / np.sqrt(2 * math.pi * far)
    return _with_parity(x, np.where(size < _FAR, integral, series), abs(order))


def bessel_k(x: Array, order: int) -> Array:
    """The modified Bessel function of the second kind, K: ∞ at 0, NaN for negative x."""
    z = in_double(x)
    return (np.exp(-z) * bessel_ke(z, order)).astype(as_array(x).dtype)[()]


def bessel_ke(x: Array, order: int) -> Array:
    """exp(x) K(x) = ∫₀^∞ exp(-x (cosh t - 1)) cosh(n t) dt: ∞ at 0, NaN for negative x."""
    z = in_double(x)
    positive = np.where(z > 0, z, 1)
    # From `end` on, where cosh t - 1 = 2 sinh² (t/2) is 45 / x, the integrand is below exp(-45).
    end = 2 * np.arcsinh(np.sqrt(22.5 / positive))
    for _ in range(3):
        end = 2 * np.arcsinh(np.sqrt((45 + abs(order) * end) / positive / 2))
    step = end / 160
    values = (
        np.exp(-2 * positive * np.sinh(step * k / 2) ** 2) * np.cosh(order * step * k) * (0.5 if k == 0 else 1)
        for k in range(161)
    )
    out = np.where(positive < _NEAR, np.exp(positive) * _k_small(positive, order), step * sum(values))
    out = np.where(np.isposinf(z), 0, out)
    return np.where(z > 0, out, np.where(z == 0, np.inf, np.nan)).astype(as_array(x).dtype)[()]


def _k_small(x: Array, order: int) -> Array:
    """K of order 0 or 1 by its series (9.6.11), for x below _NEAR."""
    z = np.where(x < _NEAR, x, 0.5)
    harmonic = [0.0]
    for k in range(1, 14):
        harmonic.append(harmonic[-1] + 1 / k)
    logarithm, square = np.log(z) - math.log(2) + np.euler_gamma, z * z / 4
    terms: Any
    if order == 0:
        terms = (square**k / math.factorial(k) ** 2 * harmonic[k] for k in range(12))
        return sum(terms) - logarithm * _power_series(z, 0, 1)
    terms = (
        square**k / (math.factorial(k) * math.factorial(k + 1)) * (harmonic[k] + harmonic[k + 1]) for k in range(12)
    )
    return 1 / z + logarithm * _power_series(z, 1, 1) - z / 4 * sum(terms)


def _hankel(x: Array, order: int, terms: int = 24) -> list[Array]:
    """The terms of Hankel's series: products of (4n² - (2k - 1)²) over k!·(8x)ᵏ."""
    term, out = np.ones_like(x), []
    for k in range(1, terms + 1):
        out.append(term)
        term = term * (4 * order**2 - (2 * k - 1) ** 2) / (k * 8 * x)
    return out


def _power_series(x: Array, order: int, sign: int) -> Array:
    """(x/2)ⁿ Σ (± x²/4)ᵏ / (k! (n + k)!), for J with the sign -1 (9.1.10), for I with 1 (9.6.10)."""
    small = np.where(x < _NEAR, x, 0)
    square = sign * small * small / 4
    terms = (square**k / (math.factorial(k) * math.factorial(order + k)) for k in range(12))
    return (small / 2) ** order * sum(terms)


def _mean_over_circle(f: Any, intervals: int) -> Any:
    """The mean of f(θ) over 0 ≤ θ ≤ π, by the trapezoidal rule.

    For an integral representation of order n, its error is a function of order 2·intervals - n.
    """
    steps = range(1, intervals)
    return (0.5 * (f(0.0) + f(math.pi)) + sum(f(math.pi * k / intervals) for k in steps)) / intervals


def _split(x: Array) -> tuple[Array, Array, Array]:
    """|x| in double precision, and its values for the integral (below _FAR, else 0) and for the series (≥ _FAR)."""
    size = np.abs(in_double(x))
    return size, np.where(size < _FAR, size, 0), np.maximum(size, _FAR)


def _with_parity(x: Array, out: Array, order: int) -> Array:
    """`out`, computed for |x|, negated where x is negative and the order odd; in the dtype of x."""
    return np.where((as_array(x) < 0) & (order % 2 == 1), -out, out).astype(as_array(x).dtype)[()]
