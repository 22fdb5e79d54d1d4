"""summary, History, histograms and progress."""

from __future__ import annotations

import io
import sys

import numpy as np
import pytest

import autograd
import nn
from autograd import tensor
from autograd.teaching import History, histograms, plot_history, progress, summary, walk
from autograd.teaching.progress import if_long


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip


# -- summary ----------------------------------------------------------------------------------------


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


# -- history ----------------------------------------------------------------------------------------


def test_a_history_of_numbers_and_tensors_has_a_panel_for_each_quantity():
    pytest.importorskip("matplotlib")
    history = History()
    for epoch in range(4):
        history.record(loss=tensor(1.0 / (epoch + 1)), val_loss=0.5, accuracy=epoch / 4)
    figure = history.plot()
    assert [axes.get_title() for axes in figure.axes] == ["loss", "accuracy"]
    assert [line.get_label() for line in figure.axes[0].lines] == ["loss", "val_loss"]
    np.testing.assert_allclose(figure.axes[0].lines[0].get_ydata(), [1, 1 / 2, 1 / 3, 1 / 4])


def test_values_that_are_not_finite_interrupt_the_line_and_are_marked():
    pytest.importorskip("matplotlib")
    figure = plot_history({"loss": [1.0, float("nan"), float("inf"), 0.5]})
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_ydata(), [1, np.nan, np.nan, 0.5])
    labels = [line.get_label() for line in figure.axes[0].lines]
    assert "loss not finite" in labels
    (marked,) = [line for line in figure.axes[0].lines if line.get_marker() == "x" and len(line.get_xdata())]
    np.testing.assert_array_equal(marked.get_xdata(), [2, 3])


def test_recording_something_other_than_numbers_raises_and_records_nothing():
    history = History()
    with pytest.raises(TypeError, match="accuracy must be a number, but got str: 'high'"):
        history.record(loss=1.0, accuracy="high")
    assert history.values == {} and history._repr_svg_() is None
    with pytest.raises(ValueError, match=r"nothing was recorded: call record\(loss=...\)"):
        history.plot()


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    history = History()
    history.record(loss=1)
    with pytest.raises(
        ImportError, match="not installed: pip install matplotlib; the numbers are available without it"
    ):
        history.plot()


# -- histograms -------------------------------------------------------------------------------------


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


# -- progress ---------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_there_is_no_progress_bar_in_a_pipe():
    pipe = io.StringIO()
    assert list(progress(range(3), "epochs", file=pipe)) == [0, 1, 2]
    assert pipe.getvalue() == ""


def test_a_progress_bar_on_a_terminal_ends_full():
    terminal = Terminal()
    assert list(progress([1, 2], "epochs", file=terminal)) == [1, 2]
    first, *_, last = terminal.getvalue().split("\r")[1:]
    assert first.startswith("epochs ....") and last.startswith("epochs " + "#" * 30 + " 2/2  0:00")
    assert last.endswith("\n") and terminal.getvalue().count("\n") == 1


def test_a_bar_of_unknown_length_counts_and_an_interrupted_loop_ends_the_line():
    terminal = Terminal()
    for item in progress(iter("abc"), file=terminal):
        if item == "b":
            break
    assert terminal.getvalue().endswith("1 in 0:00\n")


def test_only_a_long_graph_has_a_progress_bar(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    x = autograd.ones(1, requires_grad=True)
    walk(x * 2)
    assert terminal.getvalue() == ""
    assert list(if_long(range(50_000), "graph", 50_000))[-1] == 49_999
    assert "graph ##" in terminal.getvalue() and "50000/50000" in terminal.getvalue()


def test_plotting_something_other_than_a_mapping_raises():
    with pytest.raises(TypeError, match=r"expected a mapping from quantities to their values, .* but got list"):
        plot_history([1.0])
