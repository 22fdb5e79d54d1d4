"""`autograd.extend`: a user's own operation in one line, and everything that reads it."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd as torch
from autograd import GradientTape, extend, func, tensor
from autograd.core.primitive import registry
from autograd.teaching import draw, explain
from autograd.testing import GradcheckError, Values, check_op, gradcheck, gradgradcheck

pytestmark = pytest.mark.usefixtures("restored_registry")


def softclip() -> Any:
    return extend.unary(
        "softclip", lambda x: x / np.sqrt(1 + x * x), lambda g, x: g * (1 + x * x) ** -1.5, doc="x / √(1 + x²)"
    )


def by_hand(x: Any) -> Any:
    """The same function, made of the engine's own operations."""
    return x / torch.sqrt(1 + x * x)


def leaf(*values: float) -> Any:
    return tensor(values, dtype=torch.float64, requires_grad=True)


# -- everything reads the one line ------------------------------------------------------------------


def test_backward_computes_the_gradient_of_the_rule() -> None:
    x = leaf(0.0, 1.0, -2.0)
    softclip()(x).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), (1 + x.detach().numpy() ** 2) ** -1.5)


def test_derivatives_of_higher_order_follow_from_the_rule() -> None:
    operation, x = softclip(), leaf(0.3, -1.0)
    y, z = operation(x).sum(), by_hand(x).sum()
    for _ in range(3):
        (y,) = torch.autograd.grad(y, x, create_graph=True)
        (z,) = torch.autograd.grad(z, x, create_graph=True)
        np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-12)
        y, z = y.sum(), z.sum()
    assert gradcheck(operation, x) and gradgradcheck(operation, x)


def test_vmap_and_jvp_read_it() -> None:
    operation, x = softclip(), tensor([[0.5, -1.0], [2.0, 0.0]], dtype=torch.float64)
    np.testing.assert_allclose(func.vmap(operation)(x).numpy(), operation(x).numpy())
    slopes = func.vmap(func.grad(lambda row: operation(row).sum()))(x)
    np.testing.assert_allclose(slopes.numpy(), (1 + x.numpy() ** 2) ** -1.5)
    tangent = torch.ones_like(x)
    values, pushed = func.jvp(operation, (x,), (tangent,))
    np.testing.assert_allclose(values.numpy(), operation(x).numpy())
    np.testing.assert_allclose(pushed.numpy(), slopes.numpy())


def test_a_tape_records_it() -> None:
    x = tensor([0.5, 2.0], dtype=torch.float64)
    with GradientTape() as tape:
        tape.watch(x)
        y = softclip()(x)
    np.testing.assert_allclose(tape.gradient(y, x).numpy(), (1 + x.numpy() ** 2) ** -1.5)


def test_explain_and_draw_name_it() -> None:
    x = leaf(1.0)
    y = softclip()(x)
    told = str(explain(y))
    assert "softclip(x)" in told and "0.3536" in told
    assert "softclip" in draw(y).svg()


def test_help_shows_what_it_is_and_its_rule() -> None:
    operation = softclip()
    assert operation.__name__ == "softclip" and operation.__module__ == __name__
    assert operation.__doc__ == "x / √(1 + x²).\n\nIts gradient: g * (1 + x * x) ** -1.5"


def test_arrays_and_numbers_give_arrays_and_numbers() -> None:
    operation = softclip()
    assert isinstance(operation(np.ones(2)), np.ndarray)
    assert operation(0.0) == 0.0 and type(operation(3)) is float


def test_integers_become_the_default_float_first() -> None:
    assert softclip()(tensor([1, 2])).dtype == torch.float32
    with pytest.raises(RuntimeError, match="real_only: not implemented for complex128"):
        extend.unary("real_only", np.abs, lambda g, x: g, kinds="f")(tensor([1j], dtype=torch.complex128))


