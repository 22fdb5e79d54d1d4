"""summary: the table of a module's layers, and its counts."""

from __future__ import annotations

import pytest

import autograd
import nn
from autograd import tensor
from autograd.teaching import histograms, summary


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip


def test_the_counts_for_lenet_are_the_known_ones():
    found = summary(lenet(), autograd.zeros(1, 1, 28, 28))
    assert found.parameters == found.trainable == 61_706
    assert found.parameter_bytes == 61_706 * 4
    assert [layer.multiply_adds for layer in found.layers if layer.multiply_adds] == [
        28 * 28 * 6 * 25, 10 * 10 * 16 * 150, 48_000, 10_080, 840,
    ]  # fmt: skip
    assert found.multiply_adds == 416_520
    assert [layer.shape for layer in found.layers][:4] == [(1, 10), (1, 6, 28, 28), (1, 6, 28, 28), (1, 6, 14, 14)]
    assert summary(lenet(), autograd.zeros(8, 1, 28, 28)).multiply_adds == 8 * 416_520


def test_the_table_of_a_summary(golden):
    golden("summary.txt", str(summary(lenet(), autograd.zeros(2, 1, 28, 28))))


def test_saved_memory_is_counted_once_and_without_parameters():
    found = summary(nn.Linear(3, 2), autograd.ones(5, 3))
    assert found.saved == 5 * 3 * 4
    model = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 1))
    assert summary(model, autograd.ones(5, 3)).saved == 2 * 5 * 3 * 4  # the input, and tanh's output for two rules


def test_the_parameters_of_a_module_called_twice_are_counted_once():
    layer = nn.Linear(4, 4)
    found = summary(nn.Sequential(layer, layer), autograd.ones(1, 4))
    assert found.parameters == 20 and [row.parameters for row in found.layers] == [0, 20, 0]
    layer.weight.requires_grad_(False)
    assert "of which 4 require grad" in str(summary(layer, autograd.ones(1, 4)))
    assert summary(layer, autograd.ones(1, 4)).multiply_adds == 16


def test_transposed_convolutions_attention_and_embeddings_are_counted():
    assert summary(nn.ConvTranspose2d(3, 2, 2), autograd.ones(1, 3, 4, 4)).multiply_adds == 3 * 16 * 2 * 4
    attention = nn.MultiheadAttention(8, 2, batch_first=True)
    x = autograd.ones(2, 5, 8)
    projections, scores = 4 * 2 * 5 * 8 * 8, 2 * 2 * 5 * 5 * 8
    assert summary(attention, x, x, x).multiply_adds == projections + scores
    assert summary(nn.Embedding(7, 3), tensor([[0, 1]])).layers[0].shape == (1, 2, 3)


def test_buffers_generator_and_grads_are_unchanged():
    model = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout(0.5))
    autograd.manual_seed(3)
    before = autograd.get_rng_state()
    summary(model, autograd.randn(4, 3))
    autograd.manual_seed(3)
    assert model[0].running_mean.tolist() == [0, 0, 0] and model[0].num_batches_tracked.item() == 0
    x = autograd.ones(4, 3)
    autograd.set_rng_state(before)
    summary(model, x)
    assert autograd.equal(autograd.rand(2), (autograd.set_rng_state(before), autograd.rand(2))[1])
    assert x.node is None and all(p.grad is None for p in model.parameters())


def test_a_summary_needs_an_input():
    with pytest.raises(TypeError, match="Linear needs an input to run on"):
        summary(nn.Linear(1, 1))


def test_an_argument_that_is_not_a_module_raises():
    with pytest.raises(TypeError, match=r"expected an nn.Module, but got function"):
        summary(mean_square, autograd.ones(1))
    with pytest.raises(TypeError, match=r"expected an nn.Module, but got int"):
        histograms(3, mean_square, autograd.ones(1))


def mean_square(y):
    return (y * y).mean()
