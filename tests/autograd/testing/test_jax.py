"""The checks for JAX find planted mistakes in functions with a custom rule, and right ones pass."""

from pathlib import Path

import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="the checks for JAX's functions need JAX")

from autograd.testing import GradcheckError, Mismatch, jax as checks  # noqa: E402 - after the test for JAX
from tests.tools.rules.nasty import NASTY  # noqa: E402 - after importorskip
from tests.tools.rules.planted import PLANTED, is_found_rightly  # noqa: E402 - after importorskip
from tests.tools.rules.reported import recorded, rows  # noqa: E402 - after importorskip

ROOT = Path(__file__).parents[3]
HERE = {name: planted for name, planted in PLANTED.items() if "jax" in planted.worlds}
RIGHT = {name: nasty for name, nasty in NASTY.items() if "jax" in nasty.worlds}


def as_function(case):
    """A function with the `custom_vjp` of a case."""
    function = jax.custom_vjp(lambda *xs: case.func(jax.numpy, *xs))

    def forward(*xs):
        out = case.func(jax.numpy, *xs)
        return out, (out, *xs)

    def backward(saved, g):
        found = case.vjp(jax.numpy, g, *saved)
        return found if isinstance(found, tuple) else (found,)

    function.defvjp(forward, backward)
    return function


@pytest.mark.parametrize("name", HERE)
def test_a_planted_mistake_is_found_and_its_cause_is_named_rightly_or_not_at_all(name):
    case = HERE[name]
    with pytest.raises((GradcheckError, Mismatch)) as info:
        checks.check_op(as_function(case), case.domain, examples=10, **case.options)
    is_found_rightly(case, info.value)


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_function_passes_however_nasty(name):
    case = RIGHT[name]
    checks.check_op(as_function(case), case.domain, **{"examples": 1, "order": 1} | case.options)


def test_given_inputs_are_checked_to_any_order():
    x = np.array([0.5, -1.0])
    assert checks.gradcheck(jax.numpy.sin, x) and checks.gradgradcheck(lambda x: x**3, x)
    checks.check_grads(lambda x: x**4, x, order=3)
    detached = lambda x: x * jax.lax.stop_gradient(x)
    assert checks.gradcheck(detached, x, raise_exception=False) is False
    with pytest.raises(GradcheckError, match="order 1: Jacobian mismatch"):
        checks.check_grads(detached, x)


def test_forward_mode_is_checked_where_there_is_one():
    @jax.custom_jvp
    def sine(x):
        return jax.numpy.sin(x)

    sine.defjvp(lambda xs, ts: (jax.numpy.sin(xs[0]), ts[0] * jax.numpy.sin(xs[0])))
    with pytest.raises(GradcheckError, match="Jacobian mismatch"):
        checks.check_op(sine, (-2, 2), examples=1)


def test_a_function_that_differs_where_it_is_differentiated_is_found():
    function = jax.custom_vjp(lambda x: x * 2)
    function.defvjp(lambda x: (x * 3, None), lambda saved, g: (g * 2,))
    with pytest.raises(Mismatch, match="where the function is differentiated"):
        checks.check_op(function, (1, 2), examples=1)


def test_integer_inputs_are_constants():
    checks.check_op(lambda x, i: x[i] * 2, lambda draw: (draw.uniform((3,)), np.array([0, 2])), examples=1)


def test_wrong_arguments_are_refused_in_a_sentence():
    with pytest.raises(TypeError, match="expected a function of JAX's arrays, but got int"):
        checks.check_op(3, (0, 1))
    with pytest.raises(TypeError, match="returns no array of JAX but str"):
        checks.check_op(lambda x: "no", (0, 1))
    with pytest.raises(ValueError, match="at least one input of floating-point or complex numbers, but got int64"):
        checks.gradcheck(jax.numpy.sin, np.arange(3))


def test_the_table_of_reported_gradients_holds():
    found = rows("jax")
    assert len(found) >= 8
    # Another version of JAX rounds differently: names, reports and kinds of answers are compared.
    assert recorded(found) == recorded((ROOT / "autograd/testing/REPORTED.md").read_text("utf-8").splitlines(), "jax")
