"""The oracles find known derivatives within the error that they state."""

import math

import numpy as np
import pytest
from hypothesis import example, given, strategies as st

from autograd.testing import complex_step, finite_difference, second_derivative, taylor_slope
from autograd.testing.engine.oracles import differences, evaluation_noise

#: Functions of one number, with their derivatives.
SMOOTH = {
    "exp": (np.exp, np.exp),
    "sin": (np.sin, np.cos),
    "log": (np.log, lambda x: 1 / x),
    "reciprocal": (lambda x: 1 / x, lambda x: -1 / x**2),
    "power": (lambda x: x**5, lambda x: 5 * x**4),
    "constant": (lambda x: 3 + 0 * x, lambda x: 0.0 * x),
}
every_function = pytest.mark.parametrize("name", SMOOTH)


@every_function
@given(st.floats(1e-4, 1e4))
def test_differences_are_within_their_stated_error(name, x):
    f, slope = SMOOTH[name]
    if name == "exp" and x > 20:
        x = 20.0
    value, error = finite_difference(f, x)
    assert abs(value - slope(x)) <= error
    assert error <= 1e-6 * max(abs(slope(x)), abs(f(x)), 1e-3)


@pytest.mark.parametrize(("f", "x", "slope"), [(math.log, 0.05, 20.0), (lambda x: 1 / x, 0.117, -1 / 0.117**2)])
def test_steps_outside_the_domain_are_ignored_where_the_function_raises(f, x, slope):
    value, error = finite_difference(f, x)
    assert abs(value - slope) <= error < 1e-6


@given(st.floats(0.5, 2))
def test_differences_and_complex_step_agree_on_a_composition(x):
    def f(v):
        return np.exp(v) / (np.sin(v) ** 3 + np.cos(v) ** 3 + 2)

    value, error = finite_difference(f, x)
    assert abs(value - complex_step(f, np.array(x))) <= error < 1e-9


@given(st.floats(-2, 2), st.integers(0, 5))
@example(5e-324, 2)
@example(1e-200, 3)
def test_differences_of_a_polynomial_are_within_their_stated_error(x, power):
    value, error = finite_difference(lambda v: v**power, x)
    exact = power * x ** (power - 1) if power else 0.0
    assert abs(value - exact) <= error + 1e-15
    assert math.isfinite(error)


@given(st.floats(0.3, 2), st.floats(0.3, 2))
def test_second_and_mixed_derivatives_are_within_their_stated_error(a, b):
    def f(z):
        return np.sin(z[0]) * np.exp(z[1]) + np.log(z[0]) * z[1] ** 3

    x, e0, e1 = np.array([a, b]), np.array([1.0, 0.0]), np.array([0.0, 1.0])
    for (u, v), exact in {
        (0, 0): -np.sin(a) * np.exp(b) - b**3 / a**2,
        (1, 1): np.sin(a) * np.exp(b) + 6 * b * np.log(a),
        (0, 1): np.cos(a) * np.exp(b) + 3 * b**2 / a,
    }.items():
        value, error = second_derivative(f, x, (e0, e1)[u], (e0, e1)[v])
        assert abs(value - exact) <= error < 1e-9


@pytest.mark.parametrize("oracle", [complex_step, lambda f, x: second_derivative(f, x, np.ones(()))])
@pytest.mark.parametrize(
    ("f", "kind", "message"),
    [
        (np.abs, ValueError, "makes real numbers of complex ones"),
        (lambda z: np.linalg.norm(np.atleast_1d(z)), ValueError, "check it by differences"),
        (lambda z: np.arctan2(z, 1.0), TypeError, "must not be declared analytic"),
        (lambda z: np.hypot(z, 1.0), TypeError, "check it by differences"),
    ],
    ids=["abs", "norm", "arctan2", "hypot"],
)
def test_functions_that_numpy_does_not_compute_in_complex_numbers_are_refused(oracle, f, kind, message):
    with pytest.raises(kind, match=message):
        oracle(f, np.array(0.7))


@given(st.floats(0.3, 2), st.floats(1e-4, 10), st.booleans())
def test_taylors_test_distinguishes_right_and_wrong_derivatives(x, relative, negative):
    def f(h):
        return math.sin(x + h) + math.exp(x + h)

    slope = math.cos(x) + math.exp(x)
    assert round(taylor_slope(f, slope)) == 2
    wrong = slope * (1 - relative if negative else 1 + relative)
    assert round(taylor_slope(f, wrong)) == 1


def test_the_remainder_of_a_straight_line_in_taylors_test_is_zero():
    assert taylor_slope(lambda h: 1 + 2 * h, 2.0) == math.inf
    assert round(taylor_slope(lambda h: 1 + 2 * h, 2.001)) == 1


@given(st.floats(1e-7, 0.2), st.booleans())
def test_differences_shrink_their_steps_until_they_contain_no_kink(distance, left):
    at = -distance if left else distance
    found = differences(lambda x: np.maximum(x, 0.25 * x) * np.exp(x), at)
    slope = (0.25 if left else 1.0) * math.exp(at) * (1 + at)
    assert found.jump == 0
    assert abs(found.value - slope) <= found.error < 1e-6


@given(st.floats(1e-5, 1e-2), st.floats(-1, 1))
def test_a_bump_that_long_steps_miss_is_detected(width, at):
    slope, error = finite_difference(lambda x: x + np.exp(-((x / width) ** 2)), at * width)
    expected = 1 - 2 * at / width * math.exp(-(at**2))
    assert abs(slope - expected) <= 4 * error + 1e-12 / width
    assert error < 1e-3 / width


@given(st.floats(0.01, 100), st.floats(-3, 3))
def test_the_jump_of_the_derivative_at_a_kink_is_found(jump, slope):
    found = differences(lambda x: jump * np.abs(x) / 2 + slope * x + np.cos(x))
    assert found.jump == pytest.approx(jump, rel=1e-3)


@pytest.mark.parametrize(
    "f",
    [np.cos, lambda x: x**3, lambda x: np.abs(x) ** 1.5, lambda x: 0 * x],
    ids=["cos", "cube", "power 1.5", "constant"],
)
def test_smooth_functions_have_no_kink(f):
    assert differences(f).jump == 0


def test_the_edge_of_a_domain_is_an_infinite_jump():
    assert differences(np.sqrt).jump == np.inf


@pytest.mark.parametrize("lost", [1e4, 1e6, 1e8])
def test_noise_inside_a_function_is_part_of_the_error(lost):
    def f(t):
        return np.asarray((np.sin(0.3 + t) + lost) - lost)

    noise = evaluation_noise(f)
    assert 1e-17 * lost < noise < 1e-14 * lost
    value, error = finite_difference(f, noise=4 * noise)
    assert abs(value - math.cos(0.3)) <= error < 1e-13 * lost


def test_the_radius_is_halved_seven_times_at_most():
    radii = []

    def wild(z):
        radii.append(round(float(np.abs(z - 1.0)), 12))
        return np.exp(np.conj(z) * 40)

    second_derivative(wild, np.array(1.0), np.array(1.0), radius=0.5)
    assert sorted(set(radii), reverse=True) == [round(0.5 / 2**k, 12) for k in range(8)]
