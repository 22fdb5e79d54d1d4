"""Parameters as one vector, and back."""

import pytest

import nn
from autograd import zeros
from nn import utils


def test_parameters_convert_to_a_vector_and_back():
    module = nn.Linear(3, 2)
    vector = utils.parameters_to_vector(module.parameters())
    assert vector.tolist() == [*module.weight.reshape(-1).tolist(), *module.bias.tolist()]
    utils.vector_to_parameters(vector.detach() * 2, module.parameters())
    assert utils.parameters_to_vector(module.parameters()).tolist() == (vector * 2).tolist()
    with pytest.raises(TypeError, match=r"expected torch\.Tensor, but got: list"):
        utils.vector_to_parameters([1.0], module.parameters())
    with pytest.raises(RuntimeError, match="the parameters hold 8 elements, but the vector only 3"):
        utils.vector_to_parameters(zeros(3), module.parameters())
