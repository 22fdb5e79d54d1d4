"""Arguments and results of compiled steps: each kind has a program of its own, and none is taken for another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as torch
from autograd import nn, optim
from tests.tools.compiled import Made, compare, data, trained
from tests.tools.steps import STEPS, compiled

XY = data((8, 4), (8, 2))


def test_another_shape_dtype_or_layout_has_another_program():
    base = torch.arange(24.0)
    kinds = [
        base[:12].reshape(3, 4), base[:12].reshape(4, 3).T, base[:4].expand(3, 4), base.reshape(3, 8)[:, ::2],
        base[:12].reshape(3, 4).double(), base[:12].reshape(3, 4).to(torch.int64), base[:6].reshape(3, 2),
    ]  # fmt: skip
    ran = compare(lambda: Made(lambda x: (x * 2 + 1, x.T, x.cumsum(1))), [lambda x=x: (x,) for x in kinds] * 3)
    assert not ran.reasons and len(ran.compiled._runners) == len(kinds)


@pytest.mark.parametrize("dtype", ["float16", "float64", "int64", "bool", "complex64"])
def test_every_dtype_compiles(dtype):
    calls = [lambda i=i: (torch.arange(i, i + 5).to(getattr(torch, dtype)),) for i in range(4)]
    ran = compare(lambda: Made(lambda x: (x * x, x + x[0], x == x[1], x.sum())), calls)
    assert ran.compiled.program is not None


def test_python_values_choose_the_program_and_0_is_not_minus_0():
    values = [2, 2, 2, 3, 3, 2.0, 2.0, 2, -0.0, 0.0, -0.0, 0.0, True, True]
    compare(
        lambda: Made(lambda x, n, mode="times": x * n[0] if mode == "times" else x + n[0]),
        [lambda v=v: (torch.ones(3) * 3, [v]) for v in values],
    )


def test_more_than_8_programs_are_not_made_which_is_said_once():
    ran = compare(lambda: Made(lambda x: x * 2), [lambda i=i: (torch.ones(i % 12 + 1),) for i in range(36)])
    assert len(ran.reasons) == 1 and "8 programs were made" in ran.reasons[0]


def test_kinds_of_calls_that_cannot_be_compiled_are_no_programs():
    step = lambda x: x * 2 if len(x) > 10 else x[x.numpy() > 0]
    ran = compare(lambda: Made(step), [lambda n=n: (torch.ones(n),) for n in [*range(1, 11), 11] for _ in range(3)])
    assert ran.compiled.program is not None
    assert ran.reasons and not any("programs were made" in reason for reason in ran.reasons)


def test_a_step_that_is_never_compiled_is_not_watched_forever(monkeypatch):
    monkeypatch.setattr("autograd.compiler.compiled.MOST_KINDS", 5)
    ran = compare(lambda: Made(lambda x: x[x.numpy() > 0]), [lambda n=n: (torch.ones(n // 3 + 1),) for n in range(24)])
    assert ran.compiled.program is None
    assert [r for r in ran.reasons if "5 kinds of calls could not be compiled" in r]


def test_nested_arguments_and_results():
    step = lambda d, pair=None: {"sum": d["x"] * 2 + pair[0], "rest": [d["k"], (pair[1].sum(), None, "text")]}
    calls = [lambda i=i: ({"x": torch.ones(3) * i, "k": 2}, [torch.ones(1) * i, torch.ones(2)]) for i in range(5)]
    assert compare(lambda: Made(step), calls).compiled.program is not None


def test_one_tensor_given_twice_is_not_two():
    pair = lambda: (torch.ones(3), torch.ones(3) * 2)
    same = lambda: (lambda x: (x, x))(torch.ones(3) * 3)  # noqa: PLC3002

    def step(x: Any, y: Any) -> Any:
        x, y = x.detach().requires_grad_(), y.detach().requires_grad_()
        (x * y).sum().backward()
        return x.grad, y.grad, x is y

    for calls in ([pair] * 4 + [same] * 4, [same] * 4 + [pair] * 4):
        compare(lambda: Made(step), calls)


@pytest.mark.parametrize("step", [lambda x, y: x.mul_(2), lambda x, y: x.detach().fill_(3), lambda x, y: x[0].zero_()])
def test_a_step_that_writes_its_argument_is_refused(step):
    ran = compare(lambda: Made(step), XY)
    assert "writes" in ran.reasons[0] and ran.compiled.program is None
    ran = compare(lambda: Made(step), [lambda: (torch.tensor([1.0]), torch.tensor(2.0))] * 4)
    assert ran.compiled.program is None


def test_a_scalar_argument_that_is_written_is_refused():
    def step(x: Any) -> Any:
        x.detach().add_(1)
        return x * 2

    assert (
        compare(lambda: Made(step), [lambda i=i: (torch.tensor(float(i)),) for i in range(4)]).compiled.program is None
    )


def test_an_argument_that_the_step_also_captures_is_told_from_it():
    known = torch.arange(4.0)
    calls = [lambda: (known,)] * 3 + [lambda: (torch.ones(4),)] * 3
    compare(lambda: Made(lambda x: x * 2 + known), calls)
    compare(lambda: Made(lambda x: x * 2 + known), calls[::-1])
    parts = lambda x: (x * 2 + known, x[0])
    compare(lambda: Made(parts), [lambda: (known.detach(),)] * 3 + calls[3:])


def test_an_argument_that_shares_the_memory_that_the_step_writes():
    def make() -> Made:
        weight = torch.zeros(3)

        def step(x: Any) -> Any:
            before = x + 1
            weight.add_(2.0)
            return before * 2, (x + 1) * 2

        own = [False, False, False, True, True, False, True]
        made = Made(step, [weight], lambda i: shared.__setitem__(0, weight.detach() if own[i] else torch.ones(3)))
        return made

    shared = [torch.ones(3)]
    compare(make, [lambda: (shared[0],)] * 7)


def test_a_step_that_keeps_its_argument_is_refused(with_module_variables):
    def make() -> Made:
        box = [torch.zeros(8, 4)]

        def step(x: Any, y: Any) -> Any:
            before, box[0] = box[0], x
            return before + x

        return Made(step, box)

    assert "changes box[0]" in compare(make, XY).reasons[0]

    def keeping(x: Any, y: Any) -> Any:
        setattr(torch, "no name", x)  # where nothing of the step's code leads
        return x + 1

    assert "keeps its argument" in compare(lambda: Made(keeping), XY).reasons[0]


def test_nothing_that_the_engine_keeps_is_taken_for_what_the_step_keeps(with_module_variables):
    for make in STEPS.values():
        compiled(make)  # with fullgraph=True, which raises if there is no program


def test_arguments_that_require_a_gradient():
    calls = data((8, 4), (8, 4), grad=True)
    ran = compare(lambda: Made(lambda x, y: ((x * y).tanh(), x @ y.T), differentiated=True), calls)
    assert ran.compiled.program.backward is not None

    def fills(x: Any, y: Any) -> Any:
        (x * y).sum().backward()
        return x.grad * 2

    assert "fills .grad of its argument" in compare(lambda: Made(fills), calls).reasons[0]

    def turns_on(x: Any, y: Any) -> Any:
        x.requires_grad_()
        (x * y).sum().backward()
        return x.grad * 2

    assert compare(lambda: Made(turns_on), XY).compiled.program is None


def test_a_gradient_reads_an_array_that_stays_in_place_and_parts_of_it():
    calls = data((8, 4), (8, 4), grad=True)
    h, w = torch.linspace(1, 2, 8).reshape(8, 1), torch.ones(4, 4, requires_grad=True)
    steps: list[Callable[[Any, Any], Any]] = [
        lambda x, y: x * h * h[:1] + y / h.T.T,
        lambda x, y: x @ w * w[0] + y @ w.T,
        lambda x, y: torch.gradient(x)[0] * y * y[:1],
    ]
    for step in steps:
        ran = compare(lambda step=step: Made(step, differentiated=True), calls)
        assert ran.compiled.program.backward is not None

    compiled = torch.compile(steps[0])
    x, y = (torch.ones(8, 4, requires_grad=True) for _ in range(2))
    for _ in range(2):
        out = compiled(x, y)
    h.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        out.sum().backward()


def test_results_that_are_arguments_constants_parts_or_the_same():
    weight = torch.ones(3)

    def step(x: Any, y: Any) -> Any:
        twice = x.exp()
        return x, y, x[0], weight, weight[1:], weight * 1, x * 1, twice[0], x.exp()[0], None, 3, "text"

    ran = compare(lambda: Made(step, [weight]), XY)
    assert not ran.reasons
    copies = torch.compile(lambda x: x * 1)
    for _ in range(4):
        x = torch.ones(3)
        copies(x).zero_()
        assert x.sum() == 3


def test_results_that_cannot_be_made_anew():
    assert "NumPy array" in compare(lambda: Made(lambda x, y: (x * 2).numpy()), XY).reasons[0]
    assert compare(lambda: Made(lambda x, y: float(x.sum())), XY).compiled is not None


def test_numbers_that_are_only_returned_are_read_when_the_program_has_run():
    def make(step_of: Any) -> Made:
        made = trained(nn.Linear(4, 2), lambda m: optim.SGD(m.parameters(), lr=0.1))
        return made._replace(step=step_of(made.step))

    def by_a_variable(step: Any) -> Any:
        def read(x: Any, y: Any) -> Any:
            value = (
                step(x, y)
                .detach()
                .item()
            )  # fmt: skip
            return value

        return read

    def in_containers(step: Any) -> Any:
        def read(x: Any, y: Any) -> Any:
            loss = step(x, y).detach()
            return {
                "loss": loss.item(),
                "more": [float(loss), ((x > 0).sum().item(), loss)],
                "same": (x > 9).sum().item(),
            }

        return read

    def written_later(step: Any) -> Any:
        def read(x: Any, y: Any) -> Any:
            total = torch.zeros(1) + step(x, y).detach()
            value = total.item()
            total.zero_()
            return total, value

        return read

    steps = [by_a_variable, in_containers, written_later, lambda step: lambda x, y: step(x, y).item()]
    for step_of in steps:
        ran = compare(lambda step_of=step_of: make(step_of), XY)
        assert ran.compiled.program is not None and not ran.reasons
    equal = lambda: (torch.zeros(4), torch.zeros(4))  # of equal integers the first call can't tell which is which
    counts = lambda x, y: (int((x > 0).sum()), int((y > 0).sum()))
    assert compare(lambda: Made(counts), [equal] * 3 + XY).compiled is not None


def test_two_booleans_are_two_values():
    step = lambda x, y: (lambda a, b: (a & ~b, a ^ b, torch.where(a, x.sum(), y.sum())))(x.sum() > 0, y.sum() > 0)  # noqa: PLC3002
    assert compare(lambda: Made(step), XY).compiled.program is not None
    flags = [lambda a=a, b=b: (torch.tensor(a), torch.tensor(b)) for a in (True, False) for b in (True, False)]
    assert compare(lambda: Made(lambda a, b: (a & ~b, a | b, ~a)), flags * 2).compiled.program is not None


def test_powers_of_scalars_and_of_arrays():
    x = np.random.default_rng(0).random(40) + 0.5
    step = lambda s, v: [s**2, s**3, s**0.5, s**-1, s**s, v**2, v**3, v**-1, 2**v, v**v, v**s, s**v]
    calls = [lambda i=i: (torch.tensor(x[i]), torch.tensor(x * (1 + i))) for i in range(8)]
    assert compare(lambda: Made(step), calls).compiled.program is not None


def with_an_attribute(i: int) -> Any:
    x = torch.ones(3)
    x.weight = float(i)
    return (x,)


def with_a_gradient(i: int) -> Any:
    x = torch.ones(3, requires_grad=True)
    x.grad = torch.full((3,), float(i)) if i % 2 else None
    return (x,)


@pytest.mark.parametrize(
    ("read", "make", "reason"),
    [
        (lambda x: x * x.weight, with_an_attribute, "the attribute 'weight' of an argument"),
        (lambda x: x * 2 if x.grad is None else x.grad * 3, with_a_gradient, "reads .grad of its argument"),
    ],
)
def test_what_an_argument_carries_besides_its_elements_is_another_one_in_each_call(read, make, reason):
    ran = compare(lambda: Made(lambda x: read(x).detach()), [lambda i=i: make(i) for i in range(8)])
    assert reason in ran.reasons[0]


#: What a step asks of its argument, and two arguments of one shape of which it is not the same.
ARGUMENTS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], Callable[[Any], Any]]] = {
    "_version": (lambda x: x._version, lambda own: torch.ones(3), lambda own: torch.ones(3).add_(1)),
    "is_leaf": (
        lambda x: x.is_leaf, lambda own: torch.ones(3, requires_grad=True),
        lambda own: torch.ones(3, requires_grad=True) * 1,
    ),
    "_base": (lambda x: x._base is None, lambda own: torch.ones(3), lambda own: own[1:4]),
    "storage_offset": (lambda x: x.storage_offset(), lambda own: own[1:4], lambda own: own[2:5]),
    "untyped_storage": (lambda x: x.untyped_storage().nbytes(), lambda own: torch.ones(3), lambda own: own[1:4]),
    "a class with attributes": (lambda x: x.k, lambda own: Equal(1), lambda own: Equal(2)),
    "the sign of a zero": (lambda x: torch.ones(1) / x, lambda own: np.float32(0), lambda own: np.float32(-0.0)),
}  # fmt: skip


class Equal:
    """Equal to all others."""

    def __init__(self, k: int) -> None:
        self.k = k

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Equal)

    def __hash__(self) -> int:
        return 0


@pytest.mark.parametrize("name", ARGUMENTS)
def test_what_is_not_the_same_of_two_arguments_of_one_kind(name: str) -> None:
    read, *makers = ARGUMENTS[name]
    base = torch.ones(6)
    values = [make(base) for make in makers]
    calls = [lambda i=i: (values[i // 4], torch.ones(3)) for i in range(8)]
    step = lambda x, y: y * read(x)
    expected = [repr(step(*call())) for call in calls]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.warn", lambda *args, **kwargs: None)
        compiled = torch.compile(step)
        assert [repr(compiled(*call())) for call in calls] == expected


@pytest.mark.parametrize("read", [lambda x, own: own[0] is x, lambda x, own: id(own[0]) == id(x)])
def test_an_argument_is_the_tensor_that_was_given(read: Any) -> None:
    own = [torch.ones(3), torch.ones(3)]
    step = lambda x: x * (2 if read(x, own) else 1)
    compiled = torch.compile(step)
    for i in (0, 0, 0, 1, 1, 1, 0, 1, 0):
        assert compiled(own[i]).tolist() == step(own[i]).tolist()
    for _ in range(3):
        assert compiled(torch.ones(3)).tolist() == [1.0] * 3
    assert compiled(own[0]).tolist() == [2.0] * 3
