"""Recurrent layers and cells without another library."""

import numpy as np
import pytest

import autograd
import nn
from autograd import ones, tensor, zeros
from autograd.testing import check_vjp

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_a_layer_equals_its_cell_applied_step_by_step(kind):
    layer, cell = getattr(nn, kind)(3, 4), getattr(nn, kind + "Cell")(3, 4)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in layer.state_dict().items()})
    x = tensor(RNG.normal(size=(5, 2, 3)).astype(np.float32))
    state, outs = None, []
    for step in x:
        state = cell(step, state)
        outs.append(state[0] if kind == "LSTM" else state)
    np.testing.assert_allclose(layer(x)[0].tolist(), autograd.stack(outs).tolist(), atol=1e-6)
    whole, carried = layer(x)[0], layer(x[:2])[1]
    np.testing.assert_allclose(layer(x[2:], carried)[0].tolist(), whole[2:].tolist(), atol=1e-6)


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_recurrent_gradients_of_second_order(kind):
    layer = getattr(nn, kind)(2, 2).double()
    for parameter in layer.parameters():
        parameter.requires_grad_(False)
    call = lambda x: layer(x if hasattr(x, "node") else tensor(x))[0]
    check_vjp(call, (RNG.normal(size=(3, 1, 2)),), RNG, order=2)


def test_recurrent_layers_refuse_invalid_inputs_and_options():
    layer = nn.LSTM(3, 4)
    with pytest.raises(ValueError, match="LSTM: Expected input to be 2D or 3D, got 4D instead"):
        layer(ones(1, 1, 1, 3))
    with pytest.raises(RuntimeError, match=r"input.size\(-1\) must be equal to input_size. Expected 3, got 2"):
        layer(ones(5, 1, 2))
    with pytest.raises(RuntimeError, match=r"Expected hidden\[1\] size \(1, 2, 4\), got \[1, 1, 4\]"):
        layer(ones(5, 2, 3), (zeros(1, 2, 4), zeros(1, 1, 4)))
    with pytest.warns(UserWarning, match="dropout option adds dropout after all but last recurrent layer"):
        nn.GRU(3, 4, dropout=0.5)
    with pytest.raises(ValueError, match="hidden_size must be greater than zero"):
        nn.RNN(3, 0)
    with pytest.raises(ValueError, match="Unknown nonlinearity"):
        nn.RNN(3, 4, nonlinearity="sigmoid")


@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
def test_dropout_between_the_layers_acts_in_training_only(kind):
    layer, plain = kind(2, 3, 2, dropout=1.0), kind(2, 3, 2)
    plain.load_state_dict(layer.state_dict())
    x = autograd.randn(4, 1, 2)
    assert autograd.equal(layer.eval()(x)[0], plain(x)[0])
    assert not autograd.equal(layer.train()(x)[0], plain(x)[0])
