"""Oracles: derivatives of a function of arrays, computed from its values alone, each with a bound for its error."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...base.dtypes import Array

#: So small that h² vanishes beside any value, so that the complex step has no truncation error.
COMPLEX_STEP = 1e-20
EPSILON = float(np.finfo(np.float64).eps)
#: The largest step of the differences. No round number, because functions that round would look smooth with one.
STEP = 0.117


class Estimate(NamedTuple):
    """A derivative and the method's own bound for its error: two numbers, or two arrays."""

    value: Any
    error: Any


def complex_step(f: Callable[[Array], Any], x: Array, direction: Array | None = None) -> Any:
    """The derivative of an analytic `f`, exact to rounding: Im f(x + ih·direction) / h.

    W. Squire and G. Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Review 40 (1998).

    Args:
        f: a function of one array that NumPy also computes in complex numbers, without |x|, conjugate or comparison.
        x: the point, a real array of any shape.
        direction: an array with the shape of `x`. Without it, `f` must be elementwise, and so is the derivative.

    Raises:
        TypeError: NumPy computes `f` only in real numbers, as it does arctan2 and hypot.
        ValueError: `f` returned real numbers for complex ones, as abs and norm do, so the imaginary part is lost.

    >>> float(complex_step(np.exp, np.array(0.0)))
    1.0
    """
    step = COMPLEX_STEP if direction is None else COMPLEX_STEP * np.asarray(direction)
    return np.imag(_in_complex_numbers(f, np.asarray(x) + 1j * step)) / COMPLEX_STEP


def second_derivative(
    f: Callable[[Array], Any], x: Array, u: Array, v: Array | None = None, radius: float = 0.5
) -> Estimate:
    """The second derivative of an analytic `f` along `u`, or the mixed one along `u` and `v`.

    Cauchy's formula: f″ is the mean of 2 f(x + r·e^{iφ}·u) e^{−2iφ} / r² over a circle. Where `f` is analytic the
    trapezoidal rule converges faster than any power of the number of points, so that only rounding error remains. The
    error is estimated by comparing 16 points with 8, and the radius is halved until they agree. A mixed derivative is a
    quarter of the difference between the second derivatives along u + v and u − v.

    J. Lyness and C. Moler, "Numerical differentiation of analytic functions", SIAM J. Numer. Anal. 4 (1967).

    Args:
        f: a function of one array, as for `complex_step`.
        x: the point, a real array of any shape.
        u, v: directions, arrays with the shape of `x`.
        radius: the radius of the largest circle.

    Raises:
        TypeError, ValueError: as `complex_step`.

    >>> value, error = second_derivative(np.exp, np.array(0.0), np.array(1.0))
    >>> bool(abs(value - 1) <= error < 1e-12)
    True
    """
    x, u = np.asarray(x), np.asarray(u)
    if v is None:
        return _along_circle(f, x, u, radius, 2)
    together, apart = _along_circle(f, x, u + v, radius, 2), _along_circle(f, x, u - v, radius, 2)
    return Estimate((together.value - apart.value) / 4, (together.error + apart.error) / 4)


def first_derivative(f: Callable[[Array], Any], x: Array, u: Array, radius: float = 0.5) -> Estimate:
    """The derivative of an analytic `f` along `u` by Cauchy's formula, as `second_derivative`.

    It is coarser than the complex step, but holds where complex arithmetic is exact only to rounding of the modulus, so
    that it loses the tiny imaginary part, as in powers by exp and log.

    >>> value, error = first_derivative(np.exp, np.array(0.0), np.array(1.0))
    >>> bool(abs(value - 1) <= error < 1e-12)
    True
    """
    return _along_circle(f, np.asarray(x), np.asarray(u), radius, 1)


def _along_circle(f: Callable[[Array], Any], x: Array, u: Array, radius: float, order: int) -> Estimate:
    """The derivative of the given order, 1 or 2, along `u`."""
    best = Estimate(np.nan, np.inf)
    turns = np.exp(2j * np.pi * np.arange(16) / 16)
    for halvings in range(8):
        r = radius / 2**halvings
        with np.errstate(all="ignore"):
            around = np.array([_in_complex_numbers(f, x + r * turn * u) for turn in turns])
            terms = np.real(around * turns.reshape(-1, *(1,) * (around.ndim - 1)) ** -order) * order / r**order
            value = np.mean(terms, axis=0)
            noise = 16 * EPSILON * np.max(np.abs(around), axis=0) / r**order
            error = np.abs(value - np.mean(terms[::2], axis=0)) + noise
        error = np.where(np.isfinite(error), error, np.inf)
        better = error < best.error
        best = Estimate(np.where(better, value, best.value)[()], np.where(better, error, best.error)[()])
        if np.all(best.error <= 3 * noise):
            break
    return best


