"""Modules and values nested 1,000 levels deep, in every tool. Python itself allows about 300 nested calls."""

import sys

import pytest

import autograd
from autograd import nn
from autograd.teaching import draw, explain, histograms, stepper, summary, walk
from autograd.teaching.running import tensors_in

LEVELS = 1000


def nested(kind):
    module = nn.Linear(2, 2)
    for _ in range(LEVELS):
        module = kind([module]) if kind is nn.ModuleList else kind(module)
    return module


@pytest.fixture(scope="module")
def deep():
    return nested(nn.Sequential)


def graph():
    x = autograd.ones(2, requires_grad=True)
    return (x * 2).sum()


deep_module = nested(nn.ModuleList)


def test_a_deep_module_in_the_callers_globals_and_variables_disturbs_nothing(deep, tmp_path):
    y, local_module = graph(), deep
    assert len(walk(y)) == 4 and local_module is deep
    assert "Forward: 4 values" in str(explain(y))
    assert draw(y).svg() and stepper(y, tmp_path / "page.html").path.exists()


def test_the_parameters_of_a_deep_module_are_named(deep):
    y = next(iter(deep.parameters())).sum()
    assert "0.0.0.weight" in str(explain(y, names=deep))


def test_a_deep_module_is_run_and_shown(deep):
    one, limit = autograd.ones(1, 2), sys.getrecursionlimit()
    assert len(summary(deep, one).layers) == LEVELS + 1
    assert len(histograms(deep, lambda out: out.sum(), one).layers) == 1
    assert draw(deep, one, depth=None).svg() and draw(deep, one).svg()
    assert sys.getrecursionlimit() == limit


@pytest.mark.parametrize("kind", [nn.Sequential, nn.ModuleList])
def test_the_html_of_a_deep_module_has_every_level(kind):
    assert nested(kind)._repr_html_().count("<details") == LEVELS + 1


def test_tensors_in_a_deep_output_are_found():
    out = x = autograd.ones(1)
    for level in range(5000):
        out = [out] if level % 2 else {"a": out}
    assert tensors_in((out, {"b": (x, [x])})) == [x, x, x]
