"""Where the diagnosis and the verdict change, and the whole messages of failed checks, compared with recorded files."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as torch
import nn
from autograd import Function, tensor
from autograd.testing import GradcheckError, check_grads, gradcheck, gradgradcheck
from autograd.testing.engine.calls import Block, Call, as_reals, direction_of, from_reals, relative, unit_of
from autograd.testing.engine.diagnosis import diagnose
from autograd.testing.engine.tensor_rule import TensorRule
from autograd.testing.engine.verdict import Options, too_coarse, wrong_entries
from autograd.testing.gradcheck import call_of
from tests.tools.thresholds import threshold


def jacobian(rows: int, columns: int, turn: int = 0) -> Any:
    """A matrix of numbers of both signs and unlike sizes, none of them 0."""
    numbers = (np.arange(rows * columns) * 7 + 3 * turn) % 11 - 5.5
    return numbers.reshape(rows, columns) / 4 + np.eye(rows, columns)


SHAPES = {
    "2x3": ((2, 3), (2, 3)),
    "2x2": ((2, 2), (2, 2)),
    "3": ((3,), (3,)),
    "sum": ((), (2, 2)),
    "grow": ((2, 3), (3,)),
}


def blocks(shapes: str, spoil: Callable[[Any, int], Any], count: int = 3, error: float = 0.0, size: float = 1.0) -> Any:
    """Blocks at several points: the right Jacobian, and what a mistake makes of it."""
    out, source = SHAPES[shapes]
    rows, columns = int(np.prod(out)), int(np.prod(source))
    made = []
    for turn in range(count):
        right = jacobian(rows, columns, turn) * size
        if shapes == "grow":  # of an elementwise function
            right = right * np.tile(np.eye(3), (2, 1))
        errors = np.full(right.shape, error)
        wrong = spoil(right.copy(), turn)
        made.append(Block(wrong, right, errors, 0 * right, out, source, np.arange(rows), np.arange(columns)))
    return made


def name_of(found: Any) -> str:
    return "none" if found is None else found.name


def lost_sign(right: Any, turn: int) -> Any:
    right[0] *= -1
    return right


def transposed(right: Any, turn: int) -> Any:
    side = int(right.shape[1] ** 0.5)
    return right.reshape(-1, side, side).transpose(0, 2, 1).reshape(right.shape)


def without_row(right: Any, turn: int) -> Any:
    right[1] = 0
    return right


def without_column(right: Any, turn: int) -> Any:
    right[:, 1] = 0
    return right


def only_first(right: Any, turn: int) -> Any:
    right[3:] = 0
    return right


#: What a mistake makes of the right Jacobian.
SPOILED: dict[str, Callable[[Any, int], Any]] = {
    "nothing": lambda right, turn: right,
    "minus": lambda right, turn: -right,
    "half": lambda right, turn: right / 2,
    "six times": lambda right, turn: right * 6,
    "a third": lambda right, turn: right / 3,
    "-4 times": lambda right, turn: right * -4,
    "1.00000333 times": lambda right, turn: right * (1 + 1e-5 / 3),
    "1.000011 times": lambda right, turn: right * 1.000011,
    "another factor elsewhere": lambda right, turn: right * (2 + turn),
    "zero": lambda right, turn: right * 0,
    "the sign of a row lost": lost_sign,
    "transposed": transposed,
    "without a row": without_row,
    "without a column": without_column,
    "only the first row": only_first,
    "nan": lambda right, turn: right * np.nan,
}


def test_each_mistake_gets_its_cause(golden: Any) -> None:
    lines = []
    for mistake, spoil in SPOILED.items():
        for shapes in SHAPES:
            if (mistake == "transposed" and shapes not in ("2x2", "sum")) or (shapes == "sum" and "row" in mistake):
                continue
            for count in (1, 3):
                found = diagnose(blocks(shapes, spoil, count))
                words = "none" if found is None else f"{found.name}: {found.words}"
                lines.append(f"{mistake}, {shapes}, {count} blocks: {words}")
    golden("diagnoses.txt", "\n".join(lines) + "\n")


def test_how_far_an_entry_may_be_off_for_a_cause(golden: Any) -> None:
    lines = []
    for mistake in (
        "minus",
        "half",
        "zero",
        "the sign of a row lost",
        "transposed",
        "without a row",
        "without a column",
    ):
        spoil = SPOILED[mistake]
        for shapes in ("2x2", "grow", "3") if mistake != "transposed" else ("2x2",):
            for error, size in ((0.0, 1.0), (0.0, 1e6), (1e-4, 1.0)):
                usual = name_of(diagnose(blocks(shapes, spoil, 3, error, size)))
                for block, place in ((0, (0, 0)), (2, (1, 1)), (1, (0, 1))):

                    def changes(
                        off: float, block: int = block, place: Any = place, made: Any = (shapes, spoil, 3, error, size),
                        usual: str = usual,
                    ) -> bool:  # fmt: skip
                        some = blocks(*made)
                        some[block].backward[place] += off
                        return name_of(diagnose(some)) != usual

                    lines.append(
                        f"{mistake}, {shapes}, ±{error:g}, size {size:g}: {usual} until {threshold(changes)} more at "
                        f"{place} of block {block}"
                    )
    golden("limits of causes.txt", "\n".join(lines) + "\n")


def test_limits_of_other_decisions(golden: Any) -> None:
    def factor_elsewhere(off: float) -> bool:
        return diagnose(blocks("2x3", lambda right, turn: right * (2 + off * turn))) is not None

    def small_missing(off: float, error: float = 0.0) -> bool:
        some = blocks("3", without_row, error=error)
        for block in some:
            block.oracle[1] = off
        return name_of(diagnose(some)) == "missing term"

    def small_signs(off: float, kept: int) -> bool:
        some = blocks("3", lambda right, turn: right, error=1e-6)
        for block in some:
            block.oracle[kept] = off
            block.backward[kept] = block.oracle[kept]
            block.backward[1 - kept] = -block.oracle[1 - kept]
            block.oracle[2] = block.backward[2] = 0
        return name_of(diagnose(some)) == "lost sign"

    def superfluous(off: float) -> bool:
        some = blocks("3", without_row)
        for block in some:
            block.oracle[2, 0], block.backward[2, 0] = 0, off
        return name_of(diagnose(some)) != "missing term"

    found = {
        "a superfluous entry": threshold(superfluous),
        "a factor that differs elsewhere": threshold(lambda off: not factor_elsewhere(off)),
        "a factor beside 1": threshold(
            lambda off: "factor" in name_of(diagnose(blocks("3", lambda r, t: r * (1 + off))))
        ),
        "a missing entry": threshold(small_missing),
        "a missing entry with an error": threshold(lambda off: small_missing(off, 1e-6)),
        "a right sign": threshold(lambda off: small_signs(off, 0)),
        "a wrong sign": threshold(lambda off: small_signs(off, 1)),
    }
    golden("limits of decisions.txt", "\n".join(f"{name}: {number}" for name, number in found.items()) + "\n")


def test_an_entry_at_its_limit_is_not_missing() -> None:
    some = blocks("3", without_row, error=1e-3)
    for block in some:
        limit = 8 * 1e-3 + 1e-6 * np.max(np.abs(np.delete(block.oracle, 1, 0)))
        block.oracle[1] = limit
    assert diagnose(some) is None
    for block in some:
        block.oracle[1] = np.nextafter(block.oracle[1], 1)
    assert name_of(diagnose(some)) == "missing term"


def complex_blocks(turned: bool, off: float = 0.0) -> Any:
    made = []
    for turn in range(3):
        right = jacobian(4, 4, turn)
        wrong = right.reshape(2, 2, 2, 2).transpose(0, 3, 2, 1).reshape(4, 4).copy() if turned else right + 1
        wrong[2, 1] += off
        made.append(Block(wrong, right, np.full((4, 4), 1e-5), 0 * right, complex=True))
    return made


def test_a_missing_conjugate_transposes_the_jacobian_of_each_complex_number() -> None:
    assert name_of(diagnose(complex_blocks(True))) == "not conjugated" and diagnose(complex_blocks(False)) is None
    assert float(threshold(lambda off: diagnose(complex_blocks(True, off)) is None)) == pytest.approx(8e-5, rel=1e-3)
    assert diagnose([block._replace(complex=False) for block in complex_blocks(True)]) is None


# -- the verdict ------------------------------------------------------------------------------------


def call(dtype: Any = np.float64, others: float = 0.0) -> Call:
    """A call with outputs of the sizes 2 and `others`."""
    x = tensor(np.array([1.0, 2.0], dtype), requires_grad=True)
    return Call(*TensorRule(lambda x: (x * 1, x * others), [x]).with_parameters([x]))


def one_block(dtype: Any, backward: Any, oracle: Any, error: Any) -> Block:
    shape = (1, len(backward))
    arrays = [np.reshape(np.asarray(part, dtype), shape) for part in (backward, oracle)]
    return Block(*arrays, np.reshape(np.asarray(error, np.float64), shape), np.zeros(shape))


@pytest.mark.parametrize(
    ("options", "dtype", "error", "limit"),
    [
        (Options(), np.float64, 0.0, 256 * 2.0**-52 * 8),
        (Options(), np.float32, 0.0, 256 * 2.0**-23 * 8),
        (Options(), np.float64, 1e-3, 4e-3),
        (Options(nondet_tol=0.1), np.float64, 0.0, 0.1),
        (Options(tolerance=(0.1, 0.0)), np.float64, 1.0, 0.1),
        (Options(tolerance=(0.1, 0.5)), np.float64, 1.0, 1.1),
        (Options(tolerance=(0.0, 0.5), nondet_tol=9.0), np.float64, 1.0, 1.0),
    ],
)
def test_an_entry_is_wrong_beyond_the_error_and_the_rounding(
    options: Options, dtype: Any, error: float, limit: float
) -> None:
    def wrong(off: float) -> bool:
        entries = wrong_entries(one_block(np.float64, [8.0, 2 + off], [8.0, 2.0], [0.0, error]), options)
        if dtype == np.float32:
            block = one_block(np.float64, [8.0, 2 + off], [8.0, 2.0], [0.0, error])
            entries = wrong_entries(block._replace(backward=block.backward.astype(np.float32)), options)
        assert not entries[0, 0]
        return bool(entries[0, 1])

    assert float(threshold(wrong)) == pytest.approx(limit, rel=2e-2)


@pytest.mark.parametrize(
    ("dtype", "others", "oracle", "part", "limit"),
    [
        (np.float64, 0.0, 8.0, None, (8e-4 + 2e-9) / 4),
        (np.float64, 0.0, 8.0, 0.1, 0.8 / 4),
        (np.float64, 0.0, 0.0, None, 2e-9 / 4),
        (np.float64, 1000.0, 0.0, None, 200e-9 / 4),
        (np.float64, 5.0, 0.0, None, 2e-9 / 4),
        (np.float32, 0.0, 8.0, None, (8e4 * 2.0**-23 + 800 * 2.0**-23) / 4),
    ],
)
def test_an_oracle_is_too_coarse_beyond_a_part_of_the_largest_derivative(
    dtype: Any, others: float, oracle: float, part: float | None, limit: float
) -> None:
    made = call(dtype, others)
    more = () if part is None else (part,)

    def coarse(error: float) -> bool:
        found = too_coarse(
            made, one_block(dtype, [oracle, 0.0, 5.0], [oracle, 0.0, 1e9], [0.0, error, np.inf]), 0, *more
        )
        assert not found[0, 0] and found[0, 2]
        return bool(found[0, 1])

    assert float(threshold(coarse)) == pytest.approx(limit, rel=1e-3)


def test_the_value_counts_at_least_a_tenth() -> None:
    made = call_of(lambda x: x * 1e-5, [tensor([1.0], dtype=torch.float64, requires_grad=True)])
    found = threshold(lambda error: bool(too_coarse(made, one_block(np.float64, [0.0], [0.0], [error]), 0).any()))
    assert float(found) == pytest.approx(1e-10 / 4, rel=1e-3)


# -- numbers and directions --------------------------------------------------------------------------


def test_arrays_and_rows_of_real_numbers_are_inverse() -> None:
    z = np.array([[1 + 2j, 3 - 4j]])
    assert as_reals(z).tolist() == [1, 2, 3, -4] and from_reals(as_reals(z), z).tolist() == z.tolist()
    assert unit_of(z, 3).tolist() == [[0, 1j]] and unit_of(np.zeros((2, 2)), 2).tolist() == [[0, 0], [1, 0]]
    assert as_reals(np.asfortranarray([[1.0, 2.0], [3.0, 4.0]])).tolist() == [1, 2, 3, 4]
    direction = direction_of(np.zeros((50, 20)), np.random.default_rng(0))
    assert 0.5 <= np.abs(direction).min() <= 0.51 and 1.49 <= np.abs(direction).max() <= 1.5
    assert {float(sign) for sign in np.sign(direction).ravel()} == {-1.0, 1.0}
    assert relative(np.full(4, 3.0), np.array([0.0, -0.5, 1.0, 20.0])).tolist() == [3, 1.5, 3, 3]


# -- messages ---------------------------------------------------------------------------------------


def planted(forward: Callable[..., Any], backward: Callable[..., Any]) -> Any:
    """A function with a backward of its own: `backward(g, *inputs)`."""

    class Planted(Function):
        @staticmethod
        def forward(ctx: Any, *xs: Any) -> Any:
            ctx.save_for_backward(*xs)
            return forward(*xs)

        @staticmethod
        def backward(ctx: Any, *g: Any) -> Any:
            return backward(*g, *ctx.saved_tensors)

    return Planted.apply


def leaf(value: Any, dtype: Any = torch.float64) -> Any:
    return tensor(value, dtype=dtype, requires_grad=True)


def changed(x: Any) -> Any:
    with torch.no_grad():
        x.mul_(2)
    return x * 1


class Scaled(nn.Module):
    """Its rule for the parameter is wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(tensor([1.0, 3.0], dtype=torch.float64))

    def forward(self, x: Any) -> Any:
        return planted(lambda x, w: x * w, lambda g, x, w: (g * w, g * x * 3))(x, self.weight)


