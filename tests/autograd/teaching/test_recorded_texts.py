"""The texts of the tools for a few rich examples, compared with recorded files."""

from __future__ import annotations

import json
import math
import re
import time

import numpy as np
import pytest

import autograd
import nn
from autograd import Function, float64, tensor
from autograd.teaching import History, explain, find_nan, histograms, plot_history, remember, steps, summary, walk
from autograd.teaching.histograms import bars
from autograd.teaching.passes import passes_of_tensor
from autograd.teaching.progress import _bar, progress
from autograd.teaching.showing import number, shape_of, shown, summary_of, value_of
from autograd.teaching.stepper import Values, _thinned, _word, data_of
from autograd.teaching.summary import in_bytes
from autograd.teaching.walk import Entry, is_value


def leaf(value):
    return tensor(value, dtype=float64, requires_grad=True)


class Both(Function):
    """Two outputs, and an input that gets no gradient."""

    @staticmethod
    def forward(ctx, x, unused):
        return x * 2, x * 3

    @staticmethod
    def backward(ctx, g, h):
        return 2 * g + 3 * h, None


def programs():
    """Small programs, with the names of their values: reuse, broadcasting, settings, views, writes, complex numbers."""
    a, b = leaf([[1.0, -2.0, 3.0], [0.5, 0.25, -4.0]]), leaf([2.0, -1.0, 0.5])
    z = tensor([1 + 2j, 3 - 1j], requires_grad=True)
    wide = leaf(np.arange(1.0, 15.0))
    yield "broadcasting", ((a * b + b).exp() ** 2).mean(), {"a": a, "b": b}
    yield "settings", autograd.clamp(a[:, 1:].sum(1, keepdim=True), -1, 2).softmax(0).sum(), {"a": a}
    yield "shapes", autograd.cat([a.T.reshape(6), b], 0).view(3, 3).flip(0).cumsum(1).sum(), {"a": a, "b": b}
    yield "wide", (wide * wide.roll(2, 0) - 3).log().sum(), {"wide": wide}
    yield "complex", (z * z.conj() + tensor([1j, 2.0])).real.sum(), {"z": z}
    with remember():
        y = (a.abs().sqrt() @ b + 0.5).sum() * tensor(3.0, dtype=float64)
    yield "remembered", y, {"a": a, "b": b, "y": y}
    c = a * 1
    c[0] = b * 2
    c[:, 1].mul_(3)
    yield "written", c.square().sum(), {"a": a, "b": b}
    one, two = Both.apply(b, leaf(1.0))
    yield "two outputs", (one * two).sum() + one.sum(), {"b": b}
    hooked = b * 3
    hooked.register_hook(lambda g: g * 10)
    yield "hook", (hooked * b).sum(), {"b": b}
    layer = nn.Linear(3, 2).double()
    for p in layer.parameters():
        p.data = autograd.linspace(-1, 1, p.numel(), dtype=float64).reshape(p.shape)
    yield "network", nn.functional.cross_entropy(nn.functional.gelu(layer(a)), tensor([0, 1])), {"net": layer, "a": a}
    yield "integers", (a * tensor([1, 2, 3]) * tensor([True, False, True])).sum(), {"a": a}


PROGRAMS = {name: (y, names) for name, y, names in programs()}


