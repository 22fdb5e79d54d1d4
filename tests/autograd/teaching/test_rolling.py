"""Rolling: draw shows a loop once, with arrows to the next repetition, and all repetitions on request."""

from __future__ import annotations

import re
import shutil

import pytest
from hypothesis import given, strategies as st

import autograd
from autograd import nn, ones, tensor
from autograd.teaching import draw, remember
from autograd.teaching.placing import place
from autograd.teaching.rolling import _runs


class RNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.cell, self.head = nn.Embedding(20, 4), nn.RNNCell(4, 8), nn.Linear(8, 20)

    def forward(self, tokens):
        h = autograd.zeros(tokens.shape[0], 8)
        for t in range(tokens.shape[1]):
            h = self.cell(self.embedding(tokens[:, t]), h)
        return self.head(h)


TOKENS = autograd.zeros(3, 50, dtype=autograd.int64)


@pytest.mark.parametrize("graphviz", [True, False])
def test_an_rnn_of_fifty_steps_is_drawn_as_one_step_with_its_token_ids(graphviz, monkeypatch):
    if not graphviz:
        monkeypatch.setattr(shutil, "which", lambda name: None)
    picture = draw(RNN(), TOKENS)
    assert [box.lines for box in picture.drawing.boxes] == [
        ["tokens", "(3, 50) int64"], ["embedding: Embedding(20, 4) ×50", "80 parameters"],
        ["cell: RNNCell(4, 8) ×50", "112 parameters"],
        ["head: Linear(in_features=8, out_features=20, bias=True)", "180 parameters"],
    ]  # fmt: skip
    arrows = [(a.source, a.target, a.label, a.to_next) for a in picture.drawing.arrows]
    assert arrows == [(0, 1, "", False), (1, 2, "(3, 4)", False), (2, 2, "(3, 8)", True), (2, 3, "(3, 8)", False)]
    svg = picture.svg()
    assert float(re.search(r'width="(\d+)"', svg)[1]) < 500 and "stroke-dasharray" in svg
    assert "×3 in a box: repeated 3 times · dashed: to the next repetition" in svg
    assert "n2 -.->" in picture.mermaid() and "style=dashed" in picture.dot()


def test_the_steps_are_drawn_on_request_and_too_many_are_refused_only_then():
    tokens = TOKENS[:, :4]
    assert sum("RNNCell" in box.lines[0] for box in draw(RNN(), tokens, unroll=True).drawing.boxes) == 4
    long = autograd.zeros(1, 400, dtype=autograd.int64)
    assert len(draw(RNN(), long).drawing.boxes) == 4
    with pytest.raises(ValueError, match="at most 600 can be read"):
        draw(RNN(), long, unroll=True)


def looped(times):
    w = ones(3, 3, requires_grad=True)
    with remember():
        h = ones(3)
        for t in range(times):
            pre = w @ h + t
            h = autograd.tanh(pre)
        return w, h.sum()


def test_a_loop_of_operations_is_rolled_with_the_variables_names_and_the_constants_it_saw():
    w, y = looped(7)
    boxes = [box.lines[0] for box in draw(y, names={"w": w}).drawing.boxes]
    assert boxes == ["w", "constant", "mv ×7", "0 … 6", "pre = add ×7", "h = tanh ×7", "sum"]
    w, y = looped(2)
    assert [box.lines[0] for box in draw(y, names={"w": w}).drawing.boxes].count("mv") == 2


def test_without_graphviz_the_arrow_to_the_next_step_goes_around_the_boxes(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    w, y = looped(7)
    drawing = draw(y, names={"w": w}).drawing
    placed = place(drawing, "")
    (i,) = [i for i, arrow in enumerate(drawing.arrows) if arrow.to_next]
    curve, arrow = placed.curves[i], drawing.arrows[i]
    assert (drawing.boxes[arrow.source].lines[0], drawing.boxes[arrow.target].lines[0]) == ("h = tanh ×7", "mv ×7")
    assert curve[1][0] > max(
        placed.centres[b][0] + placed.sizes[b][0] / 2 for b in range(arrow.target, arrow.source + 1)
    )
    assert all(0 <= x <= placed.width for x, _ in curve)


def test_different_modules_at_one_line_are_not_rolled():
    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.blocks = nn.ModuleList([nn.Linear(4, 4) for _ in range(5)])

        def forward(self, x):
            for block in self.blocks:
                x = x + block(x)
            return x

    assert len(draw(Residual(), ones(2, 4)).drawing.boxes) == 1 + 2 * 5


def test_a_module_that_stands_several_times_in_a_sequential_is_not_a_loop():
    act = nn.ReLU()
    model = nn.Sequential(*[part for _ in range(4) for part in (nn.Linear(2, 2), act)])
    assert len(draw(model, ones(1, 2)).drawing.boxes) == 1 + 8


def test_a_layer_stays_a_box_at_any_depth_but_none():
    model = nn.Sequential(nn.Sequential(nn.Linear(4, 4), nn.GELU()), nn.Linear(4, 1))
    kinds = [box.lines[0].split("(")[0] for box in draw(model, ones(2, 4), depth=2).drawing.boxes]
    assert kinds == ["input", "0.0: Linear", "0.1: GELU", "1: Linear"]
    assert not any(box.kind == "module" for box in draw(model, ones(2, 4), depth=None).drawing.boxes)


def test_signs_are_explained_below_the_picture_that_has_them():
    x = tensor([1.0, 2.0], requires_grad=True)
    assert "×2 on an arrow: used twice" in draw(x * x).svg()
    assert "used twice" not in draw(x * 2).svg()


@given(st.lists(st.integers(0, 3), max_size=6), st.lists(st.integers(4, 9), min_size=1, max_size=5), st.integers(3, 9))
def test_a_run_is_found_wherever_it_stands(before, body, times):
    keys = [*range(100, 100 + len(before)), *body * times, -1]
    runs = list(_runs(keys))
    covered = {i for start, period, count in runs for i in range(start, start + period * count)}
    assert covered <= set(range(len(before), len(keys) - 1))
    for start, period, count in runs:
        assert keys[start : start + period * count] == keys[start : start + period] * count and count >= 3
    if len(set(body)) == len(body):
        assert runs == [(len(before), len(body), times)]
