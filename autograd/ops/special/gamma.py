"""The logarithm of the gamma function, its derivatives, the Hurwitz zeta function, incomplete gamma integrals.

The formulas are from M. Abramowitz and I. Stegun, "Handbook of Mathematical Functions" (1964), chapters 6 and 23: an
asymptotic series for large arguments, and a recurrence from small arguments to large ones.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...base.memory import in_double
from ...base.symbolic import as_array, as_one_call
from ...core.operation import Operation, binary, primitive, unary
from ..arguments import check_count
from ..elementwise.elementary import exp, log

__all__ = ["digamma", "igamma", "igammac", "lgamma"]


def unknown(g: Any) -> Any:
    """The rule for an argument whose derivative is not implemented: NaN."""
    return g * math.nan


#: The Bernoulli numbers B₂, B₄, …, B₂₄.
_BERNOULLI = (
    1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330,
    854513 / 138, -236364091 / 2730,
)  # fmt: skip

#: ζ(k) - 1 for k from 2 on.
_ZETA_MINUS_1 = (
    0.644934066848226436, 0.202056903159594285, 0.0823232337111381915, 0.0369277551433699263, 0.0173430619844491397,
    0.00834927738192282684, 0.00407735619794433938, 0.00200839282608221442, 0.000994575127818085337,
    0.000494188604119464559, 0.000246086553308048299, 0.000122713347578489147, 6.12481350587048293e-5,
    3.05882363070204936e-5, 1.52822594086518717e-5, 7.63719763789976227e-6, 3.81729326499983986e-6,
    1.90821271655393893e-6, 9.53962033872796113e-7, 4.76932986787806463e-7,
)  # fmt: skip

#: The coefficients of the series, the highest power first: of log Γ(y) and ψ(y) in 1/y², of log Γ(2 - w) in w.
_IN_LGAMMA = tuple([b / (2 * k * (2 * k - 1)) for k, b in enumerate(_BERNOULLI, start=1)][::-1])
_IN_DIGAMMA = tuple([b / (2 * k) for k, b in enumerate(_BERNOULLI, start=1)][::-1])
_NEAR_ROOTS = tuple([c / k for k, c in enumerate(_ZETA_MINUS_1, start=2)][::-1])

#: Arguments below this are increased by the recurrence before the series is used.
_SHIFT = 10


def _polynomial(coefficients: tuple[float, ...], x: Array) -> Array:
    """A polynomial, the highest power first, by Horner's rule."""
    out: Any = coefficients[0]
    for c in coefficients[1:]:
        out = out * x + c
    return out


def _lgamma(x: Array) -> Array:
    z = in_double(x)
    right = np.where(z > 0, z, 1 - z)
    small = right < _SHIFT
    near, y = np.where(small, right, 0), np.where(small, right + _SHIFT, right)
    product = np.where(small, math.prod(near + k for k in range(_SHIFT)), 1)
    series = _polynomial(_IN_LGAMMA, 1 / (y * y)) / y
    out = np.where(np.isinf(y), y, (y - 0.5) * np.log(y) - y + 0.5 * math.log(2 * math.pi) + series) - np.log(product)
    # Reflection: Γ(x)Γ(1 - x) = π / sin πx; measuring the angle from the nearest integer keeps it exact.
    angle = np.abs(np.sin(math.pi * (z - np.round(z))))
    out = np.where(z > 0, out, math.log(math.pi) - np.log(angle) - out)
    out = np.where(np.abs(z) < 1e-300, -np.log(np.abs(z)), out)  # πz would lose digits there
    out = np.where((np.abs(z - 1) < 0.3) | (np.abs(z - 2) < 0.3), _lgamma_near_roots(z), out)
    return np.where(np.isinf(z), np.inf, out).astype(as_array(x).dtype)[()]


