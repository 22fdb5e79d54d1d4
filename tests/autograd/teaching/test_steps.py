"""The graph as plain data, and the backward pass step by step: what is shown is what the engine does."""

from __future__ import annotations

import ast
import contextlib
import math
import re

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
import nn
from autograd import Function, float64, tensor
from autograd.core.primitive import needs, registry
from autograd.teaching import remember, steps, walk
from autograd.teaching.symbols import ELEMENTWISE, SYMBOLS, expression_of, rule_of
from autograd.teaching.walk import replay_missing
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
def test_the_steps_end_at_the_gradients_of_backward_to_the_last_bit(program):
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
def test_every_entry_comes_after_its_parents_and_every_value_that_is_known_is_right(program):
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
def test_the_steps_of_every_primitive_are_its_rules(name, seed):
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


def test_running_sums_add_up_to_the_cotangent_that_arrives():
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


def test_broadcasting_is_shown_with_the_shape_it_is_summed_back_to():
    x, row = leaf(np.ones((2, 3))), leaf([1.0, 2.0, 3.0])
    graph = walk((x * row).sum(), {"x": x, "row": row})
    (product,) = [s for s in steps(graph) if graph.entries[s.entry].primitive == "mul"]
    to_x, to_row = product.contributions
    assert to_x.undone is None
    assert to_row.undone == (3,) and to_row.computed.shape == (2, 3) and to_row.value.tolist() == [2, 2, 2]


def test_second_order_graphs_are_graphs_as_any():
    x = leaf(1.5)
    (slope,) = autograd.grad(x**3 + x.sin(), x, create_graph=True)
    graph = walk(slope)
    assert gradients(graph)[graph.numbers[x.node]] == pytest.approx(6 * 1.5 - math.sin(1.5))


def test_hooks_take_part():
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


def test_names_are_taken_from_tensors_lists_and_modules():
    layer = nn.Linear(2, 1)
    x, weights = leaf([[1.0, 2.0]]).float(), [leaf([1.0]).float()]
    y = layer(x) * weights[0]
    graph = walk(y.sum(), {"layer": layer, "weights": weights, "x": x, "other": 3})
    assert {e.name for e in graph if e.name} == {"layer.weight", "layer.bias", "weights[0]", "x"}
    assert [e.kind for e in graph if e.name and e.name.startswith("layer")] == ["parameter", "parameter"]
    assert {e.name for e in walk(layer(x).sum(), layer) if e.name} == {"weight", "bias"}


def test_variables_on_a_tape_are_walked_inside_and_after_it_by_the_names_they_were_given():
    import autograd.tensorflow as tf

    x, speed = tf.constant(2.0), tf.Variable(3.0, name="velocity")
    with tf.GradientTape(persistent=True) as tape:
        y = speed * speed + x
        inside = walk(y, {"speed": speed})
    after = walk(y, {"speed": speed})
    for graph in (inside, after):
        assert [(e.kind, e.name) for e in graph if e.name] == [("parameter", "velocity")]
    assert gradients(after)[0] == 6
    assert tape.gradient(y, speed).numpy() == 6


def test_the_weights_of_a_keras_model_are_called_by_their_paths():
    from autograd.tensorflow import GradientTape, keras

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="out")])
    with GradientTape() as tape:
        y = model(np.ones((3, 2), np.float32))
    assert {e.name for e in walk(y, {"model": model}) if e.kind == "parameter"} == {"out/kernel", "out/bias"}
    assert tape is not None


def test_what_is_not_kept_is_not_known_unless_it_was_remembered():
    x = leaf(2.0)
    assert [e.origin for e in walk(x + 3) if e.kind == "constant"] == ["not kept"]
    with remember():
        y = x + 3
    (constant,) = [e for e in walk(y) if e.kind == "constant"]
    assert (constant.value, constant.origin) == (3, "remembered")
    (made,) = [e for e in walk(y) if e.kind == "operation"]
    assert made.line.endswith("y = x + 3") and "test_steps.py" in made.line


def test_a_value_that_was_written_since_is_not_shown():
    x, y = leaf(2.0), leaf(3.0)
    z = x + y
    w = z * 1
    with autograd.no_grad():
        x += 5
    entries = walk(w, {"x": x, "y": y}).entries
    assert [e.origin for e in entries if e.name == "x"] == ["overwritten"]
    assert [e.value for e in entries if e.name == "y"] == [3]


@pytest.mark.parametrize("watched", [True, False])
def test_each_value_of_a_program_of_writes_is_shown_as_it_was(watched):
    a = leaf(np.arange(12.0).reshape(3, 4))
    with remember() if watched else contextlib.nullcontext():
        c = a * 2
        c[0] = a[1] * 3
        v = c.view(12)
        v[2:4].mul_(5)
        c.add_(a)
        out = (c * c).sum()
    graph = walk(out, {"a": a, "c": c})
    for _ in steps(graph):  # the cotangents tell the shapes that the views need
        pass
    replay_missing(graph)
    value = {entry.primitive: entry.value for entry in graph if entry.primitive not in ("mul", "index")}
    twice = np.arange(12.0).reshape(3, 4) * 2
    after_key = np.array([[12.0, 15, 18, 21], *twice[1:]])
    after_slice = np.array([[12.0, 15, 90, 105], *twice[1:]])
    assert np.array_equal(value["setitem"], after_key)
    assert np.array_equal(value["view"], after_key.ravel())
    assert np.array_equal(value["copy_slices"], after_slice)
    assert np.array_equal(value["add"], after_slice + twice / 2)


