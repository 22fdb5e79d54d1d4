"""nn.utils: clipping leaves short gradients alone; vectors go both ways."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import tensor, zeros
from nn import utils


def with_gradients(*arrays):
    parameters = [nn.Parameter(tensor(np.zeros_like(a))) for a in arrays]
    for parameter, a in zip(parameters, arrays):
        parameter.grad = tensor(a)
    return parameters


@given(st.integers(0, 99), st.sampled_from([1, 2, 3.5, math.inf]), st.floats(0.1, 10))
def test_the_norm_is_that_of_all_gradients_together_and_is_cut_to_the_bound(seed, p, bound):
    rng = np.random.default_rng(seed)
    arrays = rng.normal(size=(2, 3)), rng.normal(size=4)
    parameters = [*with_gradients(*arrays), nn.Parameter(zeros(2))]
    total = np.linalg.norm(np.concatenate([a.ravel() for a in arrays]), p)
    np.testing.assert_allclose(utils.clip_grad_norm_(parameters, bound, p).item(), total)
    for parameter, a in zip(parameters, arrays):
        np.testing.assert_allclose(parameter.grad.numpy(), a * min(1, bound / total), rtol=1e-4)
    assert parameters[2].grad is None


def test_an_infinite_norm_is_an_error_when_asked_for():
    parameters = with_gradients(np.array([math.inf]))
    with pytest.raises(
        RuntimeError, match=r"The total norm of order 2\.0 for gradients from `parameters` is non-finite"
    ):
        utils.clip_grad_norm_(parameters, 1.0, error_if_nonfinite=True)
    assert utils.clip_grad_norm_([], 1.0).item() == 0


def test_values_are_cut_on_both_sides_in_place():
    (parameter,) = with_gradients(np.array([-3.0, 0.5, 3.0]))
    held = parameter.grad
    utils.clip_grad_value_(parameter, 1.0)
    assert held.tolist() == [-1.0, 0.5, 1.0]


def test_parameters_survive_the_way_to_a_vector_and_back():
    module = nn.Linear(3, 2)
    vector = utils.parameters_to_vector(module.parameters())
    assert vector.tolist() == [*module.weight.reshape(-1).tolist(), *module.bias.tolist()]
    utils.vector_to_parameters(vector.detach() * 2, module.parameters())
    assert utils.parameters_to_vector(module.parameters()).tolist() == (vector * 2).tolist()
    with pytest.raises(TypeError, match=r"expected torch\.Tensor, but got: list"):
        utils.vector_to_parameters([1.0], module.parameters())
    with pytest.raises(RuntimeError, match="the parameters hold 8 elements, but the vector only 3"):
        utils.vector_to_parameters(zeros(3), module.parameters())
