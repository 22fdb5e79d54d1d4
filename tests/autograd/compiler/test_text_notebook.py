"""A program in a notebook, and the report on a step."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

import autograd as torch
from autograd import Tensor, nn
from tests.tools.steps import classes, compiled, floats, mlp


class _Lit(HTMLParser):
    """The text of each element that is lit with others, by their keys; and all text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.by_key: dict[str, list[str]] = {}
        self.text = ""
        self._open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        keys = dict(attrs).get("data-of") or ""
        if tag == "span":
            self._open = keys.split()
            for key in self._open:
                self.by_key.setdefault(key, []).append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "span":
            self._open = []

    def handle_data(self, data: str) -> None:
        self.text += data
        for key in self._open:
            self.by_key[key][-1] += data


def test_a_line_of_the_user_is_lit_with_what_it_became_in_both_passes() -> None:
    step, _ = compiled(mlp)
    lit = _Lit(step.program._repr_html_())
    groups = [[line.split("#")[0].strip() for line in group] for group in lit.by_key.values()]
    (fc2,) = [group for group in groups if "scores = fc2(h)" in group]
    assert fc2 == [
        "scores = fc2(h)", "dot(h, fc2_weight_T, out=scores)", "add(scores, fc2_bias, out=scores)",
        "dot(d_scores, fc2_weight, out=d_h)", "dot(d_scores_T, h, out=d_fc2_weight)",
        "sum_along(d_scores, axis=0, out=d_fc2_bias)",
    ]  # fmt: skip
    (backward,) = [group for group in groups if "loss.backward()" in group]
    assert set(fc2[3:]) < set(backward)
    assert "def step(x: Tensor, y: Tensor) -> Tensor:" in lit.text


def test_the_page_of_a_program_is_text_and_style_alone() -> None:
    def step(x: Tensor) -> Tensor:
        return torch.where(x < 0, x * 2, x)

    step = torch.compile(step)
    for _ in range(3):
        step(floats(3))
    page = step.program._repr_html_()
    assert "<script" not in page
    assert "x &lt; 0" in page


def test_the_report_says_what_a_program_takes_for_granted() -> None:
    scale = 2.0
    fc = nn.Linear(4, 3)
    optimizer = torch.optim.SGD(fc.parameters(), lr=0.1, momentum=0.9)

    def step(x: Tensor, y: Tensor) -> Tensor:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(fc(x) * scale, y)
        loss.backward()
        optimizer.step()
        return loss

    step = torch.compile(step)
    assert step.explain() == "step was not called twice yet: the first call of a kind is plain, the second is watched"
    for _ in range(3):
        step(floats(5, 4), classes(5, 3))
    report = step.explain()
    assert report.startswith("1. step(x float32 (5, 4), y int64 (5,))\n   a program of ")
    assert re.search(r"reads (momentum, lr|lr, momentum) as they are then", report)
    assert re.search(
        r"test_text_notebook\.py:\d+: loss = .*: if not max_along\(y\.view\(np\.uint64\), axis=0\) < 3\n", report
    )
    assert "the array of fc_weight, fc_bias, fc_weight_momentum_buffer, fc_bias_momentum_buffer\n" in report
    assert "nesterov=False" in report and "a variable: scale = 2.0" in report


def test_the_report_says_why_a_step_runs_eagerly() -> None:
    w = torch.ones(3, requires_grad=True)

    def step(x: Tensor) -> Tensor:
        w.data = w.data * 2
        return x * w

    step = torch.compile(step)
    with pytest.warns(UserWarning, match="runs eagerly"):
        for _ in range(3):
            step(floats(3))
    first, reason = step.explain().splitlines()
    assert first == "1. step(float32 (3,))"
    assert reason.startswith("   runs eagerly: ") and "another array" in reason


def test_a_program_of_any_length_is_shown(request: Any) -> None:
    step, _ = compiled(mlp)
    assert repr(step.program) == str(step.program) == step.program.text()
