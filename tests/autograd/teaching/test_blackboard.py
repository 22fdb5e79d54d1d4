"""Blackboard notation: Python expressions as formulas, with brackets where they are needed and nowhere else."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from autograd.teaching.blackboard import filled, formula, level_of, replaced


def written(text, **scope):
    return formula(text, scope, lambda function, name: None)


@pytest.mark.parametrize(
    ("python", "expected"),
    [
        ("g * x", "g·x"),
        ("x * x", "x²"),
        ("g * x * y * x", "g·x²·y"),
        ("x ** 3 + x ** n", "x³ + x^n"),
        ("x ** (n - 1)", "x^(n - 1)"),
        ("(x + y) ** 2", "(x + y)²"),
        ("-x ** 2", "-x²"),
        ("(-x) ** 2", "(-x)²"),
        ("x ** -1", "x⁻¹"),
        ("g * 0.5 / x", "g/(2·x)"),
        ("-g * (x / y) / y", "-g·x/y²"),
        ("1 / x", "1/x"),
        ("g / (2 * out)", "g/(2·out)"),
        ("a - (b - c)", "a - (b - c)"),
        ("a - b - c", "a - b - c"),
        ("a + -b", "a - b"),
        ("-(a + b)", "-(a + b)"),
        ("x // y", "⌊x/y⌋"),
        ("x.T @ g", "xᵀ @ g"),
        ("(x @ y) * g", "(x @ y)·g"),
        ("(a + b).mT", "(a + b)ᵀ"),
        ("exp(-x * y)", "exp(-x·y)"),
        ("_helper(g, x_shape, x_dtype)", "helper(g, the shape of x, the type of x)"),
        ("x.conj()", "conj(x)"),
        ("x.real + x.imag", "Re(x) + Im(x)"),
        ("f(x, axis=1)[0]", "f(x, axis=1)[0]"),
        ("g if x >= y else 0", "g where x ≥ y, else 0"),
        ("~mask", "not mask"),
        ("[a for a in b]", "[a for a in b]"),
        ("this is no Python", "this is no Python"),
    ],
)
def test_python_is_written_as_on_a_blackboard(python, expected):
    assert written(python) == expected


def test_constants_and_functions_of_modules_are_known_by_their_names():
    assert written("math.sqrt(2 * math.pi) * np.exp(x)", math=math, np=np) == "sqrt(2·π)·exp(x)"


def test_a_notation_is_filled_with_the_arguments():
    notation = {"square": ("x²", ("x",)), "rsqrt": ("1/√(x)", ("x",)), "total": ("Σ x", ("x",))}
    write = lambda text: formula(text, {}, lambda function, name: notation.get(name))
    assert write("square(a + b)") == "(a + b)²"
    assert write("g * rsqrt(1 - square(x))") == "g/√(1 - x²)"
    assert write("g * total(x * y)") == "g·(Σ x·y)" and write("g * total(x)") == "g·Σ x"
    assert write("square(x=2 * y)") == "(2·y)²"


def test_letters_are_replaced_but_not_words_or_letters_with_a_hat():
    assert replaced("x̂ where x is max(x, 0)", {"x": "w", "a": "b"}) == "x̂ where w is max(w, 0)"
    assert replaced("x", {}) == "x"


def test_two_minus_signs_cancel():
    assert filled("1/(1 + exp(-x))", {"x": "-y"}) == "1/(1 + exp(y))"


NAMES = ("a", "b", "c")


@st.composite
def expressions(draw, depth=4):
    """An expression of numbers in Python."""
    if depth == 0 or draw(st.booleans()) and depth < 3:
        return draw(st.sampled_from(NAMES))
    kind = draw(st.sampled_from(("+", "-", "*", "/", "neg", "square")))
    first = draw(expressions(depth - 1))
    if kind == "neg":
        return f"(-{first})"
    if kind == "square":
        return f"({first})**2"
    return f"({first} {kind} {draw(expressions(depth - 1))})"


@given(expressions())
def test_a_formula_means_what_the_python_expression_means(python):
    values = dict(zip(NAMES, (0.7, -1.3, 2.1)))
    text = written(python)
    for symbol, spelled in (("²", "**2"), ("³", "**3"), ("⁻¹", "**(-1)"), ("·", "*"), ("^", "**")):
        text = text.replace(symbol, spelled)
    try:
        expected = eval(python, dict(values))
    except ZeroDivisionError:
        return
    if abs(expected) < 1e9:
        assert eval(text, dict(values)) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_the_level_of_a_formula_is_that_of_its_loosest_operator():
    levels = [level_of(text) for text in ("g where x > 0", "x + y", "x·y", "x @ y", "x²", "log(x + y)")]
    assert levels == sorted(set(levels))