def _in_complex_numbers(f: Callable[[Array], Any], z: Array) -> Any:
    """`f(z)`, which must be complex.

    Raises:
        TypeError, ValueError: `f` cannot be computed in complex numbers.
    """
    try:
        out = f(z)
    except TypeError as error:
        raise TypeError(
            f"the function cannot be computed in complex numbers ({error}), so it must not be declared analytic: "
            "check it by differences"
        ) from error
    if np.asarray(out).dtype.kind != "c":
        raise ValueError(
            "the function makes real numbers of complex ones, as abs, norm, real and comparisons do, so it is not "
            "analytic: check it by differences"
        )
    return out


class Differences(NamedTuple):
    """The result of central differences.

    Attributes:
        value: the derivative.
        error: a bound for its error.
        jump: by how much the one-sided derivatives differ, where the function has a kink or a jump at x or nearer to it
            than the smallest step; else 0.
    """

    value: Array
    error: Array
    jump: Array


#: Near a kink or a pole the differences start again with smaller steps: how often, and by which factor smaller.
_RESTARTS, _SHRINK = 3, 64
#: A step that is short beside all others, as a part of the first one.
_SHORT_STEP = 2.0**-14
#: If the first step changes a value by less than this, the change may be rounding.
_PERHAPS_ROUNDING = 1e-12
#: Fractions of numbers below this underflow.
_UNDERFLOW = 1e-290


def finite_difference(
    f: Callable[[float], Any], x: float = 0.0, step: float = STEP, steps: int = 9, noise: Any = 0.0
) -> Estimate:
    """The derivative of a smooth `f` of one number by central differences, extrapolated to step 0.

    C. Ridders, "Accurate computation of F'(x) and F'(x)F''(x)", Advances in Engineering Software 4 (1982): the step
    is halved repeatedly, each column of the tableau cancels another even power of the step, and the entry that agrees
    best with its neighbours is taken. The error includes an estimate of rounding.

    Args:
        f: returns a number or an array; each element gets its own error.
        x: the point.
        step: the largest step.
        steps: the largest number of steps.
        noise: the error of `f` beyond the rounding of its result, as `evaluation_noise` estimates it.

    >>> import math
    >>> slope, error = finite_difference(math.exp)
    >>> abs(slope - 1) <= error < 1e-9
    True
    """
    value, error, _ = differences(f, x, step, steps, noise)
    return Estimate(value, error) if value.ndim else Estimate(float(value), float(error))


def differences(
    f: Callable[[float], Any], x: float = 0.0, step: float = STEP, steps: int = 9, noise: Any = 0.0, size: float = 0.0
) -> Differences:
    """As `finite_difference`, but also detects kinks and jumps, and shrinks the steps further where that helps.

    `size` is the size of the numbers that `f` changes: it determines their rounding, and a suitable step if it is tiny.
    """
    with np.errstate(all="ignore"):
        middle = np.asarray(f(x))
        f = _nan_outside_domain(f, middle.shape)
        size = max(abs(x), size)
        best, doubtful = _ridders(f, x, middle, step, steps, noise, size)
        # One short step is coarse, but it detects what long steps miss.
        short = Estimate(*_central(f, x, middle, step * _SHORT_STEP, noise)[:2])
        if not _is_accurate_enough(best, doubtful | _contradicts(short, best), middle):
            # A change this small over such a long step may be rounding inside f; short steps then change nothing.
            moved = np.abs(np.asarray(f(x + step), np.float64) - np.asarray(f(x - step), np.float64))
            noise = np.where(moved < _PERHAPS_ROUNDING, np.maximum(noise, moved), noise)
            best, doubtful = _ridders(f, x, middle, step, steps, noise, size)
        for _ in range(_RESTARTS):
            hidden = _contradicts(short, best)
            if _is_accurate_enough(best, doubtful | hidden, middle):
                return best
            step /= _SHRINK
            again, still = _ridders(f, x, middle, step, steps, noise, size)
            better = (again.error < best.error) | (best.jump != 0) & (again.jump == 0)
            better |= hidden & (np.abs(again.value - best.value) > 4 * (again.error + best.error))
            best = _where(better, again, best)._replace(jump=np.where(doubtful, again.jump, 0.0))
            doubtful = doubtful & still
        if _UNDERFLOW < size < STEP / _SHRINK and not _is_accurate_enough(best, doubtful, middle):
            near = 4 * evaluation_noise(lambda t: f(x + t), SPACING * size)
            again, _ = _ridders(f, x, middle, STEP * size, steps, near, size)
            # At such a short distance a rounded function may seem constant: then the longer steps count.
            constant = (again.value == 0) & (np.abs(best.value) > best.error)
            better = ((again.error < best.error) | (best.jump != 0) & (again.jump == 0)) & ~constant
            best = _where(better, again, best)
    return best


