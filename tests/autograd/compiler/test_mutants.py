"""The tests of the compiler can tell: each mutant of a program, of a guard and of the compiler leaves something else.

A mutant is dead if the compiled step leaves something else than the step as it is, or if its program fails, which is
said and not silent.
"""

from __future__ import annotations

import inspect
import random
import re
import textwrap
from collections import deque
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest

import autograd as torch
from autograd import nn, optim
from autograd.compiler import arguments, outliving, runner, trace, varying
from autograd.compiler.around import effects, readings
from autograd.compiler.layout import storage_of
from autograd.compiler.program import Keys, Program
from autograd.compiler.state import snapshot, surroundings
from autograd.nn import functional as F
from tests.autograd.compiler import test_guards as guards, test_steps as steps, test_training as training
from tests.tools.compiled import Made, data, run, trained

XY = data((8, 4), (8, 2), n=4)
#: Of the mutants of a program, of which there are hundreds, how many are left out between two that are tried.
STRIDE = 5


def dies(make: Callable[[], Made], calls: Any) -> bool:
    """Whether the compiled step, as it is patched now, is told from the step itself."""
    try:
        compiled = run(make, calls, True)
    except Exception:
        return True
    return compiled.left != run(make, calls, False).left or any("fault of the compiler" in r for r in compiled.reasons)


# -- mutants of a program -------------------------------------------------------------------------------


def small() -> Made:
    """A step with most of what there is: dropout, a running mean, momentum, a value that is used late."""
    return trained(
        nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Tanh(), nn.Dropout(0.4), nn.Linear(3, 2)),
        lambda model: optim.SGD(model.parameters(), lr=0.1, momentum=0.9),
    )


@cache
def eager() -> Any:
    return run(small, XY, False).left


def touched(s: Any) -> tuple[set[int], set[int]]:
    """The storages that a statement reads and those that it writes or makes."""
    of = lambda values: {storage_of(v.real_array) for v in values}
    return of(s.reads()), of(s.made()) | of(s.written())


def conflict(a: Any, b: Any) -> bool:
    """Whether two statements must keep their order. Views are made once, before all others."""
    if "view" in (a.kind, b.kind):
        return False
    (reads, writes), (others_reads, others_writes) = touched(a), touched(b)
    draws = a.kind == b.kind == "draw"
    return draws or bool(writes & (others_reads | others_writes) or reads & others_writes)


def exchanged(statements: list[Any]) -> Iterator[list[Any]]:
    """The statements with two neighbours exchanged that must keep their order."""
    for i in range(len(statements) - 1):
        a, b = statements[i : i + 2]
        of_scalars = all(isinstance(v.real_array, np.generic) for s in (a, b) for v in s.outs)  # one line holds both
        if conflict(a, b) and not of_scalars:
            yield [*statements[:i], statements[i + 1], statements[i], *statements[i + 2 :]]


def left_out(statements: list[Any]) -> Iterator[list[Any]]:
    """The statements without one of them."""
    for i in [i for i, s in enumerate(statements) if s.kind != "view"]:
        yield statements[:i] + statements[i + 1 :]


def moved(statements: list[Any]) -> Iterator[list[Any]]:
    """The statements with a write in place moved before or behind all that must keep its order with it."""
    for i, s in enumerate(statements):
        if s.into is None and s.kind != "write":
            continue
        before = [j for j in range(i) if conflict(statements[j], s)]
        behind = [j for j in range(i + 1, len(statements)) if conflict(s, statements[j])]
        rest = statements[:i] + statements[i + 1 :]
        if before:
            yield [*rest[: before[-1]], s, *rest[before[-1] :]]
        if behind:
            yield [*rest[: behind[0]], s, *rest[behind[0] :]]


