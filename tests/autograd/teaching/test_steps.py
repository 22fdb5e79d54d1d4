"""steps: the backward pass step by step is what the engine computes, and walk puts its values in order."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
import nn
from autograd import Function, float64, tensor
from autograd.teaching import remember, steps, walk
from autograd.teaching.steps import learn_shapes
from autograd.testing import Draw, domains


def leaf(value):
    return tensor(value, dtype=float64, requires_grad=True)


def gradients(graph, gradient=None):
    """What the steps say of the leaves, by number."""
    return {s.entry: s.cotangent for s in steps(graph, gradient) if graph.entries[s.entry].primitive is None}


OPERATIONS = [
    lambda x, y: x + y,
    lambda x, y: x * y,
    lambda x, y: x - y.sum(0),
    lambda x, y: x.sin() * 2,
    lambda x, y: (x * x).mean(1, keepdim=True) + y,
    lambda x, y: x[:1] * y,
    lambda x, y: x.T.T / (y * y + 1),
    lambda x, y: x @ y,
    lambda x, y: autograd.cat([x, y])[1:4],
    lambda x, y: autograd.where(x > 0, x, y),
    lambda x, y: autograd.softmax(x, 1) + 3,
]


@st.composite
def programs(draw):
    """A program of a few operations on 3×3 matrices and a row, in which values are used again."""
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    picks = [
        (draw(st.integers(0, len(OPERATIONS) - 1)), draw(st.integers(0, 9)), draw(st.integers(0, 9)))
        for _ in range(draw(st.integers(1, 8)))
    ]

    def run(a, row):
        values = [a, row + a * 0, a * row]
        for operation, i, j in picks:
            values.append(OPERATIONS[operation](values[i % len(values)], values[j % len(values)]))
        return sum(v.sum() for v in values), values

    return run, rng.uniform(-1, 1, (3, 3)), rng.uniform(-1, 1, 3)


@given(programs())
def test_the_steps_give_the_gradients_of_backward_bit_for_bit(program):
    run, a, row = program
    a, row = leaf(a), leaf(row)
    y, _ = run(a, row)
    graph = walk(y)
    found = gradients(graph)
    assert a.grad is None and row.grad is None
    y.backward()
    for x in (a, row):
        np.testing.assert_array_equal(found[graph.numbers[x.node]], x.grad.numpy(), strict=True)


@given(programs())
def test_every_entry_comes_after_its_parents_and_every_known_value_is_right(program):
    run, a, row = program
    y, values = run(leaf(a), leaf(row))
    graph = walk(y)
    with remember():
        again, _ = run(leaf(a), leaf(row))
    full = walk(again)
    assert len(full) == len(graph) and [e.primitive for e in full] == [e.primitive for e in graph]
    for i, entry in enumerate(graph):
        assert entry.number == i and all(p is None or p < i for p in entry.parents)
        assert full.entries[i].value is not None
        if entry.value is not None:
            np.testing.assert_array_equal(entry.value, full.entries[i].value)
    for value in values:
        if value.node in graph.numbers and graph.entries[graph.numbers[value.node]].value is not None:
            np.testing.assert_array_equal(graph.entries[graph.numbers[value.node]].value, value.detach().numpy())


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", sorted(domains))
def test_the_steps_of_every_primitive_give_its_gradients(name, seed):
    sample = domains[name].sample(Draw(seed))
    xs = [tensor(x, requires_grad=True) for x in sample.inputs]
    y = sample.call(*xs)
    if not y.requires_grad:
        return
    g = tensor(np.random.default_rng(seed).normal(size=y.shape)).to(y.dtype)
    graph = walk(y, {f"x{i}": x for i, x in enumerate(xs)})
    found = gradients(graph, g)
    assert all(e.shape is not None for e in graph if e.kind != "constant")
    y.backward(g)
    for x in xs:
        if x.grad is not None:
            np.testing.assert_array_equal(found[graph.numbers[x.node]], x.grad.numpy())


def test_the_sums_of_contributions_are_the_cotangents_of_later_steps():
    x = leaf([1.0, 2.0])
    y = x * x + x.exp() * x
    graph = walk(y.sum())
    totals = {}
    for step in steps(graph):
        if step.entry in totals:
            np.testing.assert_array_equal(totals[step.entry], step.arrived)
        for c in step.contributions:
            np.testing.assert_array_equal(c.total, c.value if c.before is None else c.before + c.value)
            totals[c.parent] = c.total


def test_a_broadcast_contribution_has_the_shape_it_is_summed_back_to():
    x, row = leaf(np.ones((2, 3))), leaf([1.0, 2.0, 3.0])
    graph = walk((x * row).sum(), {"x": x, "row": row})
    (product,) = [s for s in steps(graph) if graph.entries[s.entry].primitive == "mul"]
    to_x, to_row = product.contributions
    assert to_x.undone is None
    assert to_row.undone == (3,) and to_row.computed.shape == (2, 3) and to_row.value.tolist() == [2, 2, 2]


def test_the_graph_of_a_gradient_can_be_stepped_through():
    x = leaf(1.5)
    (slope,) = autograd.grad(x**3 + x.sin(), x, create_graph=True)
    graph = walk(slope)
    assert gradients(graph)[graph.numbers[x.node]] == pytest.approx(6 * 1.5 - math.sin(1.5))


def test_hooks_are_called():
    x = leaf(2.0)
    y = x * 3
    y.register_hook(lambda g: g * 10)
    step = next(s for s in steps(walk(y * 1)) if s.arrived is not s.cotangent)
    assert (step.arrived, step.cotangent) == (1, 10)


class Twice(Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2, x * 3

    @staticmethod
    def backward(ctx, g, h):
        return 2 * g + 3 * h


def test_a_function_with_two_outputs_is_stepped_through():
    x = leaf([1.0, 2.0])
    a, b = Twice.apply(x)
    graph = walk((a * b).sum())
    found = gradients(graph)[graph.numbers[x.node]]
    (a * b).sum().backward()
    np.testing.assert_array_equal(found, x.grad.numpy())


def test_an_overwritten_saved_value_raises_as_in_backward():
    x = leaf([1.0, 2.0])
    y = x * 1
    z = (y * y).sum()
    with autograd.no_grad():
        y += 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        list(steps(walk(z)))


def test_lists_that_a_forward_fills_for_its_rules_are_unchanged():
    x = leaf([[1.0, 2.0, 4.0]])
    y = nn.functional.layer_norm(x, (3,))
    noted = [value for value in y.node.saved if isinstance(value, list)]
    before = [len(value) for value in noted]
    list(steps(walk((y * 2 + 1).exp())))
    assert noted and [len(value) for value in noted] == before


def test_shapes_that_the_graph_does_not_keep_are_learned_from_the_backward_pass():
    x = leaf([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    graph = walk((x + 1).sum(0).T + x[0])
    before = [entry.shape for entry in graph]
    learn_shapes(graph)
    assert None in before
    assert [entry.shape for entry in graph if entry.primitive in ("add", "sum", "index")] == [(2, 3), (3,), (3,), (3,)]
