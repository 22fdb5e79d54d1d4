"""explain: its words, numbers and pages, compared with golden files."""

from __future__ import annotations

import html
import re

import numpy as np
import pytest

import autograd
import nn
from autograd import Function, float64, tensor
from autograd.teaching import explain, remember
from autograd.teaching.showing import shown
from autograd.utils.checkpoint import checkpoint


def leaf(value):
    return tensor(value, dtype=float64, requires_grad=True)


def test_a_scalar_program(golden):
    a, b = leaf(2.0), leaf(-3.0)
    with remember():
        y = (a * b + a).tanh() * 4
    golden("scalars.txt", str(explain(y, {"a": a, "b": b, "y": y})))


def test_broadcasting_reuse_and_a_view(golden):
    x, row = leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), leaf([1.0, 2.0, 3.0])
    column = row.reshape(3, 1)
    y = (x * row).sum() + (column * column).sum() * 3
    golden("broadcasting.txt", str(explain(y, {"x": x, "row": row})))


def test_second_order(golden):
    x = leaf(2.0)
    (slope,) = autograd.grad(x**3, x, create_graph=True)
    golden("second_order.txt", str(explain(slope, {"x": x, "slope": slope})))


def test_a_network(golden):
    model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    for i, parameter in enumerate(model.parameters()):
        parameter.data = autograd.linspace(-1, 1 + i, parameter.numel()).reshape(parameter.shape)
    images = autograd.linspace(-1, 2, 20).reshape(5, 4)
    loss = nn.functional.cross_entropy(model(images), tensor([0, 1, 1, 0, 1]))
    golden("network.txt", str(explain(loss, {"model": model, "loss": loss})))


def test_nan_and_infinity_are_shown():
    x = leaf([0.0, -1.0, 1.0])
    text = str(explain(x.log(), {"x": x}))
    assert "[-inf, nan, 0]" in text and "[inf, -1, 1]" in text
    wide = leaf(np.where(np.arange(40) % 8, 1.0, np.nan)) * np.inf
    assert "5 nan; 35 inf" in str(explain(wide))


def test_a_write_through_a_view_is_explained():
    x = leaf([1.0, 2.0])
    base = x * 1
    base[0] = 5.0
    text = str(explain(base.sum(), {"x": x}))
    assert "setitem" in text and "g with 0 at key" in text and "x, g = [0, 1]: its gradient is complete" in text


def test_complex_numbers(golden):
    z = tensor([1 + 2j, 3 - 1j], requires_grad=True)
    golden("complex.txt", str(explain((z * z).real.sum(), {"z": z})))


def test_a_function_with_two_outputs():
    class Both(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, x * 3

        @staticmethod
        def backward(ctx, g, h):
            return 2 * g + 3 * h

    x = leaf(2.0)
    a, b = Both.apply(x)
    text = " ".join(str(explain(a * b, {"x": x, "a": a, "b": b})).split())
    assert "g·∂(one output of Both)/∂v1 = g, as that of this output" in text
    assert "Both.backward(g)" in text and "x, g = 24: its gradient is complete" in text


def test_a_single_leaf():
    x = leaf(2.0)
    assert str(explain(x, {"x": x})).startswith("Forward: 1 value\n")


def test_anomaly_mode_changes_nothing_and_a_checkpoint_is_explained():
    x = leaf([1.0, 2.0])

    def compute():
        return (x.sin() * 2).exp().sum()

    plain = str(explain(compute(), {"x": x}))
    with autograd.detect_anomaly():
        assert str(explain(compute(), {"x": x})) == plain
    y = checkpoint(compute, use_reentrant=False)
    assert "x, g = " in str(explain(y, {"x": x})) and x.grad is None
    y.backward()


def test_an_initial_gradient_can_be_given():
    x = leaf([1.0, 2.0])
    text = str(explain(x * 2, {"x": x}, gradient=tensor([10.0, 100.0], dtype=float64)))
    assert "g = [10, 100] to start with: the gradient of the output\n" in text
    assert "x, g = [20, 200]: its gradient is complete" in text
    with pytest.raises(RuntimeError, match="Mismatch in shape"):
        explain(x * 2, gradient=tensor([1.0], dtype=float64))


def test_by_default_values_have_the_names_of_the_callers_variables():
    weight = leaf(2.0)
    bias = leaf(3.0)
    y = weight * 2 + bias
    text = str(explain(y))
    assert re.search(r"^  y = add\(v\d, bias\)", text, re.M) and "weight, g = 2" in text


def test_explaining_changes_no_grad_and_frees_nothing():
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    explain(y)
    assert x.grad is None
    y.backward()
    np.testing.assert_array_equal(x.grad.numpy(), [2, 4])


def test_a_long_explanation_has_pages():
    x = leaf(1.0)
    y = x
    for _ in range(300):
        y = y.sin()
    whole = explain(y, {"x": x}, per_page=1000)
    pages = [explain(y, {"x": x}, page=k, per_page=100) for k in range(1, 8)]
    assert whole.pages == 1 and {p.pages for p in pages} == {7}
    assert str(pages[0]).endswith("Page 1 of 7; continue with page=2") and str(pages[-1]).endswith("Page 7 of 7")

    def values(text):
        return [re.sub(r"\s+", " ", line) for line in text.splitlines() if re.match(r"  ?(v|x)", line)]

    assert [line for page in pages for line in values(str(page))] == values(str(whole))
    with pytest.raises(ValueError, match="page must be from 1 to 7, but got 8"):
        explain(y, page=8, per_page=100)
    with pytest.raises(ValueError, match="per_page must be at least 1, but got 0"):
        explain(y, per_page=0)


def test_the_html_is_escaped():
    x = leaf(1.0)
    explanation = explain(x * 2, {"<b>&": x})
    assert html.escape(str(explanation)) in explanation._repr_html_()
    assert "<b>" not in explanation._repr_html_()
    assert repr(explanation) == str(explanation)


def test_large_values_are_summarised():
    assert shown(np.ones((30, 3), dtype=bool)) == "(30, 3): 90 of 90 true"
    assert shown(np.full(20, 3 + 4j)) == "(20,): |x| 5 to 5, mean 5"
    assert shown(np.zeros((0, 3))) == "[]"
    assert shown("x" * 90) == "'" + "x" * 56 + "..."


def test_lines_are_wrapped_to_the_width_of_a_terminal():
    x, row = leaf(np.arange(12.0).reshape(3, 4)), leaf([1.0, 2.0, 3.0, 4.0])
    text = str(explain((x * row + x).sum(), {"x": x, "row": row}))
    assert "float64\n      [[0, 1, 2, 3]," in text
    assert "\n          added to the gradient so far:\n            [[1, 1, 1, 1]," in text
    assert "\n            so the gradients of the copies are summed:\n            [12, 15, 18, 21]\n" in text
    assert max(len(line) for line in text.splitlines()) <= 80