@pytest.mark.parametrize("change", [exchanged, left_out, moved])
def test_every_change_of_the_statements_dies(change, monkeypatch):
    give_memory, chosen, count = Program._give_memory, [0], [0]

    def changed(self: Program) -> None:
        mutants = list(change(self.statements))
        count[0] = len(mutants)
        if chosen[0] < len(mutants):
            self.statements = mutants[chosen[0]]
        give_memory(self)

    monkeypatch.setattr(Program, "_give_memory", changed)
    expected, survivors = eager(), []
    while chosen[0] == 0 or chosen[0] < count[0]:
        try:
            compiled = run(small, XY, True)
            dead = compiled.left != expected or any("fault" in r for r in compiled.reasons)
        except Exception:
            dead = True
        if not dead:
            survivors.append(chosen[0])
        chosen[0] += STRIDE
    assert count[0] > 10 and not survivors


def test_memory_that_is_used_again_too_early_dies(monkeypatch):
    give_memory, chosen, count = Program._give_memory, [0], [0]

    def reused(self: Program) -> None:
        give_memory(self)
        lives: dict[int, list[int]] = {}
        for i, s in enumerate(self.statements):
            for storage in set.union(*touched(s)) if s.kind != "view" else ():
                lives.setdefault(storage, []).append(i)
        memory = self.memory_of
        pairs = [
            (a, b) for a in memory for b in memory
            if self.sizes[memory[a]] == self.sizes[memory[b]] and memory[a] != memory[b]
            and lives[a][0] < lives[b][0] < lives[a][-1]
        ]  # fmt: skip
        count[0] = len(pairs)
        if chosen[0] < len(pairs):
            a, b = pairs[chosen[0]]
            memory[b] = memory[a]
            for s in self.statements:
                for v in s.made():
                    if storage_of(v.real_array) == b:
                        self.in_place_of.pop(id(v), None)

    monkeypatch.setattr(Program, "_give_memory", reused)
    survivors = []
    while chosen[0] == 0 or chosen[0] < count[0]:
        if run(small, XY, True).left == eager():
            survivors.append(chosen[0])
        chosen[0] += STRIDE
    assert count[0] > 5 and not survivors


# -- mutants of the guards --------------------------------------------------------------------------------


def by_case(name: str) -> Callable[[], Made]:
    model, optimizer, between = guards.CASES[name]
    return lambda: trained(model(), optimizer, between=guards.saved_and_loaded() if "loaded" in name else between)


def parameter_added() -> Made:
    model, scale = nn.Linear(4, 2), torch.ones(2, requires_grad=True)
    made = trained(model, guards.SGD, lambda x, y: F.mse_loss(x * scale, y))
    optimizer = made.state[1]
    return Made(
        made.step, [*made.state, scale], lambda i: optimizer.add_param_group({"params": [scale]}) if i == 5 else None
    )


def parameter_removed() -> Made:
    made = trained(nn.Linear(4, 2), guards.SGD)
    return made._replace(between=lambda i: made.state[1].param_groups[0]["params"].pop() if i == 5 else None)


def rate_as_a_tensor() -> Made:
    rates = [0.1] * 6 + [torch.tensor(0.2)] * 6
    return trained(nn.Linear(4, 2), guards.ADAM, between=guards.setting("lr", rates))


def captured() -> Made:
    number = 2.0

    def between(i: int) -> None:
        nonlocal number
        number = 2.0 if i < 6 else 3.0

    return Made(lambda x, y: x * number, [], between)


#: A condition that is dropped, and a case that must tell it.
CONDITIONS = {
    r"\.array is": by_case("data replaced"), r"\.(_node|node) is": by_case("frozen"),
    r"\.grad is": training.CASES["gradients kept"], r"changes\.latest": by_case("attribute"),
    r"len\(\w+\.param_groups\)": parameter_added, r"\['params'\]": parameter_removed,
    r"^get\d+\(": by_case("weight decay"), r"^varies": rate_as_a_tensor, r"\.state|\[.* is v\d": by_case("states loaded"),  # noqa: E501
    r"cell_contents": captured,
}  # fmt: skip


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_guard_that_is_dropped_is_missed(condition, monkeypatch):
    guard_of, dropped = runner.guard_of, []

    def without(*args: Any) -> Any:
        holds, tests = guard_of(*args)
        kept = [test for test in tests if not re.search(condition, test)]
        dropped.extend(set(tests) - set(kept))
        return eval(f"lambda: {' and '.join(kept) or True}", holds.__globals__), kept

    monkeypatch.setattr(runner, "guard_of", without)
    assert dies(CONDITIONS[condition], guards.XY) and dropped