counter = iter(range(10**6))
half = planted(lambda x: x * x, lambda g, x: g * x)
#: Checks that fail: the check, the function, its inputs and options.
FAILURES: dict[str, tuple[Any, Any, Any, dict[str, Any]]] = {
    "half": (gradcheck, half, leaf([[1.0, 2.0], [0.5, -1.0]]), {}),
    "half of one": (gradcheck, half, leaf(1.5), {}),
    "half, fast": (gradcheck, half, leaf([1.0, 2.0]), {"fast_mode": True}),
    "half, with tolerances": (gradcheck, half, leaf([1.0, 2.0]), {"eps": 0.125, "atol": 0.25}),
    "half of many": (gradcheck, half, leaf(np.arange(1.0, 502.0)), {}),
    "half of 64": (gradcheck, half, leaf(np.arange(1.0, 10.0)), {}),
    "complex": (
        gradcheck, planted(lambda z: z * z, lambda g, z: g * 2 * z), leaf([1 + 2j, 0.5j], torch.complex128), {}
    ),
    "real part": (
        gradcheck, planted(lambda z: z.real * z.imag, lambda g, z: g * z), leaf([1 + 2j, 0.5j], torch.complex128), {}
    ),
    "second input, second output": (
        gradcheck,
        planted(lambda x, y: (x * y, x * y * y), lambda g, h, x, y: (g * y + h * y * y, g * x + h * x * y)),
        (leaf([1.0, 2.0]), leaf([3.0, -1.0])),
        {},
    ),
    "a module": (gradcheck, Scaled(), leaf([1.0, 2.0]), {}),
    "a kink": (gradcheck, lambda x: x.abs() * 3, leaf([[1.0, 0.0]]), {}),
    "an edge": (gradcheck, lambda x: x.sqrt() * x, leaf([0.0]), {}),
    "coarse": (gradcheck, lambda x: x * x, leaf([1.0, 1e7], torch.float32), {}),
    "cut off": (gradcheck, lambda x: x.detach() * 2, leaf([1.0]), {}),
    "no effect": (gradcheck, lambda x, y: x * 2, (leaf([1.0]), leaf([2.0])), {}),
    "a constant": (gradcheck, lambda x: torch.ones(2), leaf([1.0]), {}),
    "integers": (gradcheck, lambda x: (x.argmax(), x > 0), leaf([1.0]), {}),
    "no tensor": (gradcheck, lambda x: (1, "a"), leaf([1.0]), {}),
    "an empty tuple": (gradcheck, lambda x: (), leaf([1.0]), {}),
    "a number": (gradcheck, lambda x: x.item(), leaf([1.0]), {}),
    "not finite": (gradcheck, lambda x: x / 0, leaf([1.0]), {}),
    "changed": (gradcheck, changed, leaf([1.0]), {}),
    "random": (gradcheck, lambda x: x * next(counter), leaf([1.0]), {"nondet_tol": 0.5}),
    "a random rule": (gradcheck, planted(lambda x: x * 1, lambda g, x: g * next(counter)), leaf([1.0]), {}),
    "another shape": (
        gradcheck, planted(lambda x, y: x * y, lambda g, x, y: (g * y, g * x)), (leaf([1.0, 2.0]), leaf(3.0)), {}
    ),
    "another matrix": (
        gradcheck, planted(lambda x: x * 2, lambda g, x: (g * 2).mT), leaf([[1.0, 2.0, 3.0], [0.5, 1.5, 2.5]]), {}
    ),
    "ignores g": (gradcheck, planted(lambda x: x * 2, lambda g, x: 2 + 0 * g), leaf([1.0, 2.0]), {}),
    "shapes that change": (
        gradcheck, lambda x: x.repeat(2) if bool(x[0] == 1) else x * 2, leaf([1.0]), {}
    ),
    "undefined": (
        gradcheck, planted(lambda x: (x * 1, x * 2), lambda g, h, x: g + 2 * h), leaf([1.0]), {}
    ),
    "no inputs": (gradcheck, torch.sin, (), {}),
    "numbers": (gradcheck, torch.sin, (1.0, "a"), {}),
    "no leaf": (gradcheck, torch.sin, tensor([1.0]), {}),
    "integer input": (gradcheck, torch.sin, tensor([1, 2]), {}),
    "no function": (gradcheck, 3, leaf([1.0]), {}),
    "stride 0": (gradcheck, torch.sin, leaf([1.0]).detach().expand(3).requires_grad_(), {}),
    "eps": (gradcheck, torch.sin, leaf([1.0]), {"eps": 0.0}),
    "atol": (gradcheck, torch.sin, leaf([1.0]), {"atol": -1.0}),
    "rtol": (gradcheck, torch.sin, leaf([1.0]), {"rtol": -1.0}),
    "nothing to check": (gradcheck, torch.sin, leaf([1.0]), {"check_backward_ad": False}),
    "batched": (
        gradcheck, torch.sin, leaf([1.0]),
        {"check_backward_ad": False, "check_forward_ad": True, "check_batched_grad": True},
    ),
    "batched forward": (gradcheck, torch.sin, leaf([1.0]), {"check_batched_forward_grad": True}),
    "forward": (gradcheck, half, leaf([1.0, 2.0]), {"check_backward_ad": False, "check_forward_ad": True}),
    "second order": (gradgradcheck, planted(lambda x: x * x, lambda g, x: g * (x + x.detach())), leaf([1.0, 2.0]), {}),
    "too many cotangents": (gradgradcheck, lambda x: x * x, leaf([1.0]), {"grad_outputs": [leaf([1.0]), leaf([1.0])]}),
    "a wrong cotangent": (gradgradcheck, lambda x: x * x, leaf([1.0]), {"grad_outputs": 3}),
    "nothing of second order": (gradgradcheck, torch.sin, leaf([1.0]), {"check_rev_over_rev": False}),
    "undefined of second order": (
        gradgradcheck, torch.sin, leaf([1.0]), {"check_rev_over_rev": False, "check_fwd_over_rev": True}
    ),
    "batched of second order": (
        gradgradcheck, torch.sin, leaf([1.0]),
        {
            "check_rev_over_rev": False, "check_fwd_over_rev": True,
            "check_undefined_grad": False, "check_batched_grad": True,
        },
    ),
    "order 2": (check_grads, planted(lambda x: x * x, lambda g, x: g * (x + x.detach())), leaf([1.0, 2.0]), {}),
    "order 0": (check_grads, torch.sin, leaf([1.0]), {"order": 0}),
}  # fmt: skip


