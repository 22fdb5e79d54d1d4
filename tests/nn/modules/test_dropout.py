"""Dropout of elements and channels, and alpha dropout."""

import numpy as np
import pytest

import autograd
import nn
from autograd import ones, randn, tensor, zeros
from nn import functional as F


def test_dropout_zeroes_a_fraction_p_and_preserves_the_mean():
    autograd.manual_seed(0)
    x = autograd.ones(100, 100, requires_grad=True)
    out = nn.Dropout(0.25)(x)
    values = out.detach().numpy()
    assert set(np.unique(values)) == {np.float32(0), np.float32(1 / 0.75)}
    assert abs((values == 0).mean() - 0.25) < 0.02
    out.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), values)
    assert nn.Dropout(0.25).eval()(x) is x
    assert nn.Dropout(1.0)(x).sum().item() == 0


@pytest.mark.parametrize("p", [-1, 1.5])
def test_a_probability_out_of_range_is_refused(p):
    text = f"dropout probability has to be between 0 and 1, but got {p}"
    with pytest.raises(ValueError, match=text):
        nn.Dropout(p)
    with pytest.raises(ValueError, match=text):
        nn.functional.dropout(zeros(1), p)


CHANNELS = [("Dropout1d", (9, 40, 6)), ("Dropout2d", (9, 40, 3, 2)), ("Dropout3d", (9, 40, 2, 1, 3))]


@pytest.mark.parametrize(("name", "shape"), CHANNELS)
def test_whole_channels_are_dropped(name, shape):
    autograd.manual_seed(0)
    layer = getattr(nn, name)(0.25)
    out = layer(ones(shape)).numpy().reshape(360, -1)
    assert (out == out[:, :1]).all() and set(np.unique(out)) == {np.float32(0), np.float32(1 / 0.75)}
    assert abs((out[:, 0] == 0).mean() - 0.25) < 0.1
    x = ones(shape)
    assert layer.eval()(x).tolist() == x.tolist()


def test_alpha_dropout_preserves_mean_and_variance():
    autograd.manual_seed(0)
    x = randn(200_000)
    for out in (F.alpha_dropout(x, 0.3, True), F.feature_alpha_dropout(x.reshape(400, -1, 5), 0.3, True)):
        assert abs(out.mean().item()) < 0.02 and abs(out.var().item() - 1) < 0.03
    assert nn.AlphaDropout(0.5).eval()(x) is x
    assert not F.alpha_dropout(x, 1.0, True).any()


def test_channel_dropout_accepts_any_input_if_nothing_is_dropped():
    x = ones(3)
    assert F.feature_alpha_dropout(x, training=False) is x and F.feature_alpha_dropout(x, 0.0, True) is x
    assert F.feature_alpha_dropout(x, 1.0, True).tolist() == [0, 0, 0]


def test_channel_dropout_warns_about_unexpected_dims():
    with pytest.warns(UserWarning, match="dropout2d: Received a 2-D input"):
        F.dropout2d(ones(2, 2))
    with pytest.warns(UserWarning, match="assuming that channel-wise 1D dropout behavior is desired"):
        F.dropout2d(ones(2, 2, 2))


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: nn.Dropout2d(1.5), ValueError, "dropout probability has to be between 0 and 1, but got 1.5"),
        (lambda: F.dropout1d(ones(2)), RuntimeError, "dropout1d: Expected 2D or 3D input, but received a 1D input"),
        (lambda: F.dropout(tensor([1, 2])), RuntimeError, "result type Float can't be cast to autograd.int64"),
        (lambda: F.feature_alpha_dropout(ones(2), 0.5, True), RuntimeError, "at least 2 dimensions"),
    ],
)
def test_error_messages(call, kind, message):
    with pytest.raises(kind, match=message):
        call()