def shapes() -> list[Any]:
    base = torch.arange(24.0)
    kinds = [
        base[:12].reshape(3, 4),
        base[:12].reshape(4, 3).T,
        base[:8].reshape(2, 4),
        base[:12].reshape(3, 4).double(),
    ]
    return [lambda x=x: (x,) for x in kinds for _ in range(3)]


def aliased() -> tuple[Callable[[], Made], Any]:
    given = [torch.ones(3)]

    def make() -> Made:
        weight = torch.zeros(3)

        def step(x: Any) -> Any:
            before = x + 1
            weight.add_(2.0)
            return before * 2, (x + 1) * 2

        return Made(step, [weight], lambda i: given.__setitem__(0, weight.detach() if i in (3, 5) else torch.ones(3)))

    return make, [lambda: (given[0],)] * 6


@pytest.mark.parametrize(
    ("condition", "make", "calls"),
    [
        (r"\.shape ==", lambda: Made(lambda x: x * 2 + x[0].sum()), shapes()),
        (r"\.dtype", lambda: Made(lambda x: x * 2), shapes()), (r"not in written", *aliased()),
        (r"\.node is", lambda: Made(lambda x: x * 2, differentiated=True),
         [lambda i=i: (torch.ones(2, dtype=torch.float32 if i < 4 else torch.int64),) for i in range(6)]),
    ],
)  # fmt: skip
def test_a_condition_on_arguments_that_is_dropped_is_missed(condition, make, calls, monkeypatch):
    def without(text: str, space: dict[str, Any]) -> Any:
        head, body = text.split(":", 1)
        kept = [test for test in body.split(" and ") if not re.search(condition, test)]
        return eval(f"{head}: {' and '.join(kept) or True}", space)

    monkeypatch.setattr(arguments, "eval", without, raising=False)
    assert dies(make, calls) or condition == r"\.node is"


# -- mutants of the compiler ---------------------------------------------------------------------------------


def two_biases() -> Made:
    cell = nn.RNNCell(4, 2)
    return trained(cell, guards.SGD)


def bad_label() -> tuple[Callable[[], Made], Any]:
    rng = np.random.default_rng(0)
    labels = [rng.integers(0, 2, 8) for _ in range(6)]
    labels[3][2] = 9
    x = [rng.standard_normal((8, 4)).astype("f4") for _ in labels]
    make = lambda: trained(guards.net(nn.BatchNorm1d(3), nn.Dropout(0.5)), guards.SGD, F.cross_entropy)
    return make, [lambda i=i: (torch.tensor(x[i]), torch.tensor(labels[i])) for i in range(6)]


def written_between_equal_statements() -> Made:
    buffer = torch.zeros(4)

    def step(x: Any, y: Any) -> Any:
        before = (buffer * 2).exp()
        buffer.add_(x[0])
        return before + 1, (buffer * 2).exp() - 1

    return Made(step, [buffer])


def seen_by_an_older_graph() -> Made:
    model = nn.Linear(4, 2)
    optimizer = guards.SGD(model)
    x = torch.ones(3, 4, requires_grad=True)
    older = [model(x).sum()]

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    def between(i: int) -> None:
        if i == 4:
            try:
                older[0].backward()
                older[0] = "done"
            except RuntimeError as error:
                older[0] = str(error).split(" of shape")[0]
        if i == 3:
            older[0] = model(x).sum()

    return Made(step, [model, older], between)


def number_beside_an_equal_one() -> Made:
    return Made(lambda x, y: (0, int((x > 0).sum())))


def keeping() -> Made:
    def step(x: Any, y: Any) -> Any:
        before = getattr(torch, "no name")
        setattr(torch, "no name", x)  # where nothing of the step's code leads
        return before + x

    setattr(torch, "no name", torch.zeros(8, 4))
    return Made(step)


LABELS = bad_label()