def _lgamma_near_roots(z: Array) -> Array:
    """log Γ near its roots 1 and 2, by the Taylor series of log Γ(2 + w) (6.1.33): exactly 0 at the roots."""
    w = np.where(np.abs(z - 1) < 0.3, z - 1, np.where(np.abs(z - 2) < 0.3, z - 2, 0))
    series = w * (1 - np.euler_gamma) + w * w * _polynomial(_NEAR_ROOTS, -w)
    return np.where(z < 1.5, series - np.log1p(w), series)


def _digamma(x: Array) -> Array:
    z = in_double(x)
    right = np.where(z > 0, z, 1 - z)
    small = right < _SHIFT
    near, y = np.where(small, right, 1), np.where(small, right + _SHIFT, right)
    out = np.where(small, -sum(1 / (near + k) for k in range(_SHIFT)), 0)
    inverse = 1 / (y * y)
    out = out + np.log(y) - 0.5 / y - inverse * _polynomial(_IN_DIGAMMA, inverse)
    turned = out - math.pi / np.tan(math.pi * (z - np.round(z)))
    out = np.where(z > 0, out, np.where(z == 0, -np.copysign(np.inf, z), np.where(z == np.round(z), np.nan, turned)))
    return out.astype(as_array(x).dtype)[()]


def _hurwitz(s: Array, q: Array) -> Array:
    """Σ (q + k)⁻ˢ over k ≥ 0, by the Euler-Maclaurin formula; negative q takes more terms before it."""
    return as_one_call(_euler_maclaurin, s, q)


def _euler_maclaurin(s: Array, q: Array) -> Array:
    kind = np.result_type(s, q)
    s, q = np.broadcast_arrays(in_double(s), in_double(q))
    steps = _SHIFT + int(max(0, -np.min(np.where(np.isfinite(q), q, 0), initial=0)))
    total, place = np.zeros(q.shape), q.copy()
    for _ in range(min(steps, 10000)):
        more = place < _SHIFT
        total = np.where(more, total + np.where(more, place, 1.0) ** -s, total)
        place = np.where(more, place + 1, place)
    total = total + place ** (1 - s) / (s - 1) + 0.5 * place**-s
    factor = s * place ** (-s - 1)
    for k, b in enumerate(_BERNOULLI, start=1):
        total = total + b / math.factorial(2 * k) * factor
        factor = factor * (s + 2 * k - 1) * (s + 2 * k) / (place * place)
    whole = q == np.floor(q)
    out = np.where(np.isposinf(q), 0, total)
    out = np.where(q <= 0, np.where(whole, np.inf, np.where(s == np.floor(s), out, np.nan)), out)
    out = np.where(np.isposinf(s) & (q > 0), np.where(q == 1, 1.0, np.where(q < 1, np.inf, 0.0)), out)
    out = np.where(s == 1, np.inf, np.where((s < 1) | np.isnan(s) | np.isnan(q), np.nan, out))
    return out.astype(kind)[()]


def _polygamma(x: Array, n: int) -> Array:
    if n == 0:
        return _digamma(x)
    if n == 1:  # reflection, which is accurate for large negative arguments too
        z = in_double(x)
        right = np.where(z > 0, z, 1 - z)
        value = in_double(_hurwitz(np.float64(2), right))
        out = np.where(z > 0, value, (math.pi / np.sin(math.pi * (z - np.round(z)))) ** 2 - value)
        return out.astype(as_array(x).dtype)[()]
    factorial = float(math.factorial(n)) if n <= 170 else math.inf
    out = (-1) ** (n + 1) * factorial * in_double(_hurwitz(np.float64(n + 1), x))
    return out.astype(as_array(x).dtype)[()]


#: ψ⁽ⁿ⁾, the derivatives of the digamma function ψ.
derivative_of_digamma: Operation = primitive(
    "polygamma",
    lambda x, n: _polygamma(x, n),
    x=lambda g, x, n: g * derivative_of_digamma(x, n + 1),
    keeps_layout=True,
    doc="The n-th derivative of the digamma function: the next one",
)
digamma: Operation = unary(
    "digamma",
    _digamma,
    lambda g, x: g * derivative_of_digamma(x, 1),
    kinds="f",
    doc="The derivative of log Γ(x): the first polygamma function",
)
lgamma = unary("lgamma", _lgamma, lambda g, x: g * digamma(x), kinds="f", doc="log |Γ(x)|: the digamma function")