def _where(condition: Array, chosen: Differences, otherwise: Differences) -> Differences:
    return Differences(*(np.where(condition, a, b) for a, b in zip(chosen, otherwise)))


def _nan_outside_domain(f: Callable[[float], Any], shape: tuple[int, ...]) -> Callable[[float], Any]:
    """`f` with NaN outside its domain, where functions of Python's `math` raise."""

    def at(t: float) -> Any:
        try:
            return f(t)
        except (ArithmeticError, ValueError):
            return np.full(shape, np.nan)

    return at


def _central(f: Callable[[float], Any], x: float, middle: Array, h: float, noise: Any) -> tuple[Array, Array, Array]:
    """The derivative by one step, its rounding error, and by how much the one-sided derivatives differ."""
    above, below = np.asarray(f(x + h), np.float64), np.asarray(f(x - h), np.float64)
    rounding = (4 * _epsilon(middle) * np.maximum(np.abs(above), np.abs(below)) + noise) / h
    return (above - below) / (2 * h), rounding, np.abs(above - 2 * middle + below) / h


def _contradicts(short: Estimate, found: Differences) -> Array:
    """Where the long steps agree with each other but not with the short one, as at a narrow bump."""
    largest = np.maximum(np.abs(short.value), np.abs(found.value))
    scale = 1e-9 * np.max(largest[np.isfinite(largest)], initial=0)
    limit = 0.01 * largest + 64 * short.error + found.error + scale
    return np.asarray(np.abs(short.value - found.value) > limit)


def _epsilon(values: Array) -> float:
    return float(np.finfo(values.dtype).eps) if values.dtype.kind == "f" else EPSILON


def _is_accurate_enough(found: Differences, doubtful: Array, middle: Array) -> bool:
    return _is_accurate(found.value, found.error, middle, 1e-7) and not np.any(doubtful)


def plain_difference(f: Callable[[float], Any], step: float, noise: Any = 0.0) -> Differences:
    """The central difference of `f` at 0 with one step and no extrapolation, as in PyTorch's gradcheck."""
    with np.errstate(all="ignore"):
        middle = np.asarray(f(0.0), np.float64)
        slopes, roundings, bends = zip(*(_central(f, 0.0, middle, h, noise) for h in (4 * step, 2 * step, step)))
        error = np.abs(slopes[-1] - slopes[-2]) + roundings[-1]
        jump = _jump(bends, roundings[-1], middle)
        return Differences(slopes[-1], np.where(np.isfinite(error), error, np.inf), jump)


def _is_accurate(value: Array, error: Array, middle: Array, part: float) -> bool:
    """Whether every error is a small part of the largest derivative or of the largest value."""
    derivative = np.max(np.abs(value[np.isfinite(error)]), initial=0)
    return bool(np.all(error <= np.maximum(part * derivative, part / 100 * np.max(np.abs(middle), initial=0))))


def _ridders(
    f: Callable[[float], Any], x: float, middle: Array, step: float, steps: int, noise: Any, size: float
) -> tuple[Differences, Array]:
    """The result of one tableau, and where there may be a kink at x that smaller steps would reveal."""
    value, error = np.full(middle.shape, np.nan), np.full(middle.shape, np.inf)
    before: list[Array] = []
    bends: list[Array] = []
    for halvings in range(steps):
        h = step / 2**halvings
        slope, rounding, bend = _central(f, x, middle, h, noise)
        row = [slope]
        rounding = rounding + _epsilon(middle) * size / h * np.abs(slope)
        bends.append(bend)
        for column, coarse in enumerate(before, start=1):
            row.append(row[-1] + (row[-1] - coarse) / (4**column - 1))
            here = np.maximum(np.abs(row[-1] - row[-2]), np.abs(row[-1] - coarse)) + rounding
            better = here < error
            value, error = np.where(better, row[-1], value), np.where(better, here, error)
        before = row
        if halvings >= 4 and _is_accurate(value, error, middle, 1e-11):
            break
    jump = _jump(bends, rounding, middle)
    return Differences(value, error, jump), (jump != 0) | _may_hide_a_kink(bends, rounding)