def stepping(name: str) -> Any:
    """A step of `test_steps`."""
    step = getattr(steps, name)
    return lambda: steps.made(step, steps.COMPILED[step]())


def keeps_a_number() -> Made:
    kept = deque([0.0])  # of which the compiler looks at the length alone

    def step(x: Any, y: Any) -> Any:
        kept[0] = x.sum().item()

    return Made(step, [kept])


#: A function of the compiler, a part of its source and what takes its place, and a case that must tell it.
SOURCES = [
    (Keys, "__call__", "self._writes[x.storage]", "0", written_between_equal_statements, XY),
    (Program, "_with_own_memory", "| self.kept", "", two_biases, XY),
    (Program, "_drop_dead", '"draw", ', "", lambda: Made(lambda x, y: (torch.rand(3), x * 2)[1]), XY),
    (varying, "told_apart", "return np.array(result)", "pass", lambda: Made(lambda x, y: (x.sum() > 0) ^ (y.sum() > 0)), XY),  # noqa: E501
    (varying, "shape_depends_on_values", "return any(type(v) is Symbol and v.dtype.kind == \"b\"", "return any(False",
     lambda: Made(lambda x, y: (x[x > 0] * 2).exp().sum()), XY),
    (snapshot.Snapshot, "put_back", "np.copyto(array, before)", "pass", *LABELS),
    (snapshot.Snapshot, "put_back", "generator.set_state(state)", "pass", *LABELS),
    (runner.Runner, "_called", "leaf.grad = grad", "pass", by_case("gradient deleted"), guards.XY),
    (runner.Runner, "_called", "count_writes(self._records)", "pass", seen_by_an_older_graph, guards.XY),
    (surroundings.Surroundings, "changed", "if names:", "if False:",
     lambda: (lambda box: Made(lambda x, y: (box.add(len(box)), x * 2)[1], [box]))(set()), XY),  # noqa: PLC3002
    (surroundings, "_random_states", "random.getstate()", "0",
     lambda: Made(lambda x, y: x * random.random(), [], random.seed), XY),
    (outliving, "numbers_returned", "len(symbols) != len(places)", "False", number_beside_an_equal_one,
     [lambda: (torch.zeros(8, 4), torch.zeros(8, 2))] * 2 + XY),
    (outliving, "is_kept", "return True", "return False",
     keeping, XY),
    (runner.Runner, "_leave", "variable.put(given(values))", "pass", stepping("running_loss"), steps.CALLS),
    (runner.Runner, "_leave", "container.extend([given(values) for given in added])", "pass",
     stepping("losses_in_a_list"), steps.CALLS),
    (runner.Runner, "_leave", "printed(given(values))", "pass", stepping("printed"), steps.CALLS),
    (effects.Effects, "_profiled", "_FUNCTIONS[called]", "None", stepping("printed"), steps.CALLS),
    (readings.Readings, "held", "if (n := r()) is not None", "if False", keeps_a_number, XY),
    (readings.Readings, "guard_number", "self._add_guard(number.own, number.value)", "pass", stepping("best_loss"),
     steps.CALLS),
    (readings.Readings, "guard_number", "self.guarded.append((number.own, number.value))", "pass",
     stepping("every_third_call"), steps.CALLS),
]  # fmt: skip


@pytest.mark.parametrize(("owner", "name", "old", "new", "make", "calls"), SOURCES)
def test_a_mutant_of_the_compiler_dies(owner, name, old, new, make, calls, monkeypatch):
    function = getattr(owner, name)
    source = textwrap.dedent(inspect.getsource(function))
    assert old in source, "the mutant must be brought up to date"
    space: dict[str, Any] = {}
    mutant = f"from __future__ import annotations\n{source.replace(old, new)}"
    exec(compile(mutant, inspect.getfile(function), "exec"), function.__globals__, space)
    monkeypatch.setattr(owner, name, space[name])
    for module in (arguments, outliving, runner, surroundings, trace, varying):
        if getattr(module, name, None) is function:
            monkeypatch.setattr(module, name, space[name])
    assert dies(make, calls)
