"""summary: the table of a module's layers, and its counts."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
import nn
from autograd import tensor
from autograd.teaching import histograms, summary
from nn import keras


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


class Holder(nn.Module):
    """Holds modules in a list or a dict, and calls some of them, uses the parameters of one, and forgets others."""

    def __init__(self, parts, kind):
        super().__init__()
        self.parts = nn.ModuleDict({f"p{i}": p for i, p in enumerate(parts)}) if kind else nn.ModuleList(parts)
        self.own, self.more = nn.Parameter(autograd.ones(4)), nn.ParameterList([nn.Parameter(autograd.ones(2))])
        self.unused, self.functional = nn.Linear(3, 2), nn.Linear(4, 4)

    def forward(self, x):
        for i, part in enumerate(self.parts.values() if isinstance(self.parts, nn.ModuleDict) else self.parts):
            x = part(x) if i != 1 else x
        return nn.functional.linear(x, self.functional.weight) * self.own, x.sum()


class First(nn.Module):
    """The first output of a module that may return several."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        out = self.inner(x, x, x) if isinstance(self.inner, nn.MultiheadAttention) else self.inner(x)
        return out[0] if isinstance(out, tuple) else out


LEAVES = st.sampled_from([
    lambda: nn.Linear(4, 4), nn.ReLU, lambda: nn.LayerNorm(4), lambda: First(nn.MultiheadAttention(4, 2)),
    lambda: First(nn.LSTM(4, 4)), lambda: First(nn.GRU(4, 2, bidirectional=True)), lambda: nn.Dropout(0.5),
    lambda: nn.TransformerEncoderLayer(4, 2, 5), lambda: nn.Sequential(*[nn.Linear(4, 4)] * 2),
]).map(lambda make: make())  # fmt: skip
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, min_size=1, max_size=3).flatmap(
        lambda parts: st.sampled_from([
            lambda: nn.Sequential(*parts), lambda: First(Holder(parts, False)), lambda: First(Holder(parts, True)),
            lambda: nn.Sequential(parts[0], parts[0]),
        ]).map(lambda make: make())
    ),
    max_leaves=6,
)  # fmt: skip


@given(TREES)
def test_the_rows_of_any_module_add_up_to_its_totals(module):
    found = summary(module, autograd.ones(3, 2, 4))
    assert (
        sum(row.parameters for row in found.layers) == found.parameters == sum(p.numel() for p in module.parameters())
    )
    names = {row.name for row in found.layers}
    assert {name for name, part in module.named_modules() if part._parameters} <= names
    text = str(found).splitlines()
    assert len(text) == len(found.layers) + 6
    for row, line in zip(found.layers, text[2:]):
        assert row.name.rpartition(".")[2] in line and (not row.parameters or f" {row.parameters:,} " in line)


def test_attention_lists_and_modules_that_are_not_called_have_rows_with_full_names():
    model = Holder([nn.Linear(4, 4), nn.Tanh(), nn.MultiheadAttention(4, 2)], True)
    model.parts["p2"] = First(model.parts["p2"])
    found = summary(model, autograd.ones(1, 4))
    assert [row.name for row in found.layers] == [
        "", "parts.p0", "parts.p2", "parts.p2.inner", "parts.p2.inner.out_proj", "more", "unused", "functional",
    ]  # fmt: skip
    assert re.findall("^ *[a-z].*: [A-Za-z]+", str(found), re.MULTILINE)[:4] == [
        "  parts.p0: Linear", "  parts.p2: First", "    inner: MultiheadAttention", "      out_proj: Linear",
    ]  # fmt: skip


def test_inputs_second_outputs_and_shares_are_shown():
    text = str(summary(nn.LSTM(4, 3), autograd.ones(5, 2, 4))).splitlines()
    assert re.split("  +", text[2])[1:3] == ["(5, 2, 4)", "(5, 2, 3), (1, 2, 3) ×2"] and "100%" in text[2]
    text = str(summary(nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 5)), autograd.ones(2, 4))).splitlines()
    assert text[3].split() == ["0:", "Linear", "(2,", "4)", "(2,", "3)", "15", "43%", "24", "44%", "32", "B"]


def test_a_keras_model_is_summarised():
    layers = keras.layers
    inner = keras.Sequential([layers.Dense(3, name="small"), layers.BatchNormalization(name="norm")], name="inner")
    model = keras.Sequential([layers.Input((4,)), layers.Dense(5, name="wide"), inner])
    found = summary(model, np.ones((2, 4), "float32"))
    assert [(row.name, row.parameters, row.shape) for row in found.layers] == [
        ("", 0, (2, 3)), ("wide", 25, (2, 5)), ("inner", 0, (2, 3)), ("inner.small", 18, (2, 3)),
        ("inner.norm", 12, (2, 3)),
    ]  # fmt: skip
    assert found.parameters == model.count_params() == 55 and found.trainable == 49
    assert found.multiply_adds == 2 * (4 * 5 + 5 * 3)
    assert not any("call" in vars(layer) for layer in (model, inner, *model.layers))


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
    with pytest.raises(TypeError, match=r"expected an nn.Module or a Keras model, but got function"):
        summary(mean_square, autograd.ones(1))
    with pytest.raises(TypeError, match=r"expected an nn.Module or a Keras model, but got int"):
        histograms(3, mean_square, autograd.ones(1))


def mean_square(y):
    return (y * y).mean()
