"""What `check_op`, `check_vjp`, the strategies and the programs do with given examples, and where they decide."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as torch
from autograd import Function, tensor
from autograd.core import operation
from autograd.core.primitive import registry
from autograd.core.tensor import wrap
from autograd.testing import GradcheckError, Mismatch, Sample, Values, check_op, check_vjp, gradcheck
from autograd.testing.engine import checks
from autograd.testing.engine.checks import close
from autograd.testing.engine.jacobian import _has_effect, _shape_cause, _within
from autograd.testing.engine.run import fixed_inputs, values_of
from autograd.testing.engine.source import sources_of
from autograd.testing.engine.tensor_rule import TensorRule
from autograd.testing.gradcheck import call_of
from autograd.testing.programs import Program, Step, _literal, _reductions, name_of, perform, start, weights
from autograd.testing.strategies import (
    _Choice,
    _step_for,
    _with_positive_steps,
    arrays,
    broadcastable_shapes,
    dims,
    indices,
    matmul_shapes,
    programs,
    shapes,
    some_dims,
    tensors,
)
from autograd.testing.vjp import comparisons, in_single_precision
from tests.autograd.testing.test_recorded_diagnoses import leaf, planted
from tests.autograd.testing.test_recorded_samples import condensed
from tests.tools.shares import drawn
from tests.tools.thresholds import threshold


def raises(function: Callable[..., Any], *arguments: Any, **options: Any) -> str:
    """The error of a call, in words; empty if there is none."""
    try:
        function(*arguments, **options)
    except Exception as error:
        return "\n".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ())])
    return ""


def fails(*check: Any) -> bool:
    try:
        check[0](*check[1:])
    except (Mismatch, GradcheckError):
        return True
    return False


def made(forward: Any, **rules: Any) -> Any:
    """A primitive that is not in the registry."""
    try:
        return operation.primitive("planted", forward, **rules)
    finally:
        registry.pop("planted", None)


def on_tensors(check: Callable[..., Any]) -> Callable[..., Any]:
    """A check of a rule, for a function of Tensors."""
    return lambda f, *arguments: check(TensorRule(f), *arguments)


check_by_complex_step, check_dtype, check_jvp, check_values, check_vmap = map(
    on_tensors,
    (checks.check_by_complex_step, checks.check_dtype, checks.check_jvp, checks.check_values, checks.check_vmap),
)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


X = np.array([0.5, -1.0, 2.0])

# -- check_op ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "at", "limit"),
    [
        (np.float64, np.float64, 1.0, 2e-12), (np.float64, np.float64, 100.0, 2e-10),
        (np.float64, np.float64, 0.0, 2e-12), (np.float32, np.float64, 1.0, 2e-4), (np.float16, np.float32, 1.0, 3e-2),
        (np.complex128, np.complex128, 1.0, 2e-12), (np.complex64, np.float64, 1.0, 2e-4),
    ],
)  # fmt: skip
def test_arrays_are_close_up_to_the_rounding_of_the_lower_precision(a: Any, b: Any, at: float, limit: float) -> None:
    first = np.array([at, 0.0]).astype(a)
    found = threshold(lambda off: not close(first, (first.real + np.array([0, off])).astype(b)))
    assert float(found) == pytest.approx(limit, rel=2e-2)


def test_arrays_of_other_shapes_integers_and_values_that_are_not_finite() -> None:
    nan, inf = np.nan, np.inf
    assert close(np.array([nan, inf, 1.0]), np.array([nan, inf, 1.0])) and close(np.array([1]), np.array([1]))
    assert not close(np.array([inf]), np.array([-inf])) and not close(np.array([nan]), np.array([1.0]))
    assert not close(np.array([1.0]), np.array([[1.0]])) and not close(np.array([1]), np.array([2]))
    assert not close(np.array([inf]), np.array([1.0])) and not close(np.array([1.0, inf]), np.array([2.0, inf]))
    assert _within(np.array([nan, inf]), np.array([nan, inf]), 0.0) and not _within(X, -X, 0.5)
    assert _within(X, X + 0.5, 0.5) and not _within(X, X + 0.5, 0.49)


def test_the_inputs_that_are_always_tried(golden: Any) -> None:
    lines = []
    for values in ([Values()], [Values(0, 1), Values(2, 3)], [Values(0, 1), Values(2, 3), Values(4, 5)]):
        for min_side in (0, 1):
            lines.append(f"{len(values)} inputs, min_side={min_side}")
            for inputs in fixed_inputs(values, min_side):
                lines.append(f"  {'; '.join(map(condensed, inputs))}: {', '.join(sources_of(inputs))}")
    golden("fixed inputs.txt", "\n".join(lines) + "\n")


def test_domains_in_other_forms() -> None:
    assert values_of((0, 1)) == [Values(0, 1)] and values_of([(0, 1), Values(2, 3)]) == [Values(0, 1), Values(2, 3)]
    words = (
        "expected (low, high) or Values for each input (several in a list), a function of a Draw or a Domain, but got"
    )
    for wrong in ((0, 1, 2), [], "ab", (0, "a"), [3]):
        assert words in raises(values_of, wrong)


def scaled_rule(off: float) -> Any:
    """3x² with a rule that is off by a factor."""
    return made(lambda x: 3 * x * x, x=lambda g, x: g * (6 * (1 + off)) * x)


def bent_rule(off: float, shift: float = 0.0) -> Any:
    """x² plus a number, whose second derivative is off by a factor."""
    part = lambda x: x * (1 + off) - x.detach() * off if isinstance(x, torch.Tensor) else x
    return made(lambda x: x * x + shift, x=lambda g, x: g * 2 * part(x))


class Crooked(Function):
    """2x, whose rule is not linear in its cotangent: jvp differentiates it, vmap sees batches."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x * 2

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g * 2 + 0.5 * g * g


