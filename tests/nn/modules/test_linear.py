"""Linear, Bilinear, Flatten and Unflatten."""

import numpy as np
import pytest

import autograd
import nn


def test_a_linear_layer_is_a_matrix_product_and_a_bias():
    layer = nn.Linear(3, 2)
    x = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    expected = x @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()
    np.testing.assert_allclose(layer(autograd.from_numpy(x)).detach().numpy(), expected, rtol=1e-5)
    bare = nn.Linear(3, 2, bias=False)
    assert bare.bias is None
    assert list(bare.state_dict()) == ["weight"]
    assert nn.Linear(2, 2, dtype=autograd.float64).weight.dtype is autograd.float64
    with pytest.raises(ValueError, match="in_features must not be negative, but got -1"):
        nn.Linear(-1, 2)


def test_a_bilinear_layer_is_a_bilinear_form_for_each_output():
    layer = nn.Bilinear(2, 3, 4)
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(5, 2)).astype(np.float32), rng.normal(size=(5, 3)).astype(np.float32)
    weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    expected = np.stack([[x[n] @ weight[o] @ y[n] + bias[o] for o in range(4)] for n in range(5)])
    out = layer(autograd.from_numpy(x), autograd.from_numpy(y))
    np.testing.assert_allclose(out.detach().numpy(), expected, rtol=1e-4, atol=1e-5)


def test_flatten_and_unflatten_are_inverse():
    x = autograd.arange(24).reshape(2, 3, 4)
    assert nn.Unflatten(1, (3, 4))(nn.Flatten()(x)).tolist() == x.tolist()
    assert nn.Unflatten(-1, (2, -1))(x).shape == (2, 3, 2, 2)
    with pytest.raises(IndexError, match="Dimension out of range"):
        nn.Unflatten(3, (2, 2))(x)