@pytest.mark.parametrize("name", PROGRAMS)
def test_explanations(name, golden):
    y, names = PROGRAMS[name]
    whole = str(explain(y, names))
    pages = [str(explain(y, names, page=k, per_page=4)) for k in range(1, explain(y, names, per_page=4).pages + 1)]
    golden(f"explained {name}.txt", "\n\n======\n\n".join([whole, *pages]) + "\n")


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_data_of_the_stepper(name, golden):
    y, names = PROGRAMS[name]
    data = data_of(passes_of_tensor(y, names, None))
    data |= {"lines": len(data["lines"]), "code": len(data["code"])}
    if data["program"] is not None:
        data["program"] = [s[1] for s in data["program"]["statements"]]
    text = re.sub(r"-?\d+\.\d+(e[-+]\d+)?", lambda found: f"{float(found[0]):.6g}", json.dumps(data, allow_nan=False))
    golden(f"stepper {name}.json", text.replace('}, {"', '},\n{"') + "\n")


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_steps(name, golden):
    y, names = PROGRAMS[name]
    lines = []
    for step in steps(walk(y, names)):
        lines.append(f"{step.entry} {step.expression}: {shown(step.arrived)} -> {shown(step.cotangent)}")
        for c in step.contributions:
            inputs = {k: shown(v) if is_value(v) else type(v).__name__ for k, v in c.inputs.items()}
            lines.append(f"    {c.parent} {c.parameter} by {c.rule} of {inputs}: {shown(c.computed)} {c.undone}")
            lines.append(f"        {shown(c.value)} + {shown(c.before)} = {shown(c.total)} {c.conjugated}")
    golden(f"steps of {name}.txt", "\n".join(lines) + "\n")


# -- modules ----------------------------------------------------------------------------------------


