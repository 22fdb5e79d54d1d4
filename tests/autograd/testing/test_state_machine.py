"""Views, writes in place, hooks, threads and gradient modes in any order, against a model and against PyTorch.

The machine writes a program line by line. The engines run each line at once; the model is the program itself, run
by the oracle whenever gradients are compared. A hook that multiplies a gradient is, to the oracle, a line that
multiplies the slope of the value that it hangs on, right after the line that made it.
"""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import autograd
from autograd.testing.programs import Dual, Program, Step, constant_source, name_of, perform, start, weights
from autograd.testing.strategies import Values, shapes
from autograd.testing.vocabulary import MAKES, VIEWS, WRITES, operations, possible

ENGINES = [autograd]
if importlib.util.find_spec("torch"):
    import torch

    ENGINES.append(torch)

LARGEST = 20.0
wishes = {"operands": st.lists(st.integers(0, 11), min_size=1, max_size=2), "pick": st.integers(0, 2**16)}


class Hook:
    """A hook on a value: what it multiplies by, after which line it was made, and how to take it off."""

    def __init__(self, name: str, factor: float, after: int, handles: list[Any]) -> None:
        self.name, self.factor, self.after, self.handles = name, factor, after, handles


class Machine(RuleBasedStateMachine):
    """One program that grows."""

    @initialize(shape=shapes(min_side=1, max_side=3, max_dims=2), seed=st.integers(0, 2**16))
    def begin(self, shape: tuple[int, ...], seed: int) -> None:
        """Two leaves, of one shape and 0-d."""
        rng = np.random.default_rng(seed)
        inputs = tuple(np.round(Values(off=(0,)).fill(s, rng), 2) for s in (shape, ()))
        self.program = Program(inputs, (), ())
        self.duals = start(self.program)
        self.hooks: list[Hook] = []
        #: After which line each tracked value got the node that it has now.
        self.made: dict[str, int] = dict.fromkeys(self.program.names, -1)
        #: Of each value the versions that it began with: PyTorch writes into what it makes for some products.
        self.versions: dict[str, list[int]] = {name: [0] * len(ENGINES) for name in self.program.names}
        self.accumulated: tuple[Any, ...] = tuple(np.zeros(x.shape) for x in inputs)
        self.names: list[dict[str, Any]] = [{"torch": engine} for engine in ENGINES]
        for names in self.names:
            for line in list(self.program.lines())[:2]:
                exec(line, names)

    # -- lines --------------------------------------------------------------------------------------

    @rule(**wishes)
    def make(self, operands: list[int], pick: int) -> None:
        """A new value."""
        self.line(MAKES, operands, pick)

    @rule(**wishes)
    def show(self, operands: list[int], pick: int) -> None:
        """A view, or what is detached."""
        self.line(VIEWS, operands, pick)

    @rule(**wishes)
    def write(self, operands: list[int], pick: int) -> None:
        """A write that is recorded; what may not be written is refused and stays as it is."""
        self.line(WRITES, operands, pick)

    @rule(**wishes)
    def write_under_no_grad(self, operands: list[int], pick: int) -> None:
        """A write that is not recorded."""
        self.line(WRITES, operands, pick, recorded=False)

    @rule(**wishes)
    def make_in_another_thread(self, operands: list[int], pick: int) -> None:
        """A new value from another thread, which records although this one does not."""

        def elsewhere(run: Callable[[], None]) -> None:
            errors: list[BaseException] = []

            def target() -> None:
                try:
                    run()
                except BaseException as error:
                    errors.append(error)

            with autograd.no_grad():
                thread = threading.Thread(target=target)
                thread.start()
                thread.join()
                assert not autograd.is_grad_enabled()
            assert not errors, errors

        self.line(MAKES, operands, pick, around=elsewhere)

    def line(
        self,
        kind: dict[str, Any],
        places: list[int],
        pick: int,
        recorded: bool = True,
        around: Callable[[Callable[[], None]], None] = lambda run: run(),
    ) -> None:
        """Draw a line that suits the values at hand, and run it everywhere."""
        names = list(self.duals)
        operands = tuple(names[-1 - i % len(names)] for i in places)
        xs = [self.duals[name].value for name in operands]
        options = possible(kind, *xs) or possible(kind, xs[0])
        if not options:
            return
        operation = list(options)[pick % len(options)]
        arguments = options[operation][pick // len(options) % len(options[operation])]
        xs = xs[: operations[operation].operands]
        if not np.all(np.abs(operations[operation].compute(*xs, *arguments)) <= LARGEST):
            return
        name = "" if kind is WRITES else name_of(len(names))
        step = Step(operation, operands[: len(xs)], arguments, name, recorded)
        target = self.duals[operands[0]]
        if not target.value.flags.writeable and operation in ("fill_", "zero_", "setitem", "copy_"):
            return  # PyTorch lets what is expanded be filled, and copied to itself
        if kind is WRITES:
            if not target.value.flags.writeable or (recorded and target.base in self.program.names):
                self.refuse(step)
                return
            if self.is_view_of_constant(operands[0]):
                return  # where PyTorch forgets the base
        self.program = self.program._replace(steps=(*self.program.steps, step))
        perform(step, self.duals)
        for engine_names in self.names:
            around(lambda engine_names=engine_names: exec(step.source(), engine_names))
        if name:
            self.made[name] = len(self.program.steps) - 1
            new = [engine_names[name]._version for engine_names in self.names]
            self.versions[name] = new if kind is MAKES else self.versions[operands[0]]
        elif recorded:
            for other, dual in self.duals.items():
                if dual.base == target.base:
                    self.made[other] = len(self.program.steps) - 1

    def is_view_of_constant(self, name: str) -> bool:
        """Whether a value is a view of one that no gradient flows through."""
        dual = self.duals[name]
        return dual.base != name and not dual.tracked

    def refuse(self, step: Step) -> None:
        """A write that every engine refuses, with nothing changed."""
        for names in self.names:
            before = {name: names[name]._version for name in self.duals}
            try:
                exec(step.source(), names)
            except RuntimeError:
                assert before == {name: names[name]._version for name in self.duals}
            else:
                raise AssertionError(f"{step.source()} was not refused")

    # -- hooks --------------------------------------------------------------------------------------

    @rule(place=st.integers(0, 11), factor=st.sampled_from([-2.0, 0.5, 3.0]))
    def hang_a_hook(self, place: int, factor: float) -> None:
        """A hook that multiplies the gradient of a value that is no view."""
        names = [name for name, dual in self.duals.items() if dual.tracked and dual.base == name]
        name = names[-1 - place % len(names)]
        handles = [engine_names[name].register_hook(lambda g: g * factor) for engine_names in self.names]
        self.hooks.append(Hook(name, factor, self.made[name], handles))

    @precondition(lambda self: self.hooks)
    @rule(place=st.integers(0, 11))
    def take_a_hook_off(self, place: int) -> None:
        """A hook that is taken off has no more effect."""
        for handle in self.hooks.pop(place % len(self.hooks)).handles:
            handle.remove()

    # -- gradients ----------------------------------------------------------------------------------

    @rule(place=st.integers(0, 11), second=st.booleans())
    def backward(self, place: int, second: bool) -> None:
        """Gradients accumulate, and are those of the model, unless a write has spoilt a saved value."""
        names = [name for name, dual in self.duals.items() if dual.tracked]
        chosen = {names[-1 - place % len(names)], *(names[-1:] if second else ())}
        terms = [f"({name} * {constant_source(weights(self.duals[name].value.shape))}).sum()" for name in chosen]
        refused = []
        for engine_names in self.names:
            exec(f"loss = {' + '.join(terms)}", engine_names)
            inputs = [engine_names[name] for name in self.program.names]
            # What has gone wrong halfway leaves PyTorch's gradients half written: ask first.
            try:
                engine_names["torch"].autograd.grad(engine_names["loss"], inputs, allow_unused=True, retain_graph=True)
            except RuntimeError as error:
                assert "modified by an inplace operation" in str(error), error
                refused.append(True)
            else:
                refused.append(False)
        assert not refused[0] or refused[-1], "refused by us alone"
        if any(refused):
            return
        for engine_names in self.names:
            engine_names["loss"].backward(retain_graph=True)
        expected = self.model(chosen)
        self.accumulated = tuple(old + new for old, new in zip(self.accumulated, expected, strict=True))
        self.compare()

    def compare(self) -> None:
        """The gradients that the leaves have accumulated."""
        for engine_names in self.names:
            for name, expected in zip(self.program.names, self.accumulated, strict=True):
                g = engine_names[name].grad
                found = np.zeros(expected.shape) if g is None else g.numpy()
                scale = max(1.0, np.max(np.abs(expected)))
                assert np.all(np.abs(found - expected) <= 1e-9 * scale), (name, found, expected)

    def model(self, outputs: set[str]) -> tuple[Any, ...]:
        """The gradients by the oracle, the hooks included."""
        gradients = tuple(np.zeros(x.shape) for x in self.program.inputs)
        for i, gradient in enumerate(gradients):
            for place in np.ndindex(gradient.shape):
                duals = start(self.program, (i, place))
                self.hooked(duals, -1)
                for number, step in enumerate(self.program.steps):
                    perform(step, duals)
                    self.hooked(duals, number)
                gradient[place] = sum(float(np.sum(weights(duals[n].slope.shape) * duals[n].slope)) for n in outputs)
        return gradients

    def hooked(self, duals: dict[str, Dual], number: int) -> None:
        """What the hooks do to the slopes after a line."""
        for hook in self.hooks:
            if hook.after == number:
                duals[hook.name].slope[...] *= hook.factor

    @rule()
    def zero_the_gradients(self) -> None:
        """As an optimizer does."""
        for names in self.names:
            for name in self.program.names:
                names[name].grad = None
        self.accumulated = tuple(np.zeros(x.shape) for x in self.program.inputs)

    # -- what holds at every moment -----------------------------------------------------------------

    @invariant()
    def values_are_those_of_the_model(self) -> None:
        """And so are the versions and what requires a gradient, as far as PyTorch can say."""
        for name, dual in getattr(self, "duals", {}).items():
            begun = self.versions[name]
            assert begun[0] == 0, name
            for names, version in zip(self.names, begun, strict=True):
                tensor = names[name]
                np.testing.assert_allclose(tensor.detach().numpy(), dual.value, rtol=1e-10, atol=1e-10)
                assert tensor.requires_grad == dual.tracked, name
                assert tensor._version - version == self.names[-1][name]._version - begun[-1], name
                assert tensor.is_leaf == self.names[-1][name].is_leaf, name


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=settings.default.max_examples, stateful_step_count=15)
