"""What the domains and the vocabulary of programs draw and compute, compared with recorded files."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import nn  # noqa: F401 - registers its primitives
from autograd.core.operation import array_of
from autograd.core.tensor import wrap
from autograd.testing import Draw, Values, domains
from autograd.testing.domains.shape import _basic_key, key_for
from autograd.testing.engine.draw import LAYOUTS
from autograd.testing.engine.vocabulary import MAKES, VIEWS, WRITES, operations, possible


def layout_of(x: Any) -> str:
    """How an array lies in memory: `C`, `F`, `-` for negative strides, `s` for gaps; `n` for a number."""
    if not isinstance(x, np.ndarray):
        return "n"
    if any(stride < 0 for stride, side in zip(x.strides, x.shape) if side > 1):
        return "-"
    return "C" if x.flags.c_contiguous else "F" if x.flags.f_contiguous else "s"


def condensed(x: Any) -> str:
    """Shape, layout and dtype of an array, and two sums that depend on the order of its elements."""
    flat = np.asarray(x).ravel().astype(np.complex128)
    sums = flat.sum(), (flat * np.arange(1, flat.size + 1)).sum() / max(flat.size, 1)
    numbers = " ".join(f"{s.real:.5g}" + (f"{s.imag:+.5g}i" if np.iscomplexobj(x) else "") for s in sums)
    shape = ",".join(map(str, np.shape(x)))
    return f"({shape}){layout_of(x)}{np.asarray(x).dtype.char} {numbers}".replace("-0 ", "0 ")


def outputs(out: Any) -> list[Any]:
    """The arrays that a call returned."""
    return [np.asarray(array_of(part)) for part in (out if isinstance(out, tuple) else (out,))]


def test_the_samples_of_every_domain(golden: Any) -> None:
    lines = []
    for name in sorted(domains):
        lines.append(f"{name}{' is analytic' if domains[name].analytic else ''}")
        for seed in (0, 1, 4, 5, 6, 8):
            sample = domains[name].sample(Draw(seed))
            outs, same = (outputs(sample.call(*inputs)) for inputs in (sample.inputs, map(wrap, sample.inputs)))
            for a, b in zip(outs, same, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12, err_msg=name)
            # The sign of singular vectors and the order of eigenvalues are LAPACK's choice.
            shown = [condensed(np.sort(np.abs(part), axis=None)) for part in outs]
            lines.append(f"  {'; '.join(map(condensed, sample.inputs))} -> {'; '.join(shown)}")
        more = [[np.shape(x) for x in domains[name].sample(Draw(seed)).inputs] for seed in range(10, 26)]
        lines.append("  " + " ".join("&".join(",".join(map(str, shape)) for shape in shapes) for shapes in more))
    golden("samples.txt", "\n".join(lines) + "\n")


def shown_key(key: Any) -> str:
    return str(key).replace("slice", "").replace("None", "N").replace("\n", "").replace(" ", "")


def test_the_choices_of_draw(golden: Any) -> None:
    assert Draw().uniform((3,)).tolist() == Draw(0).uniform((3,)).tolist()
    draw = Draw(3)
    calls = {
        "integer(2, 4)": lambda: draw.integer(2, 4),
        "choice('abc')": lambda: draw.choice("abc"),
        "shape()": lambda: draw.shape(),
        "shape(1, 2, 3, 4)": lambda: draw.shape(1, 2, 3, 4),
        "pair_of_shapes()": lambda: draw.pair_of_shapes(),
        "narrowed((4, 5, 6))": lambda: draw.narrowed((4, 5, 6)),
        "axes(3)": lambda: draw.axes(3),
        "layout of a matrix": lambda: layout_of(draw.layout(np.zeros((2, 3)))),
        "layout of a number": lambda: layout_of(draw.layout(np.zeros(()))),
        "uniform((2, 2))": lambda: condensed(draw.uniform((2, 2))),
        "uniform((3,), 5, 6)": lambda: condensed(draw.uniform((3,), 5, 6)),
        "nonzero((2, 2))": lambda: condensed(draw.nonzero((2, 2))),
        "between_whole((2, 2))": lambda: condensed(draw.between_whole((2, 2))),
        "distinct((2, 3))": lambda: condensed(draw.distinct((2, 3))),
        "key_for(draw, (2, 3))": lambda: shown_key(key_for(draw, (2, 3))),
        "key_for(draw, (0, 3, 1))": lambda: shown_key(key_for(draw, (0, 3, 1))),
        "key_for(draw, ())": lambda: shown_key(key_for(draw, ())),
        "_basic_key(draw, (3, 4, 0))": lambda: shown_key(_basic_key(draw, (3, 4, 0))),
        "complex((2,))": lambda: condensed(draw.complex((2,))),
    }
    golden(
        "draws.txt",
        "\n".join(
            f"{name}: {'; '.join(str(call()) for _ in range(40 if 'key' in name else 12))}"
            for name, call in calls.items()
        ),
    )


@pytest.mark.parametrize(
    ("fill", "low", "high", "apart_from"),
    [
        (lambda draw, shape: draw.uniform(shape), -2, 2, []),
        (lambda draw, shape: np.abs(draw.nonzero(shape)), 0.5, 2, []),
        (lambda draw, shape: np.abs(draw.between_whole(shape) % 0.5 - 0.25), 0, 0.1, []),
        (lambda draw, shape: draw.between_whole(shape), -2.85, 2.85, []),
        (lambda draw, shape: Values().fill(shape, draw.rng), -2, 2, []),
        (lambda draw, shape: Values(0, 3, off=(1, 2)).fill(shape, draw.rng), 0, 3, [1, 2]),
        (lambda draw, shape: np.abs(np.diff(np.sort(draw.distinct(shape), axis=None))), 0.3, 0.7, []),
    ],
)  # fmt: skip
def test_numbers_fill_their_range_to_its_ends(fill: Any, low: float, high: float, apart_from: list[float]) -> None:
    numbers = fill(Draw(0), (4000,))
    assert low <= numbers.min() <= low + 0.01 and high - 0.01 <= numbers.max() <= high
    for point in apart_from:
        assert 0.1 <= np.abs(numbers - point).min() <= 0.105


@pytest.mark.parametrize("low", [math.nan, -math.inf])
def test_bounds_that_are_not_finite_are_refused(low: float) -> None:
    with pytest.raises(ValueError, match="the bounds must be finite numbers"):
        Values(low, 1).fill((2,), np.random.default_rng(0))
    Values(0, 1, off=(0.5,), margin=0.499).fill((2,), np.random.default_rng(0))
    with pytest.raises(ValueError, match="the points leave no room between them: sort them, or use a smaller margin"):
        Values(0, 1, off=(0.5,), margin=0.5).fill((2,), np.random.default_rng(0))


def test_the_layouts_are_what_they_are_called() -> None:
    x = np.arange(6.0).reshape(2, 3)
    assert {name: layout_of(how(x)) for name, how in LAYOUTS.items()} == {
        "contiguous": "C", "transposed": "F", "sliced": "s", "negative strides": "-",
    }  # fmt: skip
    assert LAYOUTS["sliced"](x).strides == (48, 16) and LAYOUTS["negative strides"](x).strides == (-24, -8)


#: Operands whose elements lie just inside and just outside the limits of the operations.
OPERANDS = {
    "number": np.array(0.7), "vector": np.array([0.5, -1.25, 2.0]), "positive": np.array([0.21, 1.5, 2.9]),
    "matrix": np.array([[0.3, -0.4, 1.1], [2.5, -0.9, 0.6]]), "square": np.array([[1.0, 2.0], [-0.7, 0.9]]),
    "column": np.array([[0.4], [1.3]]), "row": np.array([[0.3, 2.0]]), "empty": np.zeros((0, 2)),
    "cube": np.arange(1.0, 9).reshape(2, 2, 2),
    "low": np.array([-19.9]), "very low": np.array([-20.1]), "below 3": np.array([2.99]), "above 3": np.array([3.01]),
    "below 20": np.array([19.9]), "above 20": np.array([20.1]), "0.19": np.array([0.19]), "0.11": np.array([0.11]),
    "0.09": np.array([0.09]), "-0.79": np.array([-0.79]), "-0.81": np.array([-0.81]), "near 0": np.array([0.009]),
    "off 0": np.array([-0.011]), "near 0.1": np.array([0.109]), "off 0.1": np.array([0.111]),
    "near -0.1": np.array([-0.109]),
    "near 0.5": np.array([0.509]), "off 0.5": np.array([0.511]), "near -0.5": np.array([-0.491]),
    "tied": np.array([[0.5, 0.509], [1.0, 2.0]]), "not tied": np.array([[0.5, 0.511], [1.0, 2.0]]),
    "transposed": np.array([[0.3, -0.4, 1.1], [2.5, -0.9, 0.6]]).T, "batch": np.arange(12.0).reshape(2, 3, 2) / 5 - 1.1,
}  # fmt: skip


def computed(name: str, arguments: Any, *xs: Any) -> str:
    """What an operation computes from real arrays, and the derivative along one direction by the complex step."""
    compute = operations[name].compute
    value = np.asarray(compute(*(x.copy() for x in xs), *arguments))
    if name in VIEWS:
        return condensed(value)
    moved = [x + 1e-20j * np.cos(np.arange(x.size)).reshape(x.shape) for x in xs]
    return f"{condensed(value)} ' {condensed(np.asarray(compute(*moved, *arguments)).imag / 1e-20)}"


def test_what_the_operations_of_one_operand_accept_and_compute(golden: Any) -> None:
    lines = []
    for name, made in (MAKES | VIEWS | WRITES).items():
        if made.operands == 1:
            lines.append(f"{name}: {made.code}")
            for word, x in OPERANDS.items():
                allowed = possible([name], x).get(name, ())
                shown = allowed if x.ndim == 2 or word == "positive" else ()
                values = [f" {arguments} -> {computed(name, arguments, x)}" for arguments in shown]
                lines += [f"  {word}: {len(allowed)}{';'.join(values)}"] if allowed else []
    golden("vocabulary of one.txt", "\n".join(lines) + "\n")


def test_what_the_operations_of_two_operands_accept_and_compute(golden: Any) -> None:
    lines = []
    for name, made in (MAKES | VIEWS | WRITES).items():
        if made.operands == 2:
            lines.append(f"{name}: {made.code}")
            for word, x in OPERANDS.items():
                found = {other: possible([name], x, y.copy()).get(name, ()) for other, y in OPERANDS.items()}
                counts = [f"{len(found[other])}" for other in found]
                lines += [f"  {word}: {''.join(counts)}"] if set(counts) != {"0"} else []
                if word in ("square", "positive"):
                    for other in ("square", "row", "number", "positive"):
                        results = [f"{a} -> {computed(name, a, x, OPERANDS[other])}" for a in found[other]]
                        lines += [f"    with {other}: {result}" for result in results]
    golden("vocabulary of two.txt", "\n".join(lines) + "\n")


def test_a_write_does_not_read_what_it_overwrites() -> None:
    x = np.arange(1.0, 5.0)
    assert possible(["mul_"], x, x) == {"mul_": [()]}
    assert possible(["mul_", "setitem"], x, x[:1]) == {}
    assert possible(["mul_"], x, x[::-1]) == {} and possible(["mul_"], x, np.broadcast_to(x, (2, 4))) == {}
    assert possible(["mul_"], x, np.ones((1, 4))) == {} and possible(["mul_"], x, np.ones(1)) == {"mul_": [()]}
