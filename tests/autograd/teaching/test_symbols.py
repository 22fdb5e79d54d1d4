"""Symbols: formulas printed from the source of the primitives, and the tables for what the source does not say."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

import autograd
import nn.functional  # noqa: F401  # registers the primitives of nn
from autograd import float64, tensor
from autograd.core.operation import binary, primitive, unary
from autograd.core.primitive import needs, registry
from autograd.teaching import explain, steps, walk
from autograd.teaching.blackboard import WORDS, level_of
from autograd.teaching.symbols import FORMULAS, expression_of, rule_of


def leaf(value):
    return tensor(value, dtype=float64, requires_grad=True)


#: The primitives of the engine, without those that other tests define.
PRIMITIVES = {name: made for name, made in registry.items() if not made.defined_in}


def is_elementwise(made):
    """Whether a primitive was defined by `unary` or `binary` and is written as formulas."""
    texts = [expression_of(made), *(rule_of(made, parameter) for parameter in made.rules)]
    special = ("ψ", "Φ", "Γ", "ζ", "erfc(", "conj", "Im", "arg", "NaN", "√π")
    return made.elementwise is not None and not any(
        level_of(text) == WORDS or any(word in text for word in special) for text in texts
    )


ELEMENTWISE = [*(name for name, made in PRIMITIVES.items() if is_elementwise(made)), "pow_number", "exp_number"]
MATHEMATICAL = {"arg", "diag", "log₁₀", "log₂", "max", "min", "one_hot", "outer"}
CALLS = {"pow_number": lambda x, y: (x, 3), "exp_number": lambda x, y: (1.7, y), "atan2": lambda x, y: (x, y)}


def evaluated(formula, values):
    """The number that a formula stands for."""
    text = re.sub(r"⌊(.*?)⌋", r"floor(\1)", formula)
    text = re.sub(r"⌈(.*?)⌉", r"ceil(\1)", text)
    text = re.sub(r"\|(.*?)\|", r"abs(\1)", text)
    spelled = {"²": "**2", "³": "**3", "·": "*", "^": "**", "√": "sqrt", "π": "pi", "log₂": "log2", "log₁₀": "log10"}
    for symbol, python in spelled.items():
        text = text.replace(symbol, python)
    functions = {name: getattr(math, name) for name in dir(math) if not name.startswith("_")}
    return eval(text, {**functions, "abs": abs, "round": round, "sign": np.sign, **values})


def test_most_elementwise_primitives_are_written_as_formulas():
    assert len(ELEMENTWISE) > 45 and {"add", "div", "exp", "asin", "acosh", "softplus", "hypot"} <= set(ELEMENTWISE)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_the_formulas_of_an_elementwise_primitive_compute_what_it_does(name):
    made = registry[name]
    values = {"x": 1.37 if name == "acosh" else 0.37, "y": 0.82, "exponent": 3, "base": 1.7, "g": 1.9}
    x, y = leaf(values["x"]), leaf(values["y"])
    out = made.function(*CALLS.get(name, lambda x, y: (x, y)[: len(made.rules)])(x, y))
    values["out"] = out.item()
    assert evaluated(expression_of(made), values) == pytest.approx(values["out"], rel=1e-12)
    for step in steps(walk(out), tensor(1.9, dtype=float64)):
        for c in step.contributions:
            assert evaluated(c.rule, values) == pytest.approx(c.value, rel=1e-12), c.parameter


def test_the_tables_name_primitives_and_their_parameters():
    assert set(FORMULAS) <= set(registry)
    for name, row in FORMULAS.items():
        assert set(row) <= {"out", *registry[name].rules}, name


def test_a_row_is_only_for_what_the_source_does_not_say(monkeypatch):
    for name, row in FORMULAS.items():
        for letter, text in list(row.items()):
            monkeypatch.delitem(row, letter)
            printed = expression_of(registry[name]) if letter == "out" else rule_of(registry[name], letter)
            assert printed != text, f"{name}, {letter}: the row repeats what is printed from the source"
            monkeypatch.undo()


def test_every_rule_is_written():
    for name, made in PRIMITIVES.items():
        for parameter in made.rules:
            assert "backward(" not in rule_of(made, parameter), f"{name}, {parameter}: no formula and no row"


def test_the_formulas_call_no_helper_of_the_engine():
    called = set()
    for made in PRIMITIVES.values():
        for text in (expression_of(made), *(rule_of(made, parameter) for parameter in made.rules)):
            called |= set(re.findall(r"(?<!\w)([a-z_]\w*)\(", text))
    assert called - set(registry) <= MATHEMATICAL


def test_the_formula_of_an_elementwise_rule_names_only_what_the_rule_is_given():
    for name in ELEMENTWISE:
        for parameter, rule in registry[name].rules.items():
            named = set(re.findall(r"(?<!\w)(?:out|x|y|base|exponent)(?!\w)", rule_of(registry[name], parameter)))
            assert named <= set(needs(rule)), name


@pytest.mark.parametrize(
    ("name", "expression", "rules"),
    [
        ("sub", "x - y", ["g", "-g"]),
        ("div", "x/y", ["g/y", "-g·x/y²"]),
        ("rsqrt", "1/√(x)", ["-g·out³/2"]),
        ("exp2", "2^x", ["g·out·log(2)"]),
        ("tan", "tan(x)", ["g·(1 + out²)"]),
        ("acosh", "acosh(x)", ["g/(√(x - 1)·√(x + 1))"]),
        ("softplus", "log(1 + exp(x))", ["g/(1 + exp(-x))"]),
        ("mm", "x @ y", ["g @ yᵀ", "xᵀ @ g"]),
        ("inv", "x⁻¹", ["-outᵀ @ g @ outᵀ"]),
        ("softmax", "exp(x)/Σ exp(x)", ["out·(g - Σ g·out)"]),
        ("where", "x where condition, else y", ["g where condition, else 0", "g where not condition, else 0"]),
        ("expand", "x copied to a shape", ["g summed to the shape of x"]),
        ("floor", "⌊x⌋", ["0"]),
    ],
)
def test_operations_and_rules_are_printed_from_their_source(name, expression, rules):
    made = registry[name]
    assert expression_of(made) == expression
    assert [rule_of(made, parameter) for parameter in made.rules] == rules


@pytest.fixture
def own_primitives():
    """Lets a test define primitives, and takes them out of the registry afterwards."""
    before = set(registry)
    yield
    for name in set(registry) - before:
        del registry[name]


def test_a_new_primitive_is_explained_without_a_row(own_primitives):
    cube = unary("cube", lambda x: x**3, lambda g, x: 3 * g * x**2)
    text = str(explain(cube(leaf(2.0)), names={}))
    assert "g·∂(v0³)/∂v0 = 3·g·v0² = 3·1·2² = 12" in text
    gauss = unary("gauss", lambda x: np.exp(-0.5 * x * x), lambda g, x, out: -g * x * out)
    assert expression_of(registry["gauss"]) == "exp(-x²/2)" and rule_of(registry["gauss"], "x") == "-g·x·out"
    twice = unary("gauss_of_cube", np.arctan, lambda g, x: g * gauss(cube(x) + 1))
    assert expression_of(registry["gauss_of_cube"]) == "atan(x)"
    assert rule_of(registry["gauss_of_cube"], "x") == "g·exp(-(x³ + 1)²/2)"
    assert twice(leaf(1.0)).requires_grad


def test_numpys_functions_have_the_engines_names(own_primitives):
    unary("gudermannian", lambda x: np.arctan(np.sinh(x)), lambda g, x: np.divide(g, np.cosh(x)))
    assert expression_of(registry["gudermannian"]) == "atan(sinh(x))"
    assert rule_of(registry["gudermannian"], "x") == "g/cosh(x)"


def test_functions_and_builtins_of_the_users_own_are_called_by_name(own_primitives):
    def floor(x):
        return x * 0.5

    def slope(g, y):
        return g * y

    binary("own", floor_and_more, lambda g, y: floor(g) * y, slope)
    assert expression_of(registry["own"]) == "own(x, y)"
    assert rule_of(registry["own"], "x") == "floor(g)·y" and rule_of(registry["own"], "y") == "slope(g, y)"
    primitive("of_many", lambda xs, scale: xs[0] * scale, xs=lambda g, scale: g * scale)
    assert expression_of(registry["of_many"]) == "xs[0]·scale"


def test_the_cotangent_is_written_as_g_whatever_the_rule_calls_it(own_primitives):
    unary("negated_square", lambda x: -x * x, lambda cotangent, x: -2 * cotangent * x)
    assert rule_of(registry["negated_square"], "x") == "-2·g·x"


def floor_and_more(x, y):
    return np.floor(x) + y


def test_a_rule_without_source_is_called_backward(own_primitives):
    unary("from_text", eval("lambda x: x * 2"), eval("lambda g: g * 2"))
    assert expression_of(registry["from_text"]) == "from_text(x)"
    assert rule_of(registry["from_text"], "x") == "from_text.backward(g)"


def test_the_gradient_of_a_function_is_its_backward():
    class Twice(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    made = Twice.apply(leaf(1.0)).node.primitive
    assert [rule_of(made, parameter) for parameter in made.rules] == ["Twice.backward(g)"]