def test_a_constant_has_the_name_of_the_tensor_that_it_is():
    x, weights, model = tensor([1.0, 2.0]), tensor([3.0, 4.0]), nn.Linear(2, 1)
    model.weight.requires_grad_(False)
    with remember():
        y = (model(x * leaf(2.0) + [weights][0])).sum()
    named = {e.name for e in walk(y, {"x": x, "also_x": x, "held": [weights], "model": model}) if e.kind == "constant"}
    assert named == {"x", "held[0]", "model.weight"}


def test_remembering_of_what_is_no_module_is_refused():
    with pytest.raises(TypeError, match=r"expected an nn.Module or nothing, but got int"), remember(3):
        pass


def test_a_saved_value_that_was_overwritten_raises_as_backward_does():
    x = leaf([1.0, 2.0])
    y = x * 1
    z = (y * y).sum()
    with autograd.no_grad():
        y += 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        list(steps(walk(z)))


def test_what_a_forward_notes_for_its_rules_is_left_alone():
    x = leaf([[1.0, 2.0, 4.0]])
    y = nn.functional.layer_norm(x, (3,))
    noted = [value for value in y.node.saved if isinstance(value, list)]
    before = [len(value) for value in noted]
    list(steps(walk((y * 2 + 1).exp())))
    assert noted and [len(value) for value in noted] == before


def test_remembering_is_over_with_the_block_and_tells_modules_apart():
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
    with remember(model):
        y = model(autograd.ones(3, 2)).sum()
    assert [(e.primitive, [call.name for call in e.modules]) for e in walk(y) if e.kind == "operation"] == [
        ("linear", ["", "0"]), ("relu", ["", "1"]), ("linear", ["", "2"]), ("sum", []),
    ]  # fmt: skip
    assert all(e.line is None for e in walk(model(autograd.ones(3, 2))))


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (lambda: 3.0, TypeError, "expected a Tensor, but got float"),
        (lambda: tensor(1.0), RuntimeError, "has no graph"),
        (lambda: _freed(), RuntimeError, r"freed by a backward pass .*retain_graph=True"),
    ],
)
def test_without_a_graph_there_is_nothing_to_walk(make, kind, words):
    with pytest.raises(kind, match=words):
        walk(make())


def _freed():
    y = leaf(1.0).exp()
    y.backward()
    return y


def test_names_must_be_a_mapping_or_a_module():
    with pytest.raises(TypeError, match="names must be a mapping from names to tensors, or a module, but got list"):
        walk(leaf(1.0) * 2, ["x"])


# -- symbols ----------------------------------------------------------------------------------------


def test_every_primitive_has_symbols_for_each_of_its_rules():
    ours = {name: p for name, p in registry.items() if not p.defined_in}
    missing = {name: set(p.rules) for name, p in ours.items() if set(SYMBOLS.get(name, ("", {}))[1]) != set(p.rules)}
    assert not missing, "write their rules in symbols, in autograd/teaching/symbols.py"


_SUPERSCRIPTS = {"²": "**2", "³": "**3", "·": "*", "^": "**", "√": "sqrt", "π": "pi"}


def evaluated(symbols, values):
    """The number that a formula stands for."""
    text = re.sub(r"⌊(.*?)⌋", r"floor(\1)", symbols)
    text = re.sub(r"⌈(.*?)⌉", r"ceil(\1)", text)
    text = re.sub(r"\|(.*?)\|", r"abs(\1)", text)
    for symbol, spelled in _SUPERSCRIPTS.items():
        text = text.replace(symbol, spelled)
    functions = {n: getattr(math, n) for n in dir(math) if not n.startswith("_")}
    ast.parse(text, mode="eval")
    return eval(text, {**functions, "abs": abs, "round": round, "sign": np.sign, **values})


@pytest.mark.parametrize("name", sorted(ELEMENTWISE))
def test_the_symbols_of_an_elementwise_primitive_compute_what_its_rule_does(name):
    primitive = registry[name]
    values = {"x": 1.37 if name == "acosh" else 0.37, "y": 0.82, "exponent": 3, "base": 1.7, "g": 1.9}
    x, y = leaf(values["x"]), leaf(values["y"])
    rest = {"pow_number": (x, 3), "exp_number": (1.7, y)}
    given = rest.get(name, (x, y) if len(primitive.rules) == 2 else (x,))
    if name == "atan2":
        given = (x, y)
    out = primitive.function(*given)
    values["out"] = out.item()
    expression, rules = SYMBOLS[name]
    assert evaluated(expression, values) == pytest.approx(values["out"], rel=1e-12)
    for step in steps(walk(out), tensor(1.9, dtype=float64)):
        for c in step.contributions:
            assert evaluated(rules[c.parameter], values) == pytest.approx(c.value, rel=1e-12), c.parameter


def test_the_symbols_of_an_elementwise_rule_name_only_what_the_rule_is_given():
    for name, (_, rules) in ELEMENTWISE.items():
        for parameter, text in rules.items():
            named = set(re.findall(r"(?<!\w)(?:out|x|y|base|exponent)(?!\w)", text))
            assert named <= set(needs(registry[name].rules[parameter])), name


def test_a_primitive_of_the_users_own_shows_the_text_of_its_rule():
    class Own:
        name = "cube"
        rules = {"x": lambda g, x: g * (3 * x**2), "y": len}  # noqa: RUF012

    assert expression_of(Own) == "cube(x, y)"
    assert rule_of(Own, "x") == "g * (3 * x**2)"
    assert rule_of(Own, "y") == "cube.backward(g)"