class Mixed(nn.Module):
    """Modules in modules, a parameter of its own, a shared layer, a frozen one, and one that returns no tensor."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Sequential(nn.Conv2d(2, 4, 3, groups=2), nn.BatchNorm2d(4), nn.ReLU())
        self.transposed = nn.ConvTranspose2d(4, 2, 2)
        self.shared, self.frozen = nn.Linear(5, 5), nn.Linear(5, 3, bias=False).requires_grad_(False)
        self.scale = nn.Parameter(autograd.ones(3))
        self.nothing = Nothing()

    def forward(self, x):
        x = self.transposed(self.convolution(x))
        x = self.shared(self.shared(x.flatten(2).mT.tanh()[:, :1].expand(2, 5, 2).mT))
        self.nothing(x)
        x = (self.frozen(x) * self.scale) @ self.scale.reshape(3, 1)
        return {"out": x, "also": autograd.mv(x.reshape(2, 2), x.flatten()[:2]).dot(x.flatten()[2:])}


class Nothing(nn.Module):
    def forward(self, x):
        return None


def mixed():
    model = Mixed()
    for p in model.parameters():
        p.data = autograd.linspace(-1, 1, p.numel()).reshape(p.shape)
    return model


def test_the_summary_of_a_mixed_module(golden):
    found = summary(mixed(), autograd.ones(2, 2, 4, 4))
    golden("summary of mixed.txt", f"{found}\n{found.layers!r}\n{found.saved} {found.parameter_bytes}\n")


def network(last=1.0):
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 4), nn.Sigmoid(), nn.Linear(4, 2))
    for i, p in enumerate(model.parameters()):
        p.data = autograd.linspace(-1, 0.5 + i / 4, p.numel()).reshape(p.shape)
    model[4].weight.data.mul_(last)
    return model


@pytest.mark.parametrize("last", [1.0, 1e-5, 1e5, math.inf])
def test_histograms_as_text(last, golden):
    found = histograms(network(last), lambda y: (y * y).sum() / 8, autograd.linspace(-1, 2, 12).reshape(4, 3))
    sizes = [
        f"{layer.name} {layer.kind} {layer.gradient_size:.4g} {[*layer.weight_gradients]}" for layer in found.layers
    ]
    golden(f"histograms {last:g}.txt", "\n".join([str(found), *sizes]) + "\n")


def test_histograms_as_a_figure():
    pytest.importorskip("matplotlib")
    found = histograms(network(), lambda y: (y * y).sum() / 8, autograd.linspace(-1, 2, 12).reshape(4, 3))
    figure = found.plot()
    assert figure.get_size_inches().tolist() == pytest.approx([7.5, 1.2 * 5 + 0.8])
    lefts, rights = figure.axes[::2], figure.axes[1::2]
    assert [axes.get_ylabel() for axes in lefts] == ["0: Linear", "1: ReLU", "2: Linear", "3: Sigmoid", "4: Linear"]
    assert [axes.get_title() for axes in figure.axes[:3]] == ["activations", "gradients: log₁₀ |g|, without zeros", ""]
    activations = np.concatenate([layer.activations.ravel() for layer in found.layers])
    for axes, layer in zip(lefts, found.layers):
        heights, edges, _ = axes.patches[0].get_data()
        assert len(heights) == 60 and heights.sum() == layer.activations.size
        assert edges[[0, -1]] == pytest.approx([activations.min(), activations.max()])
        assert axes.yaxis.label.get_rotation() == 0
    for axes, layer in zip(rights, found.layers):
        heights, edges, _ = axes.patches[0].get_data()
        assert heights.sum() == np.count_nonzero(layer.gradients)
        assert edges[0] == rights[0].patches[0].get_data()[1][0]
    assert all(axes.get_yticks().size == 0 for axes in figure.axes)


@pytest.mark.parametrize(
    ("values", "count", "text"),
    [
        ([], 16, ""),
        ([math.nan, math.inf], 16, "none finite"),
        ([0.0, math.nan, 1.0], 4, "█  █"),
        ([0.0] * 8 + [1.0] * 7 + [2.0] * 4 + [3.0] * 1, 4, "█▇▄▁"),
        ([1.0], 16, "        █       "),
    ],
)
def test_a_histogram_in_one_line(values, count, text):
    assert bars(np.array(values), count) == text


def test_the_figure_of_a_history():
    pytest.importorskip("matplotlib")
    history = {
        "loss": [3.0, 2.0, math.inf], "val_loss": [4.0, 3.0, 2.0], "test_loss": [1.0], "train_acc": [0.5, 0.6],
        "lr": [1],
    }  # fmt: skip
    figure = plot_history(history)
    assert figure.get_size_inches().tolist() == pytest.approx([4.2 * 3, 3.2])
    loss, acc, rate = figure.axes
    assert [axes.get_title() for axes in figure.axes] == ["loss", "acc", "lr"]
    assert [line.get_label() for line in loss.lines if not line.get_label().startswith("_")] == [
        "loss", "loss not finite", "val_loss", "test_loss",
    ]  # fmt: skip
    assert [line.get_linestyle() for line in loss.lines if line.get_marker() == "."] == ["-", "--", ":"]
    cross = next(line for line in loss.lines if line.get_marker() == "x")
    assert (cross.get_xdata().tolist(), cross.get_ydata().tolist()) == ([3], [0]) and not cross.get_clip_on()
    assert loss.lines[0].get_xdata().tolist() == [1, 2, 3]
    assert [axes.get_legend() is not None for axes in figure.axes] == [True, False, False]
    assert all(axes.get_xlabel() == "epoch" for axes in figure.axes)
    assert all(line.get_visible() for axes in figure.axes for line in axes.get_xgridlines())
    assert loss.get_xgridlines()[0].get_alpha() == 0.3
    assert all(tick == round(tick) for tick in acc.get_xticks()) and rate.lines[0].get_ydata().tolist() == [1]


def test_a_history_in_words():
    history = History()
    assert repr(history) == "History of 0 steps"
    history.record(loss=tensor(1.23456))
    assert repr(history) == "History of 1 step: loss 1.235 -> 1.235"
    history.record(loss=2, accuracy=True)
    assert repr(history) == "History of 2 steps: loss 1.235 -> 2, accuracy 1 -> 1"


# -- what is not finite -----------------------------------------------------------------------------


def overflowing():
    x = leaf([1e-300, 1e-300])
    return (x * 1e308 + x * 1e308).sum(), {"x": x}


def by_a_hook():
    y = leaf([1.0, 2.0]) * 2
    y.register_hook(lambda g: g * math.inf)
    return (y * 1).sum(), {"y": y}


def leaf_with_nan():
    x = leaf([math.nan, 0.0])
    return 1 / x, {"x": x}


def divided_by_zero():
    x = leaf([1.0, 2.0])
    return x / tensor([0.0, 1.0], dtype=float64), {"x": x}


def not_kept():
    x = leaf([1.0, -1.0])
    return ((x + 1).log() * 2).sum(), {"x": x}


@pytest.mark.parametrize(
    ("make", "phase", "operation", "text"),
    [
        (overflowing, "backward", "mul", "the gradients for x overflow when they are added: [inf, inf]"),
        (by_a_hook, "backward", "mul", "a hook of y changes the gradient [1, 1] to [inf, inf]"),
        (not_kept, "forward", "log", "log makes 1 -inf of 2 elements, given v2 = [2, 0]"),
        (
            lambda: (leaf(0.0).sqrt(), None), "backward", "sqrt",
            "the rule of sqrt, g/(2·out), makes 1 inf of 1 elements of a finite gradient g = 1, with out = 0",
        ),
        (leaf_with_nan, "forward", None, "the leaf x contains 1 nan from the start: [nan, 0]"),
        (
            divided_by_zero, "forward", "div",
            "div makes 1 inf of 2 elements, given x = [1, 2], v1 = [0, 1]",
        ),
    ],
)  # fmt: skip
def test_the_first_value_that_is_not_finite(make, phase, operation, text):
    y, names = make()
    found = find_nan(y, names=names or {})
    assert found.text == text and (found.phase, found.operation) == (phase, operation)


# -- numbers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "True"), (3, "3"), (1e-7, "1e-07"), (123456.0, "1.235e+05"), (1 / 3 + 2j, "0.3333+2j"),
        (np.arange(12.0), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]"), (np.arange(13.0), "(13,): 0 to 12, mean 6"),
        (np.array(2.5), "2.5"), ({0: np.float64(1), 2: None}, "{output 0: 1, output 2: None}"),
        ("x" * 58, "'" + "x" * 58 + "'"), ("x" * 59, "'" + "x" * 56 + "..."),
        (np.array(["a"] * 13), "(13,): elements of <U1"), (np.full(13, np.nan), "(13,): 13 nan"),
        (np.arange(13), "(13,): 0 to 12, mean 6"), (np.arange(13) > 3, "(13,): 9 of 13 true"),
    ],
)  # fmt: skip
def test_values_in_one_line(value, text):
    assert shown(value) == text


def test_an_unknown_value_and_shape_say_so():
    assert value_of(Entry(0, "leaf")) == "(not kept)" and shape_of(Entry(0, "leaf")) == "?"
    assert value_of(Entry(0, "leaf", origin="overwritten")) == "(overwritten since)"
    assert value_of(Entry(0, "leaf", value=np.arange(13))) == "0 to 12, mean 6"
    assert value_of(Entry(0, "leaf", value=np.arange(12))) == shown(np.arange(12))
    assert shape_of(Entry(0, "leaf", shape=(2,), dtype="int8")) == "(2,) int8"
    assert number(np.int64(10**6)) == "1000000" and summary_of(np.array([1j, 2.0])) == "|x| 1 to 2, mean 1.5"


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (2**20 - 1, "1024.0 KiB"), (2**20, "1.0 MiB"),
        (3 * 2**29, "1.5 GiB"), (2**40, "1.0 TiB"), (2**50, "1024.0 TiB"),
    ],
)  # fmt: skip
def test_a_number_of_bytes(count, text):
    assert in_bytes(count) == text


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("epochs", 0, 10, 0.0), "epochs .............................. 0/10  0:00"),
        (("epochs", 3, 10, 6.0), "epochs #########..................... 3/10  0:06 < 0:14"),
        (("", 5, 10, 3661.4), "###############............... 5/10  1:01:01 < 1:01:01"),
        (("", 10, 10, 59.6), "############################## 10/10  1:00"),
        (("", 12, 10, 3600.0), "############################## 12/10  1:00:00"),
        (("a", 7, None, 61.0), "a 7 in 1:01"),
        (("", 0, 0, 1.0), "0 in 0:01"),
        (("a" * 40, 1, 9, 1.0), "a" * 40 + " ###........................... 1/9  0:"),
    ],
)
def test_a_progress_bar(arguments, text):
    bar = _bar(*arguments)
    assert bar.rstrip() == text and len(bar) in (79, len(text))


class Terminal(list):
    """A terminal that notes what is written and whether it is shown at once."""

    def isatty(self):
        return True

    def write(self, text):
        self.append(text)

    def flush(self):
        self.append("flush")


def test_a_progress_bar_is_drawn_ten_times_a_second(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    terminal = Terminal()
    for step in progress([0.05, 0.05, 0.02, 0.09, 1.0], "x", file=terminal):
        now[0] += step
    written = "".join(terminal)
    drawn = [line.split("flush")[0].rstrip(" ") for line in written.split("\r")[1:]]
    assert drawn == [
        "x .............................. 0/5  0:00",
        "x ############.................. 2/5  0:00 < 0:00",
        "x ########################...... 4/5  0:00 < 0:00",
        "x ############################## 5/5  0:01",
        "x ############################## 5/5  0:01" + " " * 37 + "\n",
    ]
    assert written.count("flush") == 5
    (end,) = ["".join(list(_ended(total))) for total in [None]]
    assert end.startswith("\r0 in 0:00")


def _ended(total):
    terminal = Terminal()
    list(progress(iter(()), total=total, file=terminal))
    return terminal


# -- the numbers of the stepper's page ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (np.float32(0.1), 0.1), (np.float64(0.1), 0.1), (np.int8(3), 3), (True, 1), (np.bool_(False), 0),
        (math.nan, "nan"), (math.inf, "inf"), (np.float32(-np.inf), "-inf"), (2, 2),
    ],
)  # fmt: skip
def test_numbers_become_json(value, word):
    assert _word(value) == word and type(_word(value)) is type(word)


@pytest.mark.parametrize(
    ("shape", "limit", "indices"),
    [
        ((4,), 4, [[0, 1, 2, 3]]),
        ((5,), 4, [[0, 2, 4]]),
        ((3, 6), 9, [[0, 1, 2], [0, 2, 5]]),
        ((4, 4), 8, [[0, 3], [0, 1, 2, 3]]),
        ((100,), 4, [[0, 33, 66, 99]]),
    ],
)
def test_the_longest_dim_of_a_large_array_is_halved(shape, limit, indices):
    assert [i.tolist() for i in _thinned(shape, limit)] == indices


@pytest.mark.parametrize(("arrays", "limit"), [(0, 1024), (39, 1024), (40, 1000), (9_999, 4), (20_000, 4)])
def test_the_numbers_of_a_page_are_shared_by_its_arrays(arrays, limit):
    entries = [Entry(i, "constant", value=np.zeros(1)) for i in range(arrays)]
    assert Values(entries, [])._limit == limit


def test_equal_arrays_are_stored_once_and_thinned_ones_are_rounded():
    values = Values([], [])
    values._limit = 4
    assert values.plain(np.array([1.0, 2.0])) == values.plain(np.array([1.0, 2.0])) == [0]
    assert values.plain(np.array([1, 2])) == [1] and values.plain(np.array([[1.0, 2.0]])) == [2]
    assert values.plain(np.array([1 / 3, 5, 5, 5, 2e9 / 3])) == [3]
    assert values.arrays[3] == {
        "shape": (3,), "data": [0.3333, 5.0, 666700000.0], "thinned": (5,), "places": [[0, 2, 4]],
    }  # fmt: skip
    assert values.plain(None) is None and values.plain(slice(2)) is None and values.plain(np.array(2.5)) == 2.5