def test_how_far_a_rule_may_be_off(golden: Any) -> None:
    def in_dtype(off: float, x: Any) -> Any:
        return x * (1 + off) if x.dtype == torch.float32 else x * 1

    found = {
        "complex step, first order": threshold(
            lambda off: fails(check_by_complex_step, scaled_rule(off), [X], 1, rng())
        ),
        "complex step, second order": threshold(
            lambda off: fails(check_by_complex_step, bent_rule(off), [X], 2, rng())
        ),
        "complex step, second order unchecked": threshold(
            lambda off: fails(check_by_complex_step, bent_rule(off), [X], 1, rng())
        ),
        "complex step, second order, with rounding": threshold(
            lambda off: fails(check_by_complex_step, bent_rule(off, 1e5), [X], 2, rng())
        ),
        "single precision": threshold(
            lambda off: fails(check_dtype, lambda x: in_dtype(off, x), [X], np.dtype("float32"), rng())
        ),
        "check_vjp": threshold(lambda off: fails(check_vjp, scaled_rule(off), [X])),
        "check_vjp by the complex step": threshold(
            lambda off: fails(check_vjp, scaled_rule(off), [X], None, "complex step")
        ),
        "check_vjp, second order": threshold(
            lambda off: fails(check_vjp, bent_rule(off), [X], None, "complex step", "f", 2)
        ),
        "a tiny gradient": threshold(
            lambda off: fails(check_vjp, made(lambda x: 0 * x, x=lambda g: g * off), [X], None, "complex step")
        ),
    }
    golden("limits of checks.txt", "\n".join(f"{name}: {number}" for name, number in found.items()) + "\n")