def test_the_messages_of_failed_checks(golden: Any) -> None:
    lines = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        for name, (check, f, inputs, options) in FAILURES.items():
            try:
                result = f"returned {check(f, inputs, **options)}"
            except Exception as error:
                result = f"{type(error).__name__}: {error}\n  cause: {getattr(error, 'cause', None)}"
            lines.append(f"-- {name}\n{result}\n")
    golden("messages.txt", "\n".join(lines))


def test_single_precision_inputs_get_a_warning() -> None:
    words = "Input 1 requires gradient and is not a double precision floating point or complex but autograd.float32"
    with pytest.warns(UserWarning, match=words) as caught:
        gradcheck(lambda x, y: x * y, (leaf([1.0]), leaf([2.0], torch.float32)))
    assert caught[0].filename == __file__


@pytest.mark.parametrize("options", [{"raise_exception": False}, {"raise_exception": False, "fast_mode": True}])
def test_failures_return_false(options: Any) -> None:
    assert gradcheck(half, leaf([1.0, 2.0]), **options) is False
    assert gradcheck(torch.square, leaf([1.0, 2.0]), **options) is True
    assert gradgradcheck(torch.square, leaf([1.0, 2.0]), **options) is True
    with pytest.raises(GradcheckError):
        gradcheck(half, leaf([1.0, 2.0]))


def test_a_number_that_is_moved_stays_a_number() -> None:
    x = leaf(1.0)
    kind = type(x.array)
    rule = TensorRule(lambda x: x * 2, [x])
    with rule.at([np.array(3.0)]):
        assert type(x.array) is kind and x.array == 3
    assert type(x.array) is kind and x.array == 1
