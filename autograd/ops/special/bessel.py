"""Bessel functions of whole order: J, Y, I and K, all orders by one formula each.

Where the argument is small, their integral representations by the trapezoidal rule, which converges faster than any
power for periodic and for rapidly falling integrands; where it is large, Hankel's asymptotic series: M. Abramowitz
and I. Stegun, "Handbook of Mathematical Functions" (1964), chapter 9.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...base.dtypes import Array, default_float
from ...core.operation import Operation, as_dtype, check_kind, primitive
from ...core.tensor import Tensor
from ..elementwise.arithmetic import sign

__all__ = ["i0"]


#: From here on the asymptotic series is exact to double precision, for the first few orders.
_FAR = 25.0


def _hankel(x: Array, order: int, terms: int = 24) -> list[Array]:
    """The terms of Hankel's series: products of (4n² - (2k - 1)²) over k!·(8x)ᵏ."""
    term, out = np.ones_like(x), []
    for k in range(1, terms + 1):
        out.append(term)
        term = term * (4 * order**2 - (2 * k - 1) ** 2) / (k * 8 * x)
    return out


def _mean_over_circle(f: Any, intervals: int) -> Any:
    """The mean over θ from 0 to π of f(θ); what it gets of order n has a part of order 2·intervals - n."""
    steps = range(1, intervals)
    return (0.5 * (f(0.0) + f(math.pi)) + sum(f(math.pi * k / intervals) for k in steps)) / intervals


def _split(x: Array) -> tuple[Array, Array, Array]:
    """The size of x in double precision: for the integral, where it is small, and for the series, where it is large."""
    size = np.abs(np.asarray(x, np.float64))
    return size, np.where(size < _FAR, size, 0), np.maximum(size, _FAR)


def _parity(x: Array, out: Array, order: int) -> Array:
    return np.where((np.asarray(x) < 0) & (order % 2 == 1), -out, out).astype(np.asarray(x).dtype)[()]


def bessel_j(x: Array, order: int) -> Array:
    """J of a whole order."""
    size, near, far = _split(x)
    integral = _mean_over_circle(lambda t: np.cos(near * math.sin(t) - order * t), 64)
    terms = _hankel(far, order)
    p = sum((-1) ** k * terms[2 * k] for k in range(len(terms) // 2))
    q = sum((-1) ** k * terms[2 * k + 1] for k in range(len(terms) // 2))
    angle = far - (order / 2 + 0.25) * math.pi
    series = np.sqrt(2 / (math.pi * far)) * (p * np.cos(angle) - q * np.sin(angle))
    return _parity(x, np.where(np.isinf(size), 0, np.where(size < _FAR, integral, series)), abs(order))


def bessel_y(x: Array, order: int) -> Array:
    """Y of a whole order."""
    z = np.asarray(x, np.float64)
    positive = np.where(z > 0, z, 1)
    _, near, far = _split(positive)
    out = _y_small(near, order)
    terms = _hankel(far, order)
    p = sum((-1) ** k * terms[2 * k] for k in range(len(terms) // 2))
    q = sum((-1) ** k * terms[2 * k + 1] for k in range(len(terms) // 2))
    angle = far - (order / 2 + 0.25) * math.pi
    series = np.sqrt(2 / (math.pi * far)) * (p * np.sin(angle) + q * np.cos(angle))
    out = np.where(positive < _FAR, out, np.where(np.isinf(far), 0, series))
    return np.where(z > 0, out, np.where(z == 0, -np.inf, np.nan)).astype(np.asarray(x).dtype)[()]


def _y_small(x: Array, order: int) -> Array:
    """Y₀ by Neumann's series in J (9.1.88), and upwards."""
    z = np.where(x == 0, 1, x)
    logarithm = np.log(z / 2) + np.euler_gamma
    y0 = 2 / math.pi * logarithm * bessel_j(z, 0)
    y0 = y0 - 4 / math.pi * sum((-1) ** k * bessel_j(z, 2 * k) / k for k in range(1, 32))
    # The Wronskian J₁Y₀ - J₀Y₁ = 2/πx would divide by zeros of J₀: the series for Y₁ is differentiated from Y₀.
    slope = 2 / math.pi * (bessel_j(z, 0) / z - logarithm * bessel_j(z, 1))
    slope = slope - 4 / math.pi * sum(
        (-1) ** k * (bessel_j(z, 2 * k - 1) - bessel_j(z, 2 * k + 1)) / (2 * k) for k in range(1, 32)
    )
    below, out = y0, -slope
    if order == 0:
        return y0
    for n in range(1, order):
        below, out = out, 2 * n / z * out - below
    return out


def _ie(x: Array, order: int) -> Array:
    size, near, far = _split(x)
    integral = _mean_over_circle(lambda t: np.exp(near * (math.cos(t) - 1)) * math.cos(order * t), 32)
    series = sum((-1) ** k * term for k, term in enumerate(_hankel(far, order))) / np.sqrt(2 * math.pi * far)
    return _parity(x, np.where(size < _FAR, integral, series), abs(order))


def _i(x: Array, order: int) -> Array:
    z = np.asarray(x, np.float64)
    return (np.exp(np.abs(z)) * _ie(z, order)).astype(np.asarray(x).dtype)[()]


def bessel_ke(x: Array, order: int) -> Array:
    """exp(x)·K of a whole order: ∫ exp(-x(cosh t - 1)) cosh nt dt from 0 on, as far as it is not 0."""
    z = np.asarray(x, np.float64)
    positive = np.where(z > 0, z, 1)
    end = np.arccosh(1 + 45 / positive)
    for _ in range(3):  # where the integrand is below exp(-45)
        end = np.arccosh(1 + (45 + abs(order) * end) / positive)
    step = end / 160
    values = (
        np.exp(-positive * (np.cosh(step * k) - 1)) * np.cosh(order * step * k) * (0.5 if k == 0 else 1)
        for k in range(161)
    )
    out = step * sum(values)
    return np.where(z > 0, out, np.where(z == 0, np.inf, np.nan)).astype(np.asarray(x).dtype)[()]


def bessel_k(x: Array, order: int) -> Array:
    """K of a whole order."""
    z = np.asarray(x, np.float64)
    return (np.exp(-z) * bessel_ke(z, order)).astype(np.asarray(x).dtype)[()]


#: Modified, of the first kind, I, and times exp(-|x|); the others have no gradient, as in PyTorch.
bessel_i: Operation = primitive(
    "bessel_i", lambda x, order: _i(x, order),
    x=lambda g, x, order: g * (bessel_i(x, order - 1) + bessel_i(x, order + 1)) * 0.5,
doc="The modified Bessel function I of a whole order: the mean of its neighbours")  # fmt: skip
bessel_ie: Operation = primitive(
    "bessel_ie", lambda x, order: _ie(x, order),
    x=lambda g, x, order: g * (
        (bessel_ie(x, order - 1) + bessel_ie(x, order + 1)) * 0.5 - sign(x) * bessel_ie(x, order)
    ),
doc="The modified Bessel function I times exp(-|x|)")  # fmt: skip


def _real(name: str, input: Tensor) -> Tensor:
    check_kind(name, input.array.dtype, "biuf")
    return input if input.array.dtype.kind == "f" else as_dtype(input, default_float())


def i0(input: Tensor) -> Tensor:
    """The modified Bessel function of the first kind of order 0."""
    return bessel_i(_real("i0", input), 0)
