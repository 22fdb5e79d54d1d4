"""The public gradient check and the oracles below it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as torch
from autograd import float64, tensor
from autograd.testing import GradcheckError, complex_step, finite_difference, gradcheck


def leaf(value):
    return tensor(value, dtype=float64, requires_grad=True)


def detached_factor(x):
    """x², with one of the factors cut off: half of the right gradient."""
    return x * x.detach()


@given(st.floats(0.5, 2))
def test_both_oracles_find_the_slope_of_a_known_function(x):
    def f(v):
        return np.exp(v) / (np.sin(v) ** 3 + np.cos(v) ** 3 + 2)

    exact = complex_step(f, np.array(x))
    value, error = finite_difference(f, x)
    assert abs(value - exact) <= 10 * error + 1e-12
    assert error < 1e-6


@given(st.floats(-2, 2), st.integers(0, 5))
def test_differences_of_a_polynomial_are_within_their_own_error(x, power):
    value, error = finite_difference(lambda v: v**power, x)
    exact = power * x ** (power - 1) if power else 0.0
    assert abs(value - exact) <= 4 * error + 1e-12
    assert math.isfinite(error)


def test_gradcheck_passes_functions_of_several_inputs_and_outputs():
    def function(x, n, y):
        return torch.sin(x) * n @ y, y.sum()

    assert gradcheck(function, (leaf([[0.1, 0.2], [0.3, 0.4]]), 3, leaf([1.0, -2.0])))


def test_gradcheck_fails_a_wrong_gradient_with_both_jacobians():
    with pytest.raises(GradcheckError, match=r"(?s)output 0 with respect to input 0.*numerical.*analytical"):
        gradcheck(detached_factor, leaf([1.0, 2.0]))
    assert not gradcheck(detached_factor, leaf([1.0, 2.0]), raise_exception=False)


def test_gradcheck_fails_an_output_that_is_cut_off():
    assert not gradcheck(lambda x: (x * 2, x.detach() * 2), leaf([1.0]), raise_exception=False)


def test_gradcheck_refuses_inputs_that_it_cannot_judge():
    with pytest.raises(ValueError, match="none of them do"):
        gradcheck(torch.sin, torch.ones(2))
    with pytest.raises(ValueError, match=r"input 0 is autograd\.float32.*make it float64"):
        gradcheck(torch.sin, torch.ones(2, requires_grad=True))