def test_a_binary_operation_broadcasts_and_promotes() -> None:
    area = extend.binary("area", lambda x, y: x * y / 2, lambda g, y: g * y / 2, lambda g, x: g * x / 2)
    x, y = tensor([[1.0], [2.0]], requires_grad=True), tensor([3.0, 4.0, 5.0], requires_grad=True)
    area(x, y).sum().backward()
    assert x.grad.tolist() == [[6.0], [6.0]] and y.grad.tolist() == [1.5, 1.5, 1.5]
    assert area(tensor([1.0]), 2).dtype == torch.float32
    check_op(extend.domain(area, [(-2, 2), (-2, 2)], analytic=True), examples=3)


def test_a_primitive_passes_other_arguments_on() -> None:
    power = extend.primitive("power", lambda x, n: x**n, x=lambda g, x, n: g * n * x ** (n - 1))
    x = leaf(2.0)
    power(x, 3).backward()
    assert x.grad.tolist() == [12.0]
    assert extend.primitive_of(power).saves == ("x", "n", "x_shape", "x_dtype")


def test_a_rule_can_ask_for_output_shape_and_dtype() -> None:
    total = extend.primitive("total", lambda x: np.sum(x), x=lambda g, x_shape: torch.broadcast_to(tensor(g), x_shape))
    doubled = extend.unary("doubled", np.exp, lambda g, out: g * out)
    assert extend.primitive_of(doubled).saves == ("x_shape", "x_dtype", "out")
    assert extend.primitive_of(total).saves == ("x_shape", "x_dtype")
    x = leaf(1.0, 2.0)
    total(x).backward()  # the Tensor that the rule returns for an array becomes an array
    assert x.grad.tolist() == [1.0, 1.0]


# -- the proof --------------------------------------------------------------------------------------


def test_check_op_proves_an_operation_where_its_domain_says() -> None:
    check_op(extend.domain(softclip(), (-2, 2)), examples=3)
    check_op(extend.domain(softclip(), (-2, 2), analytic=True), reference=lambda x: x / np.sqrt(1 + x * x), examples=3)


def test_check_op_fails_a_wrong_rule() -> None:
    wrong = extend.unary("wrong", lambda x: x**3, lambda g, x: g * 2.99 * x**2)
    with pytest.raises(GradcheckError, match="order 1: Jacobian mismatch"):
        check_op(extend.domain(wrong, (0.5, 2)), examples=3)


def test_check_op_fails_a_rule_that_is_right_at_first_order_only() -> None:
    flat = extend.unary("flat", lambda x: x**3, lambda g, x: g * 3 * np.square(getattr(x, "array", x)))
    with pytest.raises(GradcheckError, match="order 2: Jacobian mismatch"):
        check_op(extend.domain(flat, (0.5, 2)), examples=3)


def test_a_domain_can_draw_all_arguments() -> None:
    power = extend.primitive("power", lambda x, n: x**n, x=lambda g, x, n: g * n * x ** (n - 1))
    drawn = []

    def arguments(draw: Any) -> Any:
        drawn.append(draw.integer(2, 4))
        return draw.uniform(draw.shape(), 0.5, 2), drawn[-1]

    check_op(extend.domain(power, arguments), examples=3)
    assert set(drawn) <= {2, 3, 4} and drawn


def test_a_domain_can_keep_away_from_a_kink() -> None:
    bent = extend.unary("bent", np.abs, lambda g, x: g * torch.sign(x), kinds="f")
    check_op(extend.domain(bent, Values(-2, 2, off=(0,))), reference=np.abs, examples=3)


