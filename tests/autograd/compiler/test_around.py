"""What a step appends to lists, and where it leaves the numbers that it reads, is what the step itself leaves."""

from __future__ import annotations

import copy
import dataclasses
import heapq
import math
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import pytest

from autograd.compiler import CompiledStep
from tests.tools.compiled import Made, compare, data

XY = data((2,), n=6)
Pair = namedtuple("Pair", "a b")


class Slots:
    """Has no __dict__."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class Meter:
    """Keeps what was last measured in the class."""

    last: Any = 0.0


@dataclasses.dataclass(frozen=True)
class Frozen:
    """Cannot be assigned to."""

    value: Any


def shown(x: Any, seen: dict[int, int]) -> str:
    """A value with the types of all that it holds, and with a number for each list and dict, the same for the same."""
    if isinstance(x, (list, tuple, dict, set)):
        items = [v for pair in x.items() for v in pair] if isinstance(x, dict) else list(x)
        return f"{type(x).__name__}{seen.setdefault(id(x), len(seen))}{[shown(v, seen) for v in items]}"
    if isinstance(x, (Slots, Frozen)):
        return f"{type(x).__name__}({shown(x.value, seen)})"
    return f"{type(x).__name__} {x!r}" if isinstance(x, (bool, int, float, str, type(None))) else type(x).__name__


class Around:
    """What is around the step."""

    def __init__(self) -> None:
        self.log: list[Any] = []
        self.others: list[Any] = []
        self.table = {"a": 1.0}
        self.n = 0
        Meter.last = 0.0

    def __repr__(self) -> str:
        return shown([*vars(self).values(), Meter.last, vars(Meter)["last"]], {})


def row_that_is_changed_later(around: Any, v: Any) -> None:
    row = {"loss": v}
    around.log.append(row)
    row["n"] = around.n
    around.n += 1


def rows_in_rows(around: Any, v: Any) -> None:
    around.log.append({"losses": [v, (around.n, {"twice": v * 2})], "pair": Pair(v, "text")})
    around.n += 1


def rows_in_a_loop(around: Any, v: Any) -> None:
    around.log.extend([v * i, None] for i in range(3))


COMPILED: list[Callable[[Any, Any], Any]] = [row_that_is_changed_later, rows_in_rows, rows_in_a_loop]


@pytest.mark.parametrize("write", COMPILED, ids=lambda write: write.__name__)
def test_a_step_that_appends_new_rows_compiles(write, with_module_variables):
    assert compare(lambda: around_step(write), XY).compiled.program is not None


def around_step(write: Callable[[Any, Any], Any]) -> Made:
    around = Around()

    def step(x: Any) -> Any:
        return x * 2, write(around, x.sum().item())

    return Made(step, [around])


def row_in_two_lists(around: Any, v: Any) -> None:
    row = [v]
    around.log.append(row)
    around.others.append(row)


def row_that_is_returned(around: Any, v: Any) -> Any:
    row = [v]
    around.log.append((row, 1))
    return row


def item_of_its_own_that_is_set(around: Any, v: Any) -> None:
    around.log.append(0.0)
    around.log[-1] = v


def type_of_a_number(around: Any, v: Any) -> None:
    around.log.append(type(v) is float)


#: What Python's numbers can do that a program does not compute: it is made for the value that was seen.
OF_THE_VALUE: list[Callable[[Any], Any]] = [
    lambda n: n & 1, lambda n: 6 | n, lambda n: n ^ n, lambda n: 1 << n, lambda n: n >> 1, lambda n: ~n,
    lambda n: n * 1j, lambda n: 1j - n, math.floor, math.ceil, math.trunc, lambda n: n.bit_length(), hex,
    lambda n: "ab" * n, lambda n: [0] * n, range,
]  # fmt: skip


@pytest.mark.parametrize("of", range(len(OF_THE_VALUE)))
@pytest.mark.parametrize("offset", [0, 1 << 60])
def test_a_counter_does_what_a_number_of_python_does_also_in_a_step_that_prints(of, offset):
    def write(around: Any, v: Any) -> Any:
        around.n = (around.n + 1) % 2
        print("step")
        return str(OF_THE_VALUE[of](around.n + offset * (of in (8, 9, 10))))

    assert compare(lambda: around_step(write), XY).compiled.program is not None


REFUSED: dict[str, tuple[Any, str]] = {
    "a row in two lists": (row_in_two_lists, "appends one list or dict twice"),
    "a row that is returned": (row_that_is_returned, "keeps a list or dict that it appends"),
    "a dict from around": (lambda around, v: around.log.append(around.table), "keeps a list or dict that it appends"),
    "an object": (lambda around, v: around.log.append(Slots(1)), "appends a Slots"),
    "a set": (lambda around, v: around.log.append({1}), "appends a set"),
    "an item that is set": (item_of_its_own_that_is_set, "reads around.log"),
    "a list that is printed": (lambda around, v: (around.log.append(v), repr(around.log))[1], "reads around.log"),
    "a list that is copied": (lambda around, v: (around.log.append(v), copy.copy(around.log))[1], "reads around.log"),
    "a list behind another": (lambda around, v: (around.log.append(v), [0] + around.log)[1], "reads around.log"),  # noqa: RUF005 - is meant
    "a list for C": (lambda around, v: heapq.heappush(around.log, 1), "must be"),
    "type()": (type_of_a_number, "calls type()"),
    "a list that is returned": (lambda around, v: (around.log, around.log.append(v), v), "returns a list or dict that"),
    "a slot": (lambda around, v: around.table.update(a=Slots(v)), "changes around.table"),
    "a frozen object": (lambda around, v: around.table.update(a=Frozen(v)), "changes around.table"),
    "a set of numbers": (lambda around, v: around.table.update(a={v}), "changes around.table"),
    "a named tuple": (lambda around, v: around.table.update(a=Pair(v, [v])), "changes around.table"),
    "a class": (lambda around, v: setattr(Meter, "last", v), "changes Meter.last"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_step_that_no_program_can_repeat_leaves_plain_numbers(name, request):
    write, reason = REFUSED[name]
    if name in ("a class", "a slot", "a frozen object", "a named tuple"):  # whose classes are variables of this module
        request.getfixturevalue("with_module_variables")
    ran = compare(lambda: around_step(write), XY)
    assert ran.compiled.program is None
    assert reason in ran.reasons[0]


def test_type_as_the_name_of_a_method_is_no_call_of_type():
    around = Around()

    def step(x: Any) -> Any:
        around.n += 1
        return x.type_as(x) * around.n, x.type()

    compiled = CompiledStep(step, silent=True)
    for (arguments,) in [call() for call in XY]:
        compiled(arguments)
    assert compiled.program is not None
