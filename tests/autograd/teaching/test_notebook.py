"""Notebooks: how tensors and modules are displayed."""

from __future__ import annotations

import re
import shutil
import sys
import xml.etree.ElementTree as ET

import pytest

import autograd
import nn
from autograd import float64, tensor
from autograd.teaching import explain


@pytest.fixture
def without_dot(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)


def leaf(value):
    return tensor(value, dtype=float64, requires_grad=True)


def test_a_notebook_shows_the_graph_of_a_tensor(without_dot, monkeypatch):
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    monkeypatch.setattr(sys.modules["__main__"], "a_cells_variable", x, raising=False)
    shown = y._repr_html_()
    assert "leaf: a_cells_variable" in shown
    assert shown.startswith('<pre style="font-family: ui-monospace')
    assert ">tensor(5., dtype=autograd.float64, grad_fn=&lt;SumBackward0&gt;)</pre><svg" in shown
    assert x._repr_html_() is None and tensor(1.0)._repr_html_() is None
    y.backward()
    assert y._repr_html_() is None
    for _ in range(100):
        x = x * 2
    assert x._repr_html_() is None


def test_a_notebook_shows_the_tree_of_a_module():
    shown = nn.Sequential(nn.Linear(2, 3), nn.ReLU())._repr_html_()
    tree = ET.fromstring(shown.replace(" open", ""))
    assert [e.text for e in tree.iter("li") if e.text] == ["weight (3, 2)", "bias (3,)"]
    assert "Sequential: 9 parameters" in shown and "<b>1</b> ReLU" in shown


def test_text_in_columns_has_a_monospaced_font_of_its_own_wherever_it_is_shown():
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    step = autograd.compile(lambda x: (x * x).sum())
    step(x)
    step(x)  # which is compiled
    for shown in (explain(y)._repr_html_(), y._repr_html_(), step.program._repr_html_(), nn.Linear(1, 1)._repr_html_()):
        styled = re.search(r"\bpre {[^}]*font-family: [^;}]*monospace", shown)
        for opening in re.findall("<pre[^>]*>", shown):
            assert styled or "monospace" in opening
        assert "monospace" in shown
