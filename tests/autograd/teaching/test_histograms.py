"""histograms: activations and gradients layer by layer, and their warnings."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
import autograd.tensorflow as tf
import nn
from autograd import tensor
from autograd.teaching import histograms, plot_histograms
from nn import keras


def deep(activation, scale, layers=10):
    autograd.manual_seed(0)
    linears = [nn.Linear(16, 16) for _ in range(layers)]
    for linear in linears:
        nn.init.normal_(linear.weight, std=scale / 4)
    return nn.Sequential(*[part for linear in linears for part in (linear, activation())])


def mean_square(y):
    return (y * y).mean()


def test_vanishing_and_exploding_gradients_are_distinguished_from_normal_ones():
    x = autograd.randn(32, 16)
    assert "the gradient vanishes: its size is" in histograms(deep(nn.Sigmoid, 1.0), mean_square, x).warnings[0]
    assert "the gradient explodes" in histograms(deep(nn.Identity, 4.0), mean_square, x).warnings[0]
    assert histograms(deep(nn.ReLU, 2**0.5), mean_square, x).warnings == []


def test_the_gradients_are_those_of_backward_and_no_grad_is_written():
    model, x = deep(nn.Tanh, 1.0, 3), autograd.randn(8, 16)
    found = histograms(model, mean_square, x)
    assert all(p.grad is None for p in model.parameters())
    mean_square(model(x)).backward()
    for layer in found.layers:
        part = model.get_submodule(layer.name)
        for name, g in layer.weight_gradients.items():
            np.testing.assert_array_equal(g, getattr(part, name).grad.numpy())


def test_dead_units_and_values_that_are_not_finite_give_warnings():
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 1))
    with autograd.no_grad():
        model[0].bias.fill_(-100.0)
        model[0].bias[0] = 100.0
    found = histograms(model, mean_square, autograd.randn(8, 4))
    assert found.warnings == ["5 of 6 units of 1 are dead: 0 for every input"]
    with autograd.no_grad():
        model[2].weight[0, 0] = float("inf")
    assert "the activations of 2 are not finite: 8 inf" in histograms(model, mean_square, autograd.ones(8, 4)).warnings


@pytest.mark.parametrize("kind", ["ReLU", "ReLU6", "Hardtanh", "Tanh", "Softplus", "Identity"])
def test_only_units_of_a_relu_can_be_dead(kind):
    model = nn.Sequential(nn.Linear(3, 4), getattr(nn, kind)(), nn.Linear(4, 1))
    with autograd.no_grad():
        model[0].weight.zero_()
        model[0].bias.zero_()
    dead = [text for text in histograms(model, mean_square, autograd.ones(5, 3)).warnings if "dead" in text]
    assert dead == (["4 of 4 units of 1 are dead: 0 for every input"] if kind == "ReLU" else [])


def test_histograms_print_and_plot():
    pytest.importorskip("matplotlib")
    found = histograms(deep(nn.Tanh, 1.0, 2), mean_square, autograd.randn(8, 16))
    lines = str(found).splitlines()
    assert lines[0].split() == ["layer", "activations", "mean", "std", "gradients", "(log", "scale)", "size"]
    assert len(lines) == 5 and lines[2].startswith("1: Tanh")
    figure = found.plot()
    assert len(figure.axes) == 8 and found._repr_svg_().startswith("<?xml")


def test_histograms_without_a_layer_that_requires_grad_raise():
    with pytest.raises(ValueError, match="no layer of Flatten returned a tensor that requires grad"):
        histograms(nn.Flatten(), mean_square, tensor([[1]]))
    with pytest.raises(TypeError, match="loss must return a Tensor with one element, but returned float"):
        histograms(nn.Linear(2, 1), lambda y: 3.0, autograd.ones(1, 2))


def test_a_module_that_calls_no_other_is_a_layer():
    attention, x = nn.MultiheadAttention(8, 2), autograd.randn(5, 2, 8)
    found = histograms(attention, lambda out: mean_square(out[0]), x, x, x)
    (layer,) = found.layers
    assert (layer.name, layer.kind) == ("MultiheadAttention", "MultiheadAttention")
    assert set(layer.weight_gradients) == {name for name, _ in attention.named_parameters()}
    encoder = nn.TransformerEncoderLayer(8, 2, 4, batch_first=True)
    assert "self_attn" in [layer.name for layer in histograms(encoder, mean_square, x).layers]


def test_a_keras_model_has_histograms_with_the_gradients_of_its_tape():
    model = keras.Sequential(
        [keras.layers.Dense(3, activation="tanh", name="first"), keras.layers.Dense(1, name="last")]
    )
    x = np.linspace(-1, 1, 8, dtype="float32").reshape(4, 2)
    found = histograms(model, lambda y: tf.reduce_mean(y * y), x)
    assert [layer.name for layer in found.layers] == ["first", "last"]
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(model(x) ** 2)
    expected = dict(zip([w.path for w in model.weights], tape.gradient(loss, model.weights)))
    for layer in found.layers:
        for path, g in layer.weight_gradients.items():
            np.testing.assert_allclose(g, expected[path].numpy(), rtol=1e-6)


def test_the_histograms_of_several_epochs_are_plotted_together():
    pytest.importorskip("matplotlib")
    model, x = deep(nn.Tanh, 1.0, 2), autograd.randn(8, 16)
    epochs = []
    for _ in range(3):
        epochs.append(histograms(model, mean_square, x))
        with autograd.no_grad():
            model[0].weight *= 2
    figure = plot_histograms(epochs)
    figure.canvas.draw()
    assert len(figure.axes) == 2 * 4 and figure.axes[0].get_xlim() == (0.5, 3.5)
    with pytest.raises(ValueError, match="of at least one epoch, all of the same layers"):
        plot_histograms([*epochs, histograms(deep(nn.Tanh, 1.0, 1), mean_square, x)])
    with pytest.raises(TypeError, match="expected a list of Histograms, but got Histograms"):
        plot_histograms(epochs[0])