calls = iter(range(10**6))
#: Wrong functions: the check that finds them, and its arguments.
WRONG: dict[str, tuple[Any, ...]] = {
    "a rule off": (check_by_complex_step, scaled_rule(0.5), [X], 2, rng()),
    "a bend off": (check_by_complex_step, bent_rule(0.5), [X], 2, rng()),
    "not analytic": (check_by_complex_step, lambda x: (x * x.conj()).real + 0 * x, [X], 2, rng()),
    "nothing to differentiate": (check_by_complex_step, lambda x: x * 1, [np.zeros((0, 2))], 2, rng()),
    "an unused input": (check_by_complex_step, lambda x, y: x * x, [X, X], 2, rng()),
    "a straight line": (check_by_complex_step, lambda x: x * 3, [X], 2, rng()),
    "jvp": (check_jvp, Crooked.apply, [X], rng()),
    "right jvp": (check_jvp, lambda x: (x * x, x.argmax()), [X], rng()),
    "vmap": (check_vmap, lambda x: x * x.sum() if x.ndim == 1 and next(calls) % 3 else x * 1, [X]),
    "right vmap": (check_vmap, lambda x: x * x.sum(), [X]),
    "another dtype": (check_dtype, lambda x: x.double() * 1, [X], np.dtype("float32"), rng()),
    "a gradient in another dtype": (
        check_dtype, made(lambda x: x * 1, x=lambda g: wrap(np.asarray(getattr(g, "array", g), np.float64))),
        [X], np.dtype("float32"), rng(),
    ),
    "values in single precision": (
        check_dtype, lambda x: x * (2 if x.dtype == torch.float32 else 1), [X], np.dtype("float32"), rng()
    ),
    "a gradient in single precision": (
        check_dtype,
        made(lambda x: x * 1, x=lambda g: g * 2 if g.dtype in (np.float32, torch.float32) else g * 1),
        [X], np.dtype("float32"), rng(),
    ),
    "complex inputs in single precision": (check_dtype, lambda x: x * 2, [X + 1j], np.dtype("float32"), rng()),
    "complex numbers": (
        check_dtype, planted(lambda z: z * z, lambda g, z: g * 2 * z), [X], np.dtype("complex128"), rng()
    ),
    "the reference": (check_values, lambda x: (x * 2, x * 3), [X], lambda x: (x * 2, x * 4)),
    "random": (check_values, lambda x: x * next(calls), [X], None),
    "a random shape": (check_values, lambda x: x[(None,) * (next(calls) % 5)], [X], None),
    "the layout": (check_values, lambda x: x * (2 if x.array.strides[0] > 0 else 1), [X[::-1]], None),
    "a change": (check_values, lambda x: x.data.mul_(2) * 1 + x, [X.copy()], None),
    "a change in backward": (check_values, planted(lambda x: x * 1, lambda g, x: (x.mul_(1), g)[1]), [X.copy()], None),
    "check_vjp": (check_vjp, scaled_rule(0.5), [X]),
    "check_vjp, order 2": (check_vjp, bent_rule(0.5), [X], None, "complex step", "bent", 2),
    "check_vjp, a shape": (check_vjp, made(lambda x: x * 1, x=lambda g: g[None]), [X]),
    "check_vjp, a dtype": (check_vjp, made(lambda x: x * 1, x=lambda g: g.astype(np.float32)), [X]),
    "check_vjp, not finite": (check_vjp, made(lambda x: x * 1, x=lambda g: g * np.nan), [X]),
    "check_op, a number of examples": (check_op, torch.sin, (0, 1), None, True, 0),
}  # fmt: skip


def test_the_messages_of_wrong_functions(golden: Any) -> None:
    with np.errstate(all="ignore"):
        lines = [f"-- {name}\n{raises(check, *arguments)}\n" for name, (check, *arguments) in WRONG.items()]
    golden("wrong functions.txt", "\n".join(lines))


def test_check_op_refuses_wrong_arguments(golden: Any) -> None:
    wrong: dict[str, dict[str, Any]] = {
        "examples": {"examples": 0}, "examples as text": {"examples": "3"}, "order": {"order": 0},
        "dtypes": {"dtypes": "float32"}, "domain": {"domain": (1, 2, 3)}, "no domain": {"domain": None},
        "func": {"func": 3},
    }  # fmt: skip
    lines = [f"{name}: {raises(check_op, **({'func': torch.sin, 'domain': (0, 1)} | o))}" for name, o in wrong.items()]
    lines += [raises(check_op, scaled_rule(0.5), (0.5, 1), examples=1, seed=7)]
    golden("check_op.txt", "\n".join(lines) + "\n")


def test_check_op_tries_what_it_is_asked_to() -> None:
    seen: list[tuple[Any, ...]] = []

    def watched(x: Any) -> Any:
        seen.append((tuple(x.shape), str(x.dtype), bool(x.requires_grad)))
        return x * 2

    check_op(watched, (0, 1), examples=1, dtypes=(), order=1)
    shapes_seen = {shape for shape, _, _ in seen}
    assert {(), (2, 3), (0,)} <= shapes_seen and {dtype for _, dtype, _ in seen} == {"autograd.float64"}
    seen.clear()
    check_op(watched, (0, 1), examples=1, min_side=1, dtypes=("float32", "complex128"))
    assert all(0 not in shape for shape, _, _ in seen)
    assert {dtype for _, dtype, _ in seen} == {"autograd.float64", "autograd.float32", "autograd.complex128"}


