"""Mutation tests of the rules: each rule is broken on purpose, and the tests of its primitive must fail.

    python tests/tools/mutants.py             the rules of every primitive
    python tests/tools/mutants.py exp matmul  the rules of some primitives

Each rule gives three mutants: its result times 1.01, its result negated, and its saved values detached, so that only
the second order is wrong. The tests are collected once. Each mutant runs in a fork of that process, which ends at
the first test that fails, so this needs a system that can fork.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ["HYPOTHESIS_PROFILE"] = "mutants"

import numpy as np
import pytest

import nn  # noqa: F401 - registers its primitives
from autograd.core.primitive import Primitive, registry
from autograd.core.tensor import Tensor, wrap
from autograd.ops.special.gamma import unknown
from autograd.testing import Draw, domains

ROOT = Path(__file__).resolve().parents[2]

#: The tests that can kill a mutant: those with the primitive's name among their parameters.
TESTS = ["tests/autograd/ops/test_primitives.py"]

BoundRule = Callable[[Any, Any], Any]


def scaled(rule: BoundRule) -> BoundRule:
    """The rule with a result that is 1 % too large."""
    return lambda g, saved: None if (gx := rule(g, saved)) is None else gx * 1.01


def negated(rule: BoundRule) -> BoundRule:
    """The rule with a result of the wrong sign."""
    return lambda g, saved: None if (gx := rule(g, saved)) is None else -gx


def detached(rule: BoundRule) -> BoundRule:
    """The rule with its saved values detached: right at first order, wrong at second."""
    return lambda g, saved: rule(g, _cut_off(saved))


def _cut_off(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.detach()
    return tuple(map(_cut_off, value)) if type(value) is tuple else value


def unbroken(rule: BoundRule) -> BoundRule:
    """The rule unchanged. The tests must pass; otherwise their failures on mutants mean nothing."""
    return rule


class Mutant(NamedTuple):
    """A rule of a primitive, and the way in which it is broken."""

    primitive: str
    parameter: str
    how: Callable[[BoundRule], BoundRule]

    def __str__(self) -> str:
        return f"{self.primitive}, rule for {self.parameter}, {self.how.__name__}"

    def live(self) -> None:
        """Break the rule, for the rest of this process."""
        made = registry[self.primitive]
        if "xs" in made.rules:
            made.vjps = _Each(made.vjps, self.how)
        else:
            place = list(made.rules).index(self.parameter)
            rules = list(made.vjps)
            rules[place] = self.how(rules[place])
            made.vjps = tuple(rules)


class _Each:
    """The rules of a primitive with any number of inputs, all broken in the same way."""

    def __init__(self, rules: Iterable[BoundRule], how: Callable[[BoundRule], BoundRule]) -> None:
        self.rules, self.how = rules, how

    def __iter__(self) -> Iterator[BoundRule]:
        return map(self.how, self.rules)


def mutants(names: Iterable[str]) -> tuple[list[Mutant], list[Mutant]]:
    """The mutants of these primitives, and the mutants that are equivalent to their rule and therefore left out.

    Detaching the saved values changes nothing where the result does not depend smoothly on them: the rule is linear, or
    it saved a mask. Multiplying changes nothing where the result is always 0, as for `floor`, or NaN, as for the
    derivatives that are not known.
    """
    real, left_out = [], []
    for name in names:
        for parameter in registry[name].rules:
            nonzero, bends = _probe(registry[name], parameter)
            for how in (scaled, negated, detached):
                tells = bends if how is detached else nonzero
                (real if tells else left_out).append(Mutant(name, parameter, how))
    return real, left_out


def _probe(made: Primitive, parameter: str) -> tuple[bool, bool]:
    """Whether a rule ever returns a nonzero number, and whether that changes with the saved values: found by trying.

    A rule that no sample reaches counts as both, so that its mutants survive and are reported.
    """
    if made.rules[parameter] is unknown:
        return False, False
    results: list[Any] = []
    bends: list[bool] = []
    place = list(made.rules).index(parameter)
    rules = made.vjps

    def watching(i: int, rule: BoundRule) -> BoundRule:
        def watched(g: Any, saved: Any) -> Any:
            gx = rule(g, saved)
            if i == place or "xs" in made.rules:
                results.append(gx)
                bends.append(_moves(rule, g, saved))
            return gx

        return watched

    made.vjps = tuple(watching(i, rule) for i, rule in zip(range(9), rules))
    try:
        for seed in range(30):
            sample = domains[made.name].sample(Draw(seed))
            out = sample.call(*(wrap(x).requires_grad_() for x in sample.inputs))
            if out.requires_grad:
                out.backward(wrap(np.ones(out.shape, out.array.dtype)[()]))
            if any(bends):
                break
    finally:
        made.vjps = rules
    nonzero = any(gx is not None and np.any(np.isfinite(gx) & (gx != 0)) for gx in results)
    return nonzero or not results, any(bends) or not results


def _moves(rule: BoundRule, g: Any, saved: tuple[Any, ...]) -> bool:
    """Whether the result changes a little when the saved values do. Where it jumps, the saved value was a mask."""
    before = rule(g, saved)
    if before is None:
        return False
    rng = np.random.default_rng(0)

    def moved(value: Any) -> Any:
        if type(value) is tuple:
            return tuple(map(moved, value))
        smooth = isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "fc"
        return value * (1 + 1e-7 * rng.uniform(0.5, 1, value.shape)) if smooth else value

    change = np.abs(rule(g, tuple(map(moved, saved))) - before)
    return bool(np.any((change > 1e-12) & (change < 1e-4)))


# -- running them -----------------------------------------------------------------------------------


class Run:
    """A pytest plugin that replaces the run of the tests: it forks for each mutant and runs its primitive's tests."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.survivors: list[Mutant] = []
        self.wronged: list[Mutant] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Called by pytest."""
        tests: dict[str, list[pytest.Item]] = {}
        for item in session.items:
            name = getattr(item, "callspec", None) and item.callspec.params.get("name")
            if name in registry:
                tests.setdefault(name, []).append(item)
        real, left_out = mutants(self.names)
        began = time.perf_counter()
        whole = [Mutant(name, next(iter(registry[name].rules)), unbroken) for name in self.names]
        done = 0
        waiting, running = [*reversed(real), *whole], {}
        while waiting or running:
            if waiting and len(running) < len(os.sched_getaffinity(0)):
                mutant = waiting.pop()
                running[self.fork(mutant, tests[mutant.primitive])] = mutant
                continue
            pid, status = os.wait()
            mutant = running.pop(pid)
            done += 1
            if done % 50 == 0:
                _say(f"{done} of {len(whole) + len(real)} runs in {time.perf_counter() - began:.0f} s")
            passed = os.waitstatus_to_exitcode(status) == 0
            if passed and mutant.how is not unbroken:
                self.survivors.append(mutant)
                _say(f"survived: {mutant}")
            if not passed and mutant.how is unbroken:
                self.wronged.append(mutant)
                _say(f"the tests fail without a mutant: {mutant.primitive}")
        killed = len(real) - len(self.survivors)
        _say(
            f"{killed} of {len(real)} mutants of {len(self.names)} primitives were killed in "
            f"{time.perf_counter() - began:.0f} s; {len(left_out)} more are equivalent to their rules"
        )
        return True

    def fork(self, mutant: Mutant, items: list[pytest.Item]) -> int:
        """Start a process that exits with 1 at the first test that fails, and with 0 if all pass."""
        pid = os.fork()
        if pid:
            return pid
        failed = False
        try:
            mutant.live()
            for item in items:
                try:
                    item.session._setupstate.setup(item)
                    item.runtest()
                except pytest.skip.Exception:
                    pass
                finally:
                    item.session._setupstate.teardown_exact(None)
        except BaseException as error:
            failed = True
            if mutant.how is unbroken:
                _say(f"{item.name}: {error}")
        os._exit(failed)


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


def main() -> int:
    """Run the mutants of the primitives named on the command line, or of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("primitive", nargs="*", help="a primitive whose rules to break (default: all)")
    names = parser.parse_args().primitive or sorted(registry)
    if unknown_names := set(names) - set(registry):
        parser.error(f"no primitive is called {', '.join(sorted(unknown_names))}: expected names such as exp, matmul")
    run = Run(names)
    os.chdir(ROOT)
    # pytest warns that it cannot rewrite the assertions of a package that is imported already.
    quiet = "ignore::pytest.PytestAssertRewriteWarning"
    pytest.main([*TESTS, "-q", "--no-header", "-p", "no:cacheprovider", "-W", quiet], plugins=[run])
    return 1 if run.survivors or run.wronged else 0


if __name__ == "__main__":
    sys.exit(main())
