"""Views, in-place writes, hooks, threads and grad modes in any order, compared with a model and with PyTorch.

The machine writes a program line by line. The engines run each line immediately. The model is the program itself, which
the oracle runs whenever gradients are compared. For the oracle, a hook that multiplies a gradient is a line that
multiplies the derivative of its tensor, right after the line that computed it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import autograd
from autograd.testing.engine.vocabulary import MAKES, VIEWS, WRITES, operations, possible
from autograd.testing.programs import Dual, Program, Step, constant_source, name_of, perform, start, weights
from autograd.testing.strategies import Values, shapes
from tests.tools.answers import imported, installed

ENGINES = [autograd]
if installed("torch"):
    ENGINES.append(imported("torch"))

LARGEST = 20.0
choices = {"operands": st.lists(st.integers(0, 11), min_size=1, max_size=2), "pick": st.integers(0, 2**16)}


class Hook:
    """A hook: the name of its tensor, its factor, the number of the line that computed the tensor, and its handles."""

    def __init__(self, name: str, factor: float, after: int, handles: list[Any]) -> None:
        self.name, self.factor, self.after, self.handles = name, factor, after, handles


class Machine(RuleBasedStateMachine):
    """A program that grows line by line."""

    @initialize(shape=shapes(min_side=1, max_side=3, max_dims=2), seed=st.integers(0, 2**16))
    def begin(self, shape: tuple[int, ...], seed: int) -> None:
        """Two leaves: one of a random shape, one 0-d."""
        rng = np.random.default_rng(seed)
        inputs = tuple(np.round(Values(off=(0,)).fill(s, rng), 2) for s in (shape, ()))
        self.program = Program(inputs, (), ())
        self.duals = start(self.program)
        self.hooks: list[Hook] = []
        #: The number of the line that gave each tracked value its present node.
        self.line_of_node: dict[str, int] = dict.fromkeys(self.program.names, -1)
        #: The version with which each value began in each engine: some of PyTorch's products write into their result.
        self.versions: dict[str, list[int]] = {name: [0] * len(ENGINES) for name in self.program.names}
        self.accumulated: tuple[Any, ...] = tuple(np.zeros(x.shape) for x in inputs)
        self.names: list[dict[str, Any]] = [{"torch": engine} for engine in ENGINES]
        for names in self.names:
            for line in list(self.program.lines())[:2]:
                exec(line, names)

    # -- lines --------------------------------------------------------------------------------------

    @rule(**choices)
    def make(self, operands: list[int], pick: int) -> None:
        """A new value."""
        self.line(MAKES, operands, pick)

    @rule(**choices)
    def show(self, operands: list[int], pick: int) -> None:
        """A view or a detached value."""
        self.line(VIEWS, operands, pick)

    @rule(**choices)
    def write(self, operands: list[int], pick: int) -> None:
        """A recorded write. A refused one changes nothing."""
        self.line(WRITES, operands, pick)

    @rule(**choices)
    def write_under_no_grad(self, operands: list[int], pick: int) -> None:
        """A write that is not recorded."""
        self.line(WRITES, operands, pick, recorded=False)

    @rule(**choices)
    def make_in_another_thread(self, operands: list[int], pick: int) -> None:
        """A new value from another thread, where operations are recorded although grad mode is off in this one."""

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
        """Choose a line that is possible for the present values, and run it everywhere."""
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
            return  # PyTorch allows filling an expanded tensor, and copying one to itself
        if kind is WRITES:
            if not target.value.flags.writeable or (recorded and target.base in self.program.names):
                self.refuse(step)
                return
            if self.is_view_of_constant(operands[0]):
                return  # where PyTorch does not track the base
        self.program = self.program._replace(steps=(*self.program.steps, step))
        perform(step, self.duals)
        for engine_names in self.names:
            around(lambda engine_names=engine_names: exec(step.source(), engine_names))
        if name:
            self.line_of_node[name] = len(self.program.steps) - 1
            new = [engine_names[name]._version for engine_names in self.names]
            self.versions[name] = new if kind is MAKES else self.versions[operands[0]]
        elif recorded:
            for other, dual in self.duals.items():
                if dual.base == target.base:
                    self.line_of_node[other] = len(self.program.steps) - 1

    def is_view_of_constant(self, name: str) -> bool:
        """Whether a value is a view of a base that no gradient flows through."""
        dual = self.duals[name]
        return dual.base != name and not dual.tracked

    def refuse(self, step: Step) -> None:
        """A write that every engine refuses, without a change."""
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
    def add_a_hook(self, place: int, factor: float) -> None:
        """A hook that multiplies the gradient of a tensor that is not a view."""
        names = [name for name, dual in self.duals.items() if dual.tracked and dual.base == name]
        name = names[-1 - place % len(names)]
        handles = [engine_names[name].register_hook(lambda g: g * factor) for engine_names in self.names]
        self.hooks.append(Hook(name, factor, self.line_of_node[name], handles))

    @precondition(lambda self: self.hooks)
    @rule(place=st.integers(0, 11))
    def remove_a_hook(self, place: int) -> None:
        """A removed hook has no effect any more."""
        for handle in self.hooks.pop(place % len(self.hooks)).handles:
            handle.remove()

    # -- gradients ----------------------------------------------------------------------------------

    @rule(place=st.integers(0, 11), second=st.booleans())
    def backward(self, place: int, second: bool) -> None:
        """Gradients accumulate and agree with the model, unless a write has changed a saved value."""
        names = [name for name, dual in self.duals.items() if dual.tracked]
        chosen = {names[-1 - place % len(names)], *(names[-1:] if second else ())}
        terms = [f"({name} * {constant_source(weights(self.duals[name].value.shape))}).sum()" for name in chosen]
        refused = []
        for engine_names in self.names:
            exec(f"loss = {' + '.join(terms)}", engine_names)
            inputs = [engine_names[name] for name in self.program.names]
            # If PyTorch raises halfway, some gradients are written already: find out with grad() first.
            try:
                engine_names["torch"].autograd.grad(engine_names["loss"], inputs, allow_unused=True, retain_graph=True)
            except RuntimeError as error:
                assert "modified by an inplace operation" in str(error), error
                refused.append(True)
            else:
                refused.append(False)
        assert not refused[0] or refused[-1], "only autograd raises"
        if any(refused):
            return
        for engine_names in self.names:
            engine_names["loss"].backward(retain_graph=True)
        expected = self.model(chosen)
        self.accumulated = tuple(old + new for old, new in zip(self.accumulated, expected, strict=True))
        self.compare()

    def compare(self) -> None:
        """Compare the accumulated gradients of the leaves."""
        for engine_names in self.names:
            for name, expected in zip(self.program.names, self.accumulated, strict=True):
                g = engine_names[name].grad
                found = np.zeros(expected.shape) if g is None else g.numpy()
                scale = max(1.0, np.max(np.abs(expected)))
                assert np.all(np.abs(found - expected) <= 1e-9 * scale), (name, found, expected)

    def model(self, outputs: set[str]) -> tuple[Any, ...]:
        """The gradients by the oracle, with hooks."""
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
        """Apply the hooks that follow a line to the derivatives."""
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

    # -- invariants ---------------------------------------------------------------------------------

    @invariant()
    def values_agree_with_the_model(self) -> None:
        """So do `requires_grad`, and compared with PyTorch versions and `is_leaf`."""
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
