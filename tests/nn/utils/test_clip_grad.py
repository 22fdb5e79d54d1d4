"""Gradient clipping: by total norm and by value."""

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

import nn
from autograd import tensor, zeros
from nn import utils


def with_gradients(*arrays):
    parameters = [nn.Parameter(tensor(np.zeros_like(a))) for a in arrays]
    for parameter, a in zip(parameters, arrays):
        parameter.grad = tensor(a)
    return parameters


@given(st.integers(0, 99), st.sampled_from([1, 2, 3.5, math.inf, "inf"]), st.floats(0.1, 10))
def test_gradients_are_scaled_to_the_largest_total_norm(seed, p, bound):
    rng = np.random.default_rng(seed)
    arrays = rng.normal(size=(2, 3)), rng.normal(size=4)
    parameters = [*with_gradients(*arrays), nn.Parameter(zeros(2))]
    total = np.linalg.norm(np.concatenate([a.ravel() for a in arrays]), float(p))
    np.testing.assert_allclose(utils.clip_grad_norm_(parameters, bound, p).item(), total)
    for parameter, a in zip(parameters, arrays):
        np.testing.assert_allclose(parameter.grad.numpy(), a * min(1, bound / total), rtol=1e-4)
    assert parameters[2].grad is None


def test_an_infinite_norm_is_an_error_if_requested():
    parameters = with_gradients(np.array([math.inf]))
    with pytest.raises(
        RuntimeError, match=r"The total norm of order 2\.0 for gradients from `parameters` is non-finite"
    ):
        utils.clip_grad_norm_(parameters, 1.0, error_if_nonfinite=True)
    assert utils.clip_grad_norm_([], 1.0).item() == 0


def test_values_are_clamped_in_place():
    (parameter,) = with_gradients(np.array([-3.0, 0.5, 3.0]))
    held = parameter.grad
    utils.clip_grad_value_(parameter, 1.0)
    assert held.tolist() == [-1.0, 0.5, 1.0]