@pytest.mark.parametrize(
    ("where", "error", "message"),
    [
        ((2, 1), ValueError, r"'softclip': the interval must have low < high, both finite, but is \(2, 1\)"),
        ((0, float("inf")), ValueError, "both finite"),
        ([(0, 1), (0, 1)], ValueError, r"'softclip' has 1 arguments \(x\), but the domain has 2 intervals"),
        ("all", TypeError, r"expected an interval \(low, high\), but got 'all'"),
        ((-1.0, 0.0, 1.0), TypeError, r"expected an interval \(low, high\), but got \(-1.0, 0.0, 1.0\)"),
    ],
)
def test_a_wrong_domain_is_refused(where: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        extend.domain(softclip(), where)


def test_an_interval_is_refused_where_an_argument_has_no_rule() -> None:
    power = extend.primitive("power", lambda x, n: x**n, x=lambda g, x, n: g * n * x ** (n - 1))
    with pytest.raises(ValueError, match="'power' has no rule for n, and an interval cannot say what to pass there"):
        extend.domain(power, (0, 1))


def test_check_op_without_a_domain_says_how_to_give_one() -> None:
    with pytest.raises(TypeError, match=r"extend\.domain\(softclip, \(low, high\)\) beforehand"):
        check_op(softclip())
    with pytest.raises(TypeError, match="a domain is needed"):
        check_op(by_hand)


# -- what is refused --------------------------------------------------------------------------------


def rule(g: Any, x: Any) -> Any:
    return g * x


async def coroutine(g: Any) -> Any:
    return g


async def asynchronous_generator(g: Any) -> Any:
    yield g


REFUSED = {
    "a parameter that is not an argument": (
        lambda: extend.unary("planted", np.exp, lambda g, t: g * t),
        ValueError,
        r"extend\.unary: 'planted': the rule for x asks for 't', which is not an argument of the operation: it may ask "
        r"for x, for their shape or dtype \(such as x_shape\), and for out",
    ),
    "a parameter that is not an argument of a primitive": (
        lambda: extend.primitive("planted", lambda x, n: x**n, x=lambda g, y: g * y),
        ValueError,
        "asks for 'y', which is not an argument of the operation: it may ask for x, n",
    ),
    "a rule for what is not an argument": (
        lambda: extend.primitive("planted", lambda x, n: x**n, y=rule),
        ValueError,
        "has a rule for 'y', which is not an argument of its forward: the arguments are x, n",
    ),
    "a rule that does not begin with the cotangent": (
        lambda: extend.unary("planted", np.exp, lambda x, g: g * x),
        ValueError,
        "the rule for x begins with 'x', but its first parameter is the cotangent: call it g",
    ),
    "a name of the engine": (
        lambda: extend.unary("exp", np.exp, rule),
        ValueError,
        r"'exp': the name is taken by an operation of autograd\.ops\.elementwise\.elementary: choose another",
    ),
    "a rule that is a ufunc": (
        lambda: extend.unary("planted", np.exp, np.negative),
        TypeError,
        r"the rule for x is ufunc <ufunc 'negative'>, whose parameters have no names .*wrap it in a lambda",
    ),
    "a rule that is a method": (
        lambda: extend.binary("planted", np.hypot, rule, registry["exp"].help),
        TypeError,
        "the rule for y is method .*whose parameters have no names",
    ),
    "a forward of a primitive that is a builtin": (
        lambda: extend.primitive("planted", abs, x=rule),
        TypeError,
        "the forward is builtin_function_or_method .*no names that a rule could ask for: wrap it",
    ),
    "a rule that is not callable": (
        lambda: extend.unary("planted", np.exp, 1.0),
        TypeError,
        r"the rule for x must be a function such as lambda g, x: …, but is float 1\.0",
    ),
    "no rules": (
        lambda: extend.primitive("planted", lambda x: x),
        ValueError,
        r"'planted' has no rule: give one for each argument that can get a gradient, such as x=lambda g: …",
    ),
    "no rules for several arguments": (
        lambda: extend.primitive("planted", lambda base, other: base),
        ValueError,
        r"such as base=lambda g: …",
    ),
    "a ufunc of one argument for two": (
        lambda: extend.binary("planted", np.exp, rule, rule),
        TypeError,
        "the forward must take 2 arguments, but ufunc",
    ),
    "a forward with too few defaults": (
        lambda: extend.unary("planted", lambda x, y, n=1: x * y, rule),
        TypeError,
        "the forward must take 1 argument, but",
    ),
    "a forward with too many arguments for its defaults": (
        lambda: extend.binary("planted", lambda x, y, z, n=1: x * y, rule, rule),
        TypeError,
        "the forward must take 2 arguments, but",
    ),
    "a name that is no identifier": (
        lambda: extend.unary("soft clip", np.exp, rule),
        ValueError,
        "'soft clip': the name must be an identifier, such as 'soft_clip'",
    ),
    "a name that is a keyword": (lambda: extend.unary("lambda", np.exp, rule), ValueError, "must be an identifier"),
    "a name that is no text": (lambda: extend.unary(3, np.exp, rule), TypeError, "expected a name, but got int"),
    "a rule without a cotangent": (
        lambda: extend.unary("planted", np.exp, lambda: 1.0),
        TypeError,
        "must take the cotangent first",
    ),
    "a rule with *args": (
        lambda: extend.unary("planted", np.exp, lambda g, *rest: g),
        TypeError,
        r"cannot have \*args",
    ),
    "a forward with *args": (
        lambda: extend.primitive("planted", lambda *xs: xs[0], xs=rule),
        TypeError,
        r"the forward takes \*args or \*\*kwargs: give each of its arguments a name",
    ),
    "a forward with a default": (
        lambda: extend.primitive("planted", lambda x, n=2: x**n, x=rule),
        TypeError,
        "the forward has arguments with defaults.*all are passed by position: remove the defaults",
    ),
    "a forward with an ambiguous argument": (
        lambda: extend.primitive("planted", lambda x, new_shape: x.reshape(new_shape), x=rule),
        ValueError,
        "has an argument called 'new_shape', which a rule would take for the output, or for the shape .*: rename it",
    ),
    "a forward of two arguments for one": (
        lambda: extend.unary("planted", np.add, rule),
        TypeError,
        "the forward must take 1 argument, but ufunc <ufunc 'add'> does not",
    ),
    "a forward of one argument for two": (
        lambda: extend.binary("planted", lambda x: x, rule, rule),
        TypeError,
        r"the forward must take 2 arguments, but .*<lambda>\(x\) does not",
    ),
    "a forward that is no function": (
        lambda: extend.unary("planted", "exp", rule),
        TypeError,
        "expected a function of arrays as its forward, but got str 'exp'",
    ),
    "kinds that are none": (
        lambda: extend.unary("planted", np.exp, rule, kinds="float"),
        ValueError,
        "kinds must be letters of 'biufc'",
    ),
    "kinds without floating-point numbers": (
        lambda: extend.binary("planted", np.add, rule, rule, kinds="ic"),
        ValueError,
        "kinds must include 'f', the floating-point numbers, but is 'ic'",
    ),
    "a forward of two outputs": (
        lambda: extend.unary("planted", np.modf, rule),
        TypeError,
        "the forward must return one array, but ufunc <ufunc 'modf'> returns 2",
    ),
    "a forward of objects": (
        lambda: extend.unary("planted", np.frompyfunc(abs, 1, 1), rule),
        TypeError,
        r"returns arrays of objects, as every function of np\.frompyfunc: use np\.vectorize instead",
    ),
    "a forward that is a coroutine": (
        lambda: extend.unary("planted", coroutine, rule),
        TypeError,
        r"the forward must return an array, but coroutine\(g: .*is a coroutine or generator function: remove its async",
    ),
    "a forward that is a generator": (
        lambda: extend.primitive("planted", lambda x: (yield x), x=rule),
        TypeError,
        "the forward must return an array, but .*coroutine or generator function",
    ),
    "a rule that is a coroutine": (
        lambda: extend.unary("planted", np.exp, coroutine),
        TypeError,
        "the rule for x must return an array, but coroutine.*coroutine or generator function",
    ),
    "a rule that is an asynchronous generator": (
        lambda: extend.binary("planted", np.add, rule, asynchronous_generator),
        TypeError,
        "the rule for y must return an array, but asynchronous_generator.*coroutine or generator function",
    ),
    "a rule for an argument called doc": (
        lambda: extend.primitive("planted", lambda x, doc: x * doc, x=rule, doc=rule),
        TypeError,
        "has a rule for 'doc', but doc= is the text that help shows: rename this argument of the forward",
    ),
    "a doc that is no text": (
        lambda: extend.unary("planted", np.exp, rule, doc=3),
        TypeError,
        "expected a string for doc, but got int",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_definition_is_refused_and_defines_nothing(name: str) -> None:
    define, error, message = REFUSED[name]
    before = dict(registry)
    with pytest.raises(error, match=message):
        define()
    assert registry == before


def test_a_function_that_is_no_operation_is_refused() -> None:
    with pytest.raises(TypeError, match="expected an operation that unary, binary or primitive returned"):
        extend.domain(np.exp, (0, 1))


# -- a definition that is made again ----------------------------------------------------------------


def test_a_definition_made_again_at_the_same_place_replaces_itself() -> None:
    first, second = softclip(), softclip()
    assert registry["softclip"].function is second
    with pytest.raises(TypeError, match="not defined again since"):
        extend.domain(first, (0, 1))
    x = leaf(1.0)
    first(x).backward()  # what was recorded or kept goes on working
    assert x.grad is not None


def test_a_second_place_is_refused_and_the_first_stays() -> None:
    first = softclip()
    with pytest.raises(ValueError, match=r"the name is taken by an operation of .*test_extend\.softclip: choose"):
        extend.unary("softclip", np.exp, rule)
    assert registry["softclip"].function is first


def test_a_wrong_definition_leaves_the_earlier_one_as_it_was() -> None:
    def define(vjp: Any) -> Any:
        return extend.unary("planted", np.exp, vjp)

    first = define(rule)
    with pytest.raises(ValueError, match="asks for 't'"):
        define(lambda g, t: g)
    assert registry["planted"].function is first


def test_a_notebook_cell_can_be_run_again() -> None:
    notebook: dict[str, Any] = {"__name__": "__main__"}
    cell = "from autograd import extend\nf = extend.unary('from_cell', lambda x: {} * x, lambda g: {} * g)"
    for number, factor in enumerate((2.0, 3.0)):  # the cell was edited in between: IPython gives it another file name
        exec(compile(cell.format(factor, factor), f"<ipython-input-{number}>", "exec"), notebook)
    assert notebook["f"](1.0) == 3.0


def test_a_module_can_be_reloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    file = tmp_path / "operations_of_a_user.py"
    line = "from autograd import extend\n{}f = extend.unary('reloaded', lambda x: {} * x, lambda g: {} * g)\n"
    file.write_text(line.format("", 2.0, 2.0))
    module = importlib.import_module("operations_of_a_user")
    file.write_text(line.format("\n\n", 3.0, 3.0))
    assert importlib.reload(module).f(1.0) == 3.0
    other = tmp_path / "other_operations_of_a_user.py"
    other.write_text(file.read_text())
    with pytest.raises(ValueError, match="taken by an operation of operations_of_a_user: choose another"):
        importlib.import_module("other_operations_of_a_user")


def test_extend_is_imported_without_the_tools_that_test() -> None:
    program = (
        "import sys, autograd; assert 'autograd.extend' not in sys.modules\n"
        "autograd.extend.domain(autograd.extend.unary('f', lambda x: x, lambda g: g), (0, 1))\n"
        "print([m for m in ('nn', 'autograd.testing', 'hypothesis') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_a_forward_may_have_further_arguments_with_defaults() -> None:
    try:
        cube = extend.unary("cube_by_default", lambda x, n=3: x**n, lambda g, x: 3 * g * x * x)
        mean = extend.binary(
            "mean_by_default", lambda x, y, n=2, m=0: (x + y) / n + m, lambda g: g / 2, lambda g: g / 2
        )
        assert cube(leaf(2.0)).tolist() == [8.0] and mean(leaf(2.0), leaf(4.0)).tolist() == [3.0]
    finally:
        registry.pop("cube_by_default", None), registry.pop("mean_by_default", None)
