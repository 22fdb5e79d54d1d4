"""What the oracles find, recorded for functions that every computer evaluates alike; and where they decide."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from autograd.testing import taylor_slope
from autograd.testing.engine.oracles import (
    Differences,
    Estimate,
    _contradicts,
    _is_accurate,
    _jump,
    _may_hide_a_kink,
    differences,
    evaluation_noise,
    plain_difference,
    second_derivative,
)
from tests.tools.thresholds import threshold

#: Functions of one number from +, -, ·, /, √, |x| and comparisons only, which are rounded correctly everywhere.
FUNCTIONS = {
    "cubic": lambda x: x * x * x - 2 * x,
    "bell": lambda x: 1 / (1 + x * x),
    "narrow bell": lambda x: x + 1 / (1 + (x / 1e-3) * (x / 1e-3)),
    "very narrow bell": lambda x: x + 1e-3 / (1 + (x / 1e-5) * (x / 1e-5)),
    "pole": lambda x: 1 / x,
    "kink": lambda x: np.abs(x) * (1 + x),
    "small kink": lambda x: 1e-6 * np.abs(x) + x * x,
    "two slopes": lambda x: np.maximum(x, 0.25 * x) / (1 + x),
    "root": np.sqrt,
    "root that raises": lambda x: math.sqrt(x) * x,
    "jump": lambda x: np.where(x > 0.01, 1.0, x),
    "rounded": lambda x: np.round(x * 1e6) / 1e6,
    "in steps": lambda x: np.floor(x * 50) / 50 + x,
    "lost digits": lambda x: (1e6 + x) - 1e6,
    "more lost digits": lambda x: (1e9 + x * x) - 1e9,
    "single": lambda x: np.float32(x) * np.float32(x) + np.float32(1),
    "three": lambda x: np.array([x * x, 1 / (x - 0.1), np.abs(x - 0.02)]),
    "of several sizes": lambda x: np.array([1e6 * x * x, 1e-6 / (2 + x), 3.0]),
    "tiny": lambda x: x * x / (1e-24 + x * x),
    "nowhere": lambda x: np.nan * x,
}
POINTS = (0.0, 1e-300, 1e-12, 1e-5, 1e-3, 0.0117, 0.05, 0.117, 1.0, -0.3, 40.0, 1e6)
#: Further options of `differences`, tried at some of the points.
OPTIONS = {
    "noise 1e-9": {"noise": 1e-9}, "size 1e4": {"size": 1e4}, "size 1e-7": {"size": 1e-7}, "5 steps": {"steps": 5},
    "step 1e-3": {"step": 1e-3},
}  # fmt: skip


def found(function, *arguments, **options):
    """The parts of what a function finds, or the name of its error."""
    try:
        with np.errstate(all="ignore"):
            parts = function(*arguments, **options)
    except (ArithmeticError, ValueError) as error:
        return type(error).__name__
    return " | ".join(" ".join(f"{x:.9g}" for x in np.ravel(part)) for part in parts)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_differences_find_what_they_found_before(name, golden):
    f = FUNCTIONS[name]
    lines = ["value | error | jump"]
    for x in POINTS:
        near = lambda t, x=x: f(x + t)
        lines.append(f"at {x:g}: {found(differences, f, x)}")
        if x in (0.0, 1e-12, 0.0117, 1.0):
            lines += [f"    {words}: {found(differences, f, x, **options)}" for words, options in OPTIONS.items()]
        lines.append(f"    by one step of 0.01: {found(plain_difference, near, 0.01, 1e-15)}")
        noise = found(lambda: (evaluation_noise(near), evaluation_noise(near, 1e-3)))  # noqa: B023 - called at once
        lines.append(f"    its noise, and that between points farther apart: {noise}")
    golden(f"differences of {name}.txt", "\n".join(lines) + "\n")


# -- where they decide ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bends", "rounding", "middle", "jump"),
    [
        ([1.0, 9.0, 0.601], 0.0, 0.0, 0.601),
        ([1.0, 0.0, 0.599], 0.0, 0.0, 0.0),
        ([5.0, 1.0, 9.0, 2.0], 0.0, 0.0, 2.0),  # the last and the one two before it count
        ([5.0, 4.0, 0.0, 2.0], 0.0, 0.0, 0.0),
        ([1.0, 1.0, 1.0], 1 / 63.9, 0.0, 0.0),
        ([1.0, 1.0, 1.0], 1 / 64.1, 0.0, 1.0),
        ([1.0, 1.0, np.inf], 0.0, 0.0, np.inf),
        ([1.0, 1.0, np.nan], 0.0, 0.0, np.inf),
        ([1.0, 1.0, np.nan], 0.0, np.nan, 0.0),
        ([0.0, 0.0, 0.0], 0.0, 0.0, 0.0),
    ],
)
def test_a_difference_of_slopes_that_stays_is_a_jump(bends, rounding, middle, jump):
    with np.errstate(invalid="ignore"):
        assert _jump([np.array(b) for b in bends], np.array(rounding), np.array(middle)) == jump


def odd_series(*coefficients):
    """The values of c0 + c1·h + c2·h³ + c3·h⁵ + c4·h⁷ at h = 1, 1/2, …, 1/16."""
    steps = [0.5**k for k in range(5)]
    return [np.array(sum(c * h**p for c, p in zip(coefficients, (0, 1, 3, 5, 7)))) for h in steps]


@pytest.mark.parametrize(
    ("bends", "rounding", "hides"),
    [
        (odd_series(1e-3, 1, 1, 1), 1e-3 / 255, False),
        (odd_series(1e-3, 1, 1, 1), 1e-3 / 257, True),
        (odd_series(0, 3, 2, 1, 5), 1e-15, False),
        (odd_series(1e-6, 3, 2, 1), 1e-12, True),
        ([np.array(1.0)] * 7 + odd_series(0, 3, 2, 1, 5), 1e-15, False),  # the last five count
        ([np.array(b) for b in (7.5, 6, 5, 4.5, 4.25)], 1e-9, True),
        ([np.array(b) for b in (1.0, 0.4)], 1e-9, False),  # -0.2 is not beyond 4 · 0.6
        ([np.array(b) for b in (0.0, 1.0)], 0.0, False),
        ([np.array(b) for b in (1.0, 0.899)], 0.0, True),  # 0.798 > 4 · 0.101
    ],
)
def test_a_difference_of_slopes_that_does_not_vanish_with_the_step_may_hide_a_kink(bends, rounding, hides):
    assert _may_hide_a_kink(list(bends), np.array(rounding)) == hides


@pytest.mark.parametrize(
    ("short", "short_error", "value", "error", "contradicts"),
    [
        (1.0, 0.0, 0.9901, 0.0, False),
        (1.0, 0.0, 0.9899, 0.0, True),
        (0.9899, 0.0, 1.0, 0.0, True),
        (2.0, 1 / 65, 0.9, 0.0, True),
        (2.0, 1.0801 / 64, 0.9, 0.0, False),
        (2.0, 1.0799 / 64, 0.9, 0.0, True),
        (2.0, 0.0, 0.9, 1.0801, False),
        (2.0, 0.0, 0.9, 1.0799, True),
        (-1.0, 0.0, 1.0, 0.0, True),
    ],
)
def test_a_short_step_contradicts_long_ones_by_more_than_a_hundredth(short, short_error, value, error, contradicts):
    found = Differences(np.array(value), np.array(error), np.array(0.0))
    assert _contradicts(Estimate(np.array(short), np.array(short_error)), found) == contradicts


def test_a_contradiction_in_a_number_tiny_beside_the_others_does_not_count():
    short = Estimate(np.array([1e9, 1.01, 1.03, np.inf]), np.zeros(4))
    found = Differences(np.array([1e9, 0.0, 0.0, 1.0]), np.zeros(4), np.zeros(4))
    assert _contradicts(short, found).tolist() == [False, False, True, False]


@pytest.mark.parametrize(
    ("value", "error", "middle", "accurate"),
    [
        ([2.0, 1.0], [2.1e-3, 0.0], [0.0], False),
        ([2.0, 1.0], [1.9e-3, 2.0e-3], [0.0], True),
        ([0.0], [0.9e-3], [100.0], True),
        ([0.0], [1.1e-3], [-100.0], False),
        ([0.0], [0.9e-3], [-100.0], True),
        ([5.0, 1.0], [np.inf, 0.0], [0.0], False),
        ([], [], [], True),
    ],
)
def test_an_error_is_small_beside_the_largest_derivative_or_a_hundredth_of_the_value(value, error, middle, accurate):
    assert _is_accurate(np.array(value), np.array(error), np.array(middle), 1e-3) is accurate


# -- Cauchy's formula and Taylor's test --------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "u", "v", "radius", "value", "error"),
    [
        (lambda z: z * z, 1.0, None, 0.5, 2, 1.8e-14),
        (lambda z: z * z + 100, 1.0, None, 0.5, 2, 1.4e-12),
        (lambda z: z * z + 100, 1.0, None, 1.0, 2, 3.6e-13),
        (lambda z: z * z * z, 2.0, 3.0, 0.5, 36, 1.65e-13),
        (lambda z: 1 / (z - 0.7), 1.0, None, 0.5, 2 / 0.3**3, 2.06e-10),
    ],
)
def test_the_error_of_a_second_derivative_is_sixteen_roundings_over_the_square_of_the_radius(
    f, u, v, radius, value, error
):
    found = second_derivative(f, np.array(1.0), np.array(u), None if v is None else np.array(v), radius)
    assert abs(found.value - value) <= found.error
    assert found.error == pytest.approx(error, rel=0.04)


def test_the_second_derivative_of_a_function_with_several_results() -> None:
    found = second_derivative(lambda z: np.array([[z * z, z * z * z], [z, 2 * z * z]]), np.array(1.0), np.array(1.0))
    np.testing.assert_allclose(found.value, [[2, 6], [0, 4]], atol=1e-12)
    assert found.error.shape == (2, 2) and np.all(np.abs(found.value - [[2, 6], [0, 4]]) <= found.error)


def test_taylors_test_counts_powers():
    cubic = lambda h: 3 + 2 * h + h * h * h
    assert taylor_slope(cubic, 2.0) == pytest.approx(3, abs=0.02)
    assert taylor_slope(cubic, 2.5) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(
    ("f", "slope", "power"),
    [
        (lambda h: h * h, 0.0, 2.0),
        (lambda h: h * h, 1e-3, 1.0),
        (lambda h: 1 + h * h * h, 0.0, 3.0),
        (lambda h: 5.0, 0.0, np.inf),
        (lambda h: 1e9 + h * h * h * h, 0.0, None),
        (lambda h: np.nan * h, 0.0, None),
        (lambda h: abs(h), 1.0, np.inf),
        (lambda h: abs(h), 0.0, 1.0),
    ],
)
def test_the_power_of_the_remainder(f: Any, slope: float, power: float | None) -> None:
    found = taylor_slope(f, slope)
    assert found == power if power in (None, np.inf) else found == pytest.approx(power, abs=1e-3)


def test_the_steps_of_taylors_test_are_halved() -> None:
    asked: list[float] = []
    taylor_slope(lambda h: asked.append(h) or h * h, 0.0)  # type: ignore[func-returns-value]  # None, so that `or` goes on
    assert asked == [0.0, *(0.125 / 2**k for k in range(20))]
    asked.clear()
    taylor_slope(lambda h: asked.append(h) or h * h, 0.0, step=1.0, halvings=3)  # type: ignore[func-returns-value]  # None, so that `or` goes on
    assert asked == [0.0, 1.0, 0.5, 0.25]
    # A remainder counts from a thousand roundings of the value on; of the powers that do, the last three.
    clear = threshold(lambda size: taylor_slope(lambda h: 1.0 + size * h, 0.0, 1.0, 2) == pytest.approx(1, abs=0.1))
    assert float(clear) == pytest.approx(2e3 * 2.0**-52, rel=2e-3)
    steep = threshold(lambda size: taylor_slope(lambda h: (7 + size) * h, 7.0, 1.0, 2) == pytest.approx(1, abs=0.1))
    assert float(steep) == pytest.approx(1e3 * 2.0**-52 * 7, rel=3e-3)