@pytest.mark.parametrize(
    ("got", "expected", "words"),
    [
        ((3, 2), (2, 3), "transposed: a matrix is transposed"),
        ((4, 3, 2), (4, 2, 3), "transposed: a matrix is transposed"),
        ((4, 2, 3), (3, 2, 4), None),
        ((2, 3), (3,), "broadcast not undone: a broadcast is not undone, the rule must sum over dim 0"),
        ((5, 2, 3), (1, 3), "broadcast not undone: a broadcast is not undone, the rule must sum over dim 0, 1"),
        ((1, 3), (3,), "broadcast not undone: a broadcast is not undone, the rule must sum over dim 0"),
        ((3,), (2, 3), None),
        ((2, 3), (2,), None),
        ((5,), (), "broadcast not undone: a broadcast is not undone, the rule must sum over dim 0"),
    ],
)
def test_the_cause_of_a_gradient_of_another_shape(got: Any, expected: Any, words: str | None) -> None:
    found = _shape_cause(got, expected)
    assert (found and f"{found.name}: {found.words}") == words


def test_gradcheck_names_outputs_that_need_every_cotangent() -> None:
    class Needs(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.set_materialize_grads(False)
            return x * 1, x * 2

        @staticmethod
        def backward(ctx: Any, g: Any, h: Any) -> Any:
            return g + 2 * h

    assert "with a cotangent for output 0 alone it raised TypeError" in raises(gradcheck, Needs.apply, leaf([1.0]))
    assert gradcheck(Needs.apply, leaf([1.0]), check_undefined_grad=False)


@pytest.mark.filterwarnings("ignore:Input 0 requires gradient:UserWarning")
def test_gradcheck_refuses_what_it_cannot_judge() -> None:
    noisy = raises(gradcheck, lambda x: torch.sin(x * 1e3), tensor([1.0], requires_grad=True))
    assert "the derivative of output 0 by input 0[0] cannot be judged: differences give" in noisy
    assert "In autograd.float32 rounding hides it: convert the inputs with .double()." in noisy
    shared = leaf([1.0, 2.0])
    other = wrap(shared.array[:1]).requires_grad_()
    words = "RuntimeError: input 0 and input 1 share memory, so gradcheck would change both: clone() one of them"
    assert raises(gradcheck, lambda x, y: x * y, (shared, other)) == words
    narrow = raises(gradcheck, lambda x: x.double() * 2, tensor([1.0], requires_grad=True), check_grad_dtypes=True)
    assert narrow == ""


def test_an_effect_is_looked_for_near_and_far() -> None:
    seen: list[float] = []
    call = call_of(lambda x: seen.append(x.item()) or x * 0, [leaf(1.0)])  # type: ignore[func-returns-value]  # None, so that `or` goes on
    seen.clear()
    assert not _has_effect(call, 0, [0], rng())
    step = seen[1] - 1
    assert [round((x - 1) / step * 1e-6, 9) for x in seen] == [0, 1e-6, -1e-6, 1e-2, -1e-2]
    assert 0.5e-6 <= abs(step) <= 1.5e-6


def test_the_comparisons_of_two_orders() -> None:
    found = list(comparisons(lambda x, y: x * y, (X, X * 2), rng(), "differences", "f", 2))
    assert [(c.where, c.order) for c in found] == [
        ("f: the gradient of input 0", 1), ("f: the gradient of input 1", 1), ("f': the gradient of input 0", 2),
        ("f': the gradient of input 1", 2), ("f': the gradient of input 2", 2),
    ]  # fmt: skip
    assert [round(c.scale, 2) for c in found] == [round(max(0.01, float(np.abs(c.expected).max())), 2) for c in found]
    third = list(comparisons(lambda x: x * x * x, (X,), rng(), "complex step", "f", 3))
    assert third[-1].where.startswith("f'': the gradient of input") and len(third) == 1 + 2 + 3
    large = list(comparisons(lambda x: x * x, (np.arange(1.0, 6.0),), rng(), "differences", "f", 1))
    assert large[0].gradient.shape == () and found[0].gradient.shape == (3,)
    four = list(comparisons(lambda x: x * x, (np.arange(1.0, 5.0),), rng(), "differences", "f", 1))
    assert four[0].gradient.shape == (4,)


def test_errors_in_single_precision_are_relative_to_the_largest_entry_above_a_tenth() -> None:
    off = made(lambda x: x * 1, x=lambda g: g * 1.5 if g.dtype in (np.float32, torch.float32) else g)
    assert in_single_precision(Sample(off, (np.array([1.0]),)), rng()) == [0.0, pytest.approx(0.5, abs=1e-6)]
    small = made(lambda x: x * 1e-3, x=lambda g: g * 1.5e-3 if g.dtype in (np.float32, torch.float32) else g * 1e-3)
    error = in_single_precision(Sample(small, (np.array([1.0]),)), np.random.default_rng(1))[1]
    assert 0.5e-3 * 0.5 / 0.1 <= error <= 0.5e-3 * 1.5 / 0.1
    wide = made(lambda x: x * 1, x=lambda g: np.asarray(getattr(g, "array", g), np.float64))
    assert "the gradient of input 0 is float64, but the input is float32" in raises(
        in_single_precision, Sample(wide, (np.array([1.0]),)), rng()
    )


# -- programs ---------------------------------------------------------------------------------------


def random_program(seed: int, unrecorded: bool = True) -> Program:
    """A program of lines chosen by Python's random numbers."""
    source = random.Random(seed)
    inputs = (np.array([[0.5, -1.25], [1.5, 0.75]]), np.array([0.3, 1.1]))
    program = Program(inputs, (), ())
    duals, steps = start(program), []
    for _ in range(7):
        choice = _Choice(
            source.randint(0, 2), [source.randint(0, 11) for _ in range(source.randint(1, 2))],
            source.randint(0, 2**16), True, source.random() < 0.7 or not unrecorded,
        )  # fmt: skip
        steps.append(step := _step_for(choice, duals, program.names, unrecorded))
        perform(step, duals)
    tracked = [name for name, dual in duals.items() if dual.tracked]
    return Program(inputs, tuple(steps), tuple(tracked[-3:]))


def test_programs_of_given_choices(golden: Any) -> None:
    texts = []
    for seed in range(24):
        program = random_program(seed, seed % 4 > 0)
        texts.append(str(program))
        if seed % 6 == 0:
            texts += [f"shorter: {[step.source() for step in p.steps]} {p.outputs}" for p in _reductions(program)]
    golden("programs.txt", "\n\n".join(texts) + "\n")


def test_large_values_are_replaced_by_their_tanh() -> None:
    duals = start(Program((np.array([4.4, 1.0]),), (), ()))
    exponent = _Choice(0, [0, 0], 0, True, True)
    for size, expected in ((4.4, "mul"), (4.48, "tanh")):
        duals["a"].value[0] = size
        picks = [_step_for(exponent._replace(pick=k), duals, ("a",), True) for k in range(40)]
        found = [step.operation for step in picks if step.operation in ("mul", "tanh") and len(step.operands) == 2]
        assert ("mul" in found) == (expected == "mul")


@pytest.mark.parametrize(
    ("argument", "code"),
    [
        (slice(None), ":"), (slice(1, None), "1:"), (slice(None, -1), ":-1"), (slice(0, 4, 2), "0:4:2"),
        (slice(None, None, 2), "::2"), (..., "..."), ((..., 0), "..., 0"), ((slice(1), None), ":1, None"),
        ((1, 2), "(1, 2)"),
        (None, "None"), ([1, 0], "[1, 0]"),
    ],
)  # fmt: skip
def test_arguments_as_code(argument: Any, code: str) -> None:
    assert _literal(argument) == code


def test_names_and_weights() -> None:
    assert [name_of(i) for i in (0, 25, 26, 51, 52)] == ["a", "z", "a1", "z1", "a2"]
    assert weights((2, 2)).tolist() == [[0.27, -0.67], [-0.99, -0.4]] and weights(()).tolist() == 0.27
    assert weights((0, 3)).shape == (0, 3)
    line = Step("mul", ("a", "b"), (), "c", False)
    assert line.source() == "with torch.no_grad():\n    c = a * b"


# -- strategies -------------------------------------------------------------------------------------


def test_strategies_reach_their_ends_and_go_no_further() -> None:
    def ends(strategy: Any, *numbers: Callable[[Any], Any]) -> list[set[Any]]:
        examples = drawn(strategy, 90)
        return [{number(example) for example in examples} for number in numbers]

    most = lambda shapes: max(map(max, filter(None, shapes)), default=0)
    longest = lambda shapes: max(map(len, shapes))
    assert ends(shapes(), len, lambda shape: most([shape])) == [{0, 1, 2, 3}, {0, 1, 2, 3, 4}]
    assert ends(shapes(1, 2, 1, 2), len, min, max) == [{1, 2}] * 3
    assert ends(broadcastable_shapes(), len, longest, most) == [{2}, {0, 1, 2, 3}, {0, 1, 2, 3}]
    least = lambda shapes: min(map(min, shapes))
    assert ends(matmul_shapes(), longest, most)[0] == {1, 2, 3, 4}
    assert ends(matmul_shapes(max_dims=0), least, most) == [{0, 1, 2, 3}, {0, 1, 2, 3}]
    assert ends(dims(2), int) == [{-2, -1, 0, 1}] and ends(dims(0), int) == [{-1, 0}]
    assert ends(some_dims(3), len) == [{0, 1, 2, 3}] and ends(some_dims(3, 2), len) == [{2, 3}]
    assert ends(some_dims(0), len) == [{0}]


def test_indices_have_masks_and_lists_of_every_length() -> None:
    keys = drawn(indices((2, 3)), 250)
    lists = [key for key in keys if isinstance(key, list)]
    last = [key[-1] for key in keys if isinstance(key, tuple) and key and isinstance(key[-1], list)]
    assert {len(key) for key in lists} == {1, 2, 3, 4} and {i for key in lists for i in key} == {-2, -1, 0, 1}
    assert {i for key in last for i in key} == {-3, -2, -1, 0, 1, 2}
    assert {key.shape for key in keys if isinstance(key, np.ndarray)} == {(2, 3)}
    plain = drawn(indices((2, 3), advanced=False), 30)
    assert not any(isinstance(key, (list, np.ndarray)) for key in plain)
    empty = drawn(indices((0, 3)), 30)
    assert not any(isinstance(key, list) for key in empty) and any(isinstance(key, np.ndarray) for key in empty)
    assert _with_positive_steps((slice(3, None, -2), slice(1, 2, 1), 0, slice(None))) == (
        slice(None, None, 2), slice(1, 2, 1), 0, slice(None),
    )  # fmt: skip


def test_arrays_are_whole_or_between_minus_two_and_two() -> None:
    whole = np.concatenate([x.ravel() for x in drawn(arrays((4,), whole=True), 60)])
    assert set(whole.tolist()) == set(range(-5, 6))
    real = np.concatenate([x.ravel() for x in drawn(arrays((4,)), 60)])
    assert -2 <= real.min() < -1.8 and 1.8 < real.max() <= 2
    for strategy in (arrays((4,)), tensors((4,))):  # the numbers come from many seeds
        assert len({np.sort(np.asarray(getattr(x, "array", x))).tobytes() for x in drawn(strategy, 20)}) > 8
    found = drawn(tensors(shape=(2, 2), values=Values(1, 2), dtype=np.complex128), 20)
    parts = np.concatenate([np.ravel(x.array) for x in found])
    assert parts.real.min() >= 1 and parts.imag.min() >= 1 and parts.imag.max() > 1.8 and found[0].requires_grad


def test_programs_keep_to_their_options() -> None:
    some = drawn(programs(), 50)
    assert {len(p.inputs) for p in some} == {1, 2, 3} and max(len(p.steps) for p in some) == 8
    inputs = [x for p in some for x in p.inputs]
    assert {n for x in inputs for n in x.shape} == {1, 2, 3} and {x.ndim for x in inputs} == {0, 1, 2}
    assert all(0.1 <= abs(v) <= 2 for x in inputs for v in x.flat) and len({x.tobytes() for x in inputs}) > 20
    assert any(not step.recorded for p in some for step in p.steps)
    short = drawn(programs(2, False, False), 50)
    plain = [step for p in short for step in p.steps]
    assert all(step.name and step.recorded and step.operation != "detach" for step in plain)
    assert max(len(p.steps) for p in short) == 2