#: The Hurwitz zeta function ζ(s, q) = Σ (q + k)⁻ˢ; its derivative with respect to s is not implemented, and NaN.
zeta: Operation = binary(
    "zeta",
    lambda x, y: _hurwitz(x, y),
    unknown,
    lambda g, x, y: -g * x * zeta(x + 1, y),
    kinds="f",
    doc="The Hurwitz zeta function, Σ (y + k)⁻ˣ: NaN in x, and -x ζ(x + 1, y) in y",
)


# -- incomplete gamma integrals ------------------------------------------------------------------------


def _incomplete(a: Array, x: Array, upper: bool) -> Array:
    """P(a, x), or Q(a, x) if `upper`: the power series of P for x < a + 1, else Lentz's continued fraction of Q."""
    return as_one_call(_series_and_fraction, a, x, upper)  # whose rounds depend on the values


def _series_and_fraction(a: Array, x: Array, upper: bool) -> Array:
    kind = np.result_type(a, x)
    a, x = np.broadcast_arrays(in_double(a), in_double(x))
    plain = (a > 0) & (x > 0) & np.isfinite(a) & np.isfinite(x)
    b, y = np.where(plain, a, 1.0), np.where(plain, x, 1.0)
    front = np.exp(b * np.log(y) - y - _lgamma(b))
    rounds = check_count("igamma: steps", 200 + int(8 * math.sqrt(np.max(b, initial=1.0))), 2**18)
    left = y < b + 1
    near = np.where(left, y, b)
    term = total = 1 / b
    for k in range(1, rounds):
        term = term * near / (b + k)
        total = total + term
        if np.all(term < 1e-17 * total):
            break
    far, tiny = np.where(left, b + 1, y), 1e-300
    d = 1 / (far + 1 - b)
    c, fraction = np.full(far.shape, 1 / tiny), d
    for k in range(1, rounds):
        top, bottom = -k * (k - b), far + 2 * k + 1 - b
        d, c = 1 / (top * d + bottom), bottom + top / c
        fraction = fraction * (c * d)
        if np.all(np.abs(c * d - 1) < 1e-16):
            break
    lower = np.where(left, front * total, 1 - front * fraction)
    out = 1 - lower if upper else lower
    out = np.where(~left & plain, front * fraction, out) if upper else out
    empty, whole = (x == 0) | np.isposinf(a), np.isposinf(x) | (a == 0)
    out = np.where(plain, out, np.where(empty, float(upper), np.where(whole, float(not upper), np.nan)))
    unknown = (a < 0) | (x < 0) | np.isnan(a) | np.isnan(x) | ((a == 0) & (x == 0)) | (np.isinf(a) & np.isinf(x))
    return np.where(unknown, np.nan, out).astype(kind)[()]


def _density(a: Any, x: Any) -> Any:
    """The derivative of P(a, x) with respect to x."""
    return exp((a - 1) * log(x) - x - lgamma(a))


#: P(a, x) and Q(a, x) = 1 - P(a, x); their derivative with respect to a is not implemented, and NaN.
igamma = gammainc = binary(
    "igamma", lambda x, y: _incomplete(x, y, False), unknown,
    lambda g, x, y: g * _density(x, y), kinds="f",
doc="The lower incomplete gamma integral P(x, y): NaN in x, and exp(-y) yˣ⁻¹ / Γ(x) in y")  # fmt: skip
igammac = gammaincc = binary(
    "igammac", lambda x, y: _incomplete(x, y, True), unknown,
    lambda g, x, y: -g * _density(x, y), kinds="f",
doc="The upper incomplete gamma integral Q(x, y): NaN in x, and -exp(-y) yˣ⁻¹ / Γ(x) in y")  # fmt: skip