def _jump(bends: Sequence[Array], rounding: Array, middle: Array) -> Array:
    """By how much the one-sided derivatives differ at the smallest step, where halving the step does not reduce that.

    For a smooth function |f(x + h) − 2 f(x) + f(x − h)| / h is proportional to h, so two halvings reduce it to a
    quarter. At a kink it stays the same, and at a jump it grows.
    """
    last, earlier = bends[-1], bends[-3]
    stays = (last > 0.6 * earlier) & (last > 64 * rounding) & np.isfinite(last)
    edge = ~np.isfinite(last) & np.isfinite(middle)
    return np.where(edge, np.inf, np.where(stays, last, 0.0))


def _may_hide_a_kink(bends: list[Array], rounding: Array) -> Array:
    """Whether that difference may have a part that does not vanish with h, hidden at these steps by one that does.

    For a smooth function it is a series in odd powers of h, which are eliminated one after another.
    """
    rest, before = list(bends[-5:]), bends[-1]
    for power in (1, 3, 5, 7)[: len(rest) - 1]:
        before = rest[-1]
        rest = [(2**power * fine - coarse) / (2**power - 1) for coarse, fine in itertools.pairwise(rest)]
    return np.abs(rest[-1]) > 4 * np.abs(rest[-1] - before) + 256 * rounding


#: The distance of the points from which the noise of a function is estimated; no round number.
SPACING = 1.2360679e-6


def evaluation_noise(f: Callable[[float], Any], spacing: float = SPACING) -> Array:
    """The error of the values of `f` near 0 through rounding inside it, element by element.

    J. Moré and S. Wild, "Estimating computational noise", SIAM J. Sci. Comput. 33 (2011): between such close points the
    third and higher differences of a smooth function consist of noise. They are taken on both sides of 0, and the
    smaller result counts, because the larger one may come from a kink.

    Args:
        f: a function of one number that returns an array.
        spacing: the distance of the seven points on each side.

    >>> bool(evaluation_noise(lambda t: (1e6 + t) - 1e6) > 1e-12)  # most digits cancel
    True
    """
    sides = []
    with np.errstate(all="ignore"):
        for start in (20 * spacing, -26 * spacing):
            table = np.array([np.asarray(f(start + k * spacing), np.float64) for k in range(7)])
            largest = np.zeros(table.shape[1:])
            for order in range(1, 6):
                table = np.diff(table, axis=0)
                if order >= 3:
                    share = math.factorial(order) ** 2 / math.factorial(2 * order)
                    largest = np.maximum(largest, np.sqrt(share * np.mean(table**2, axis=0)))
            sides.append(np.where(np.isfinite(largest), largest, np.inf))
    noise = np.minimum(*sides)
    return np.where(np.isfinite(noise), noise, 0.0)


def stair_of(f: Callable[[float], Any], middle: Array) -> Array:
    """The height of the stairs of `f` at 0, where its value is `middle`; 0 where its values are not rounded to stairs.

    Stairs wider than the spacing of `evaluation_noise` look constant to it: (x + 1e5) - 1e5 in single precision. The
    first change is a stair if `f` is constant again after it. In double precision, stairs as wide as those of floor are
    not caused by rounding.
    """
    widest = 0.125 if _epsilon(middle) > EPSILON else 1e-3
    height = np.zeros(middle.shape)
    constant = np.asarray(f(SPACING)) == middle
    distance = 2 * SPACING
    while distance < widest and np.any(constant):
        change = np.abs(np.asarray(f(distance), np.float64) - middle)
        behind = np.abs(np.asarray(f(distance * 1.03125), np.float64) - middle)
        height = np.where(constant & (change == behind), change, height)
        constant &= change == 0
        distance *= 2
    return np.where(np.isfinite(height), height, 0.0)
