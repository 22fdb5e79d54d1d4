"""`check_rule` finds planted mistakes in plain NumPy, names their cause, and shrinks them; right rules pass."""

import functools

import numpy as np
import pytest

from autograd.testing import GradcheckError, Mismatch, check_rule
from tests.tools.rules.nasty import NASTY
from tests.tools.rules.planted import PLANTED, is_found_rightly

HERE = {name: planted for name, planted in PLANTED.items() if "numpy" in planted.worlds}


def check(case, **options):
    func, vjp = (functools.partial(f, np) for f in (case.func, case.vjp))

    def rule(g, out, *arrays):
        return vjp(g, out, *arrays)

    return check_rule(lambda *arrays: func(*arrays), rule, case.domain, **{"examples": 10} | case.options | options)


@pytest.mark.parametrize("name", HERE)
def test_a_planted_mistake_is_found_and_its_cause_is_named_rightly_or_not_at_all(name):
    case = HERE[name]
    with pytest.raises((GradcheckError, Mismatch)) as info:
        check(case)
    is_found_rightly(case, info.value)


@pytest.mark.parametrize("name", NASTY)
def test_a_right_rule_passes_however_nasty_the_function(name):
    check(NASTY[name], examples=3)


def test_a_vjp_may_take_the_output_and_return_a_gradient_for_floats_only():
    check_rule(np.exp, lambda g, out, x: g * out, (-1, 1), examples=1)

    def picked(g, x, i):
        full = np.zeros_like(x)
        np.add.at(full, i, g)
        return full

    check_rule(lambda x, i: x[i], picked, lambda draw: (draw.uniform((3,)), np.array([2, 0, 2])), examples=1)


def test_functions_of_several_outputs_get_a_tuple_of_cotangents():
    both = lambda gs, x: gs[0] * np.cos(x) - gs[1] * np.sin(x)
    check_rule(lambda x: (np.sin(x), np.cos(x)), both, (-2, 2), examples=1)
    with pytest.raises(GradcheckError, match="Jacobian mismatch for output 1"):
        check_rule(lambda x: (np.sin(x), np.cos(x)), lambda gs, x: gs[0] * np.cos(x) + gs[1] * np.sin(x), (-2, 2))


def test_a_jvp_is_checked_alone_and_beside_a_vjp():
    product = lambda tx, ty, x, y: tx * y + x * ty
    check_rule(np.multiply, None, [(-2, 2), (-2, 2)], jvp=product, examples=2)
    check_rule(np.exp, lambda g, out, x: g * out, (-1, 1), jvp=lambda t, out, x: t * out, examples=2)
    with pytest.raises(GradcheckError, match="analytical, by jvp") as info:
        check_rule(np.multiply, None, [(1, 2), (1, 2)], jvp=lambda tx, ty, x, y: tx * y - x * ty)
    assert info.value.cause == "wrong sign"
    with pytest.raises(GradcheckError, match="for a tangent of zeros it is not zero"):
        check_rule(np.sin, None, (1, 2), jvp=lambda t, x: np.cos(x))
    with pytest.raises(GradcheckError, match="analytical, by jvp"):
        check_rule(np.sin, lambda g, x: g * np.cos(x), (1, 2), jvp=lambda t, x: t * np.sin(x))


def test_the_second_order_is_that_of_the_vjp_as_a_function():
    vjp = lambda g, x: 3 * g * x * x
    check_rule(lambda x: x**3, vjp, (-2, 2), examples=1)
    of_vjp = lambda h, g, x: (3 * h * x * x, 6 * h * g * x)
    same_shapes = lambda draw: (draw.uniform(shape := draw.shape()), draw.uniform(shape))
    check_rule(vjp, of_vjp, same_shapes, examples=3)
    with pytest.raises(GradcheckError, match="with respect to input 1"):
        check_rule(vjp, lambda h, g, x: (3 * h * x * x, 3 * h * g * x), same_shapes)


def test_a_report_tells_what_is_right_to_rounding():
    exact = check_rule(np.log1p, lambda g, x: g / (1 + x), (1e-3, 1e-2), examples=1).worst["value in float32"]
    coarse = check_rule(lambda x: np.log(1 + x), lambda g, x: g / (1 + x), (1e-3, 1e-2), examples=1)
    assert exact.ulps < 2 and str(exact).startswith("right to rounding")
    assert coarse.worst["value in float32"].ulps > 50
    assert (
        str(coarse.worst["value in float32"]).startswith("right to ") and "rounding" not in str(coarse).split("\n")[2]
    )


BAD = {
    "too few gradients": (np.multiply, lambda g, x, y: (g * y,), [(1, 2), (1, 2)], "returned 1 gradient, but the func"),
    "a gradient of another shape": (np.sin, lambda g, x: np.zeros(7), (1, 2), r"has shape \(7,\), but the input"),
    "integers": (lambda i: i * 2, lambda g, i: g, lambda draw: (np.arange(3),), "integers have no derivative"),
    "no array": (lambda: 1.0, lambda g: (), lambda draw: (), "gives no arrays"),
    "no tuple": (np.sin, lambda g, x: g, lambda draw: 3.0, "must return a tuple of arrays, one for each input, but"),
    "outside the domain": (np.log, lambda g, x: g / x, (-2, -1), "outside the function's domain"),
    "integers out": (lambda x: np.arange(3), lambda g, x: g, (1, 2), "only floating-point and complex outputs"),
    "text out": (lambda x: "no", lambda g, x: g, (1, 2), "must return an array or a tuple of arrays, but returned str"),
    "the domain for the vjp": (np.sin, (1, 2), None, "expected a vjp, but got tuple: the domain is the third argument"),
    "no rule": (np.sin, None, (1, 2), "a vjp or a jvp is needed"),
    "no domain": (np.sin, lambda g, x: g, None, "a domain is needed"),
    "no function": (None, lambda g, x: g, (1, 2), "expected a function of arrays, but got NoneType"),
    "too many parameters": (np.sin, lambda g, x, y: g, (1, 2), r"expected vjp\(g, x0\) or vjp\(g, out, x0\)"),
    "a complex gradient": (np.sin, lambda g, x: g * 1j, (1, 2), "complex gradient for the real input 0"),
    "a domain in words": (np.sin, lambda g, x: g, "all", r"check_rule: expected \(low, high\) or Values"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_in_a_sentence(name):
    func, vjp, domain, words = BAD[name]
    with pytest.raises((TypeError, ValueError, GradcheckError), match=words):
        check_rule(func, vjp, domain)
