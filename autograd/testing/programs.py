"""Programs as data: straight-line compositions of operations, with views and in-place writes.

A `Program` prints itself as code that runs under `import autograd as torch` and under `import torch`. `reference` runs
it without either, on NumPy arrays with NumPy's own views and writes. There each value is a pair of a value and its
derivative along one direction of the inputs, and each operation is computed once in complex numbers, value +
ih·derivative: the complex step. So the reference uses no graph and no rule.

    a = torch.tensor([[1.0, -0.5]], dtype=torch.float64, requires_grad=True)
    b = torch.exp(a)
    c = b[0]
    c.mul_(a)
    loss = (b * torch.tensor([[0.27, -0.67]], dtype=torch.float64)).sum()
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

import autograd

from ..base.dtypes import Array
from .engine.calls import Mismatch
from .engine.oracles import COMPLEX_STEP
from .engine.vocabulary import VIEWS, WRITES, operations

#: The tolerance for rounding along a whole program, relative to its largest gradient.
TOLERANCE = 1e-9


class Step(NamedTuple):
    """One line of a program.

    Attributes:
        operation: its name in the vocabulary.
        operands: the names of the tensors that it takes; a write changes the first.
        arguments: the other arguments.
        name: the name of the result; empty for a write.
        recorded: False for a line under `no_grad`.
    """

    operation: str
    operands: tuple[str, ...]
    arguments: tuple[Any, ...] = ()
    name: str = ""
    recorded: bool = True

    def source(self) -> str:
        """The line as code."""
        line = operations[self.operation].code.format(*self.operands, *map(_literal, self.arguments))
        if self.name:
            line = f"{self.name} = {line}"
        return line if self.recorded else f"with torch.no_grad():\n    {line}"


class Program(NamedTuple):
    """A program: its inputs, which require a gradient, its lines, and the values that the loss is computed from.

    >>> program = Program((np.array([1.0, 2.0]),), (Step("square", ("a",), (), "b"),), ("b",))
    >>> print(program)
    import autograd as torch
    <BLANKLINE>
    a = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    b = a.square()
    loss = (b * torch.tensor([0.27, -0.67], dtype=torch.float64)).sum()
    loss.backward()
    print(a.grad)
    >>> check_program(program)
    True
    """

    inputs: tuple[Array, ...]
    steps: tuple[Step, ...]
    outputs: tuple[str, ...]

    def source(self, engine: str = "import autograd as torch") -> str:
        """The program as a script; `engine` is its import line."""
        shown = ", ".join(f"{name}.grad" for name in self.names)
        return "\n".join([engine, "", *self.lines(), "loss.backward()", f"print({shown})"])

    def __str__(self) -> str:
        return self.source()

    def __repr__(self) -> str:
        return f"Program:\n{self.source()}\n"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the inputs."""
        return tuple(name_of(i) for i in range(len(self.inputs)))

    def lines(self) -> Iterator[str]:
        """The statements, from the inputs to the loss."""
        for name, x in zip(self.names, self.inputs, strict=True):
            yield f"{name} = {input_source(x)}"
        for step in self.steps:
            yield step.source()
        duals = trace(self)
        terms = [f"({name} * {constant_source(weights(duals[name].value.shape))}).sum()" for name in self.outputs]
        yield f"loss = {' + '.join(terms)}"

    def execute(self, torch: Any) -> dict[str, Any]:
        """Run the lines on an engine, `autograd` or `torch`; the tensors by name, including `loss`."""
        names: dict[str, Any] = {"torch": torch}
        for line in self.lines():
            exec(line, names)
        return names


def name_of(i: int) -> str:
    """The name of a program's value number `i`: a, b, …, z, a1, b1, …

    >>> name_of(0), name_of(27)
    ('a', 'b1')
    """
    return chr(ord("a") + i % 26) + (str(i // 26) if i >= 26 else "")


def input_source(x: Array) -> str:
    """The expression that creates an input."""
    return f"{constant_source(x)[:-1]}, requires_grad=True)"


def constant_source(x: Array) -> str:
    """The expression that creates a constant; an empty one by its shape, which a list cannot express."""
    what = f"tensor({x.tolist()}" if x.size else f"zeros({x.shape}"
    return f"torch.{what}, dtype=torch.float64)"


def weights(shape: tuple[int, ...]) -> Array:
    """The cotangent of an output: fixed numbers of both signs, all different, so that errors do not cancel."""
    size = int(np.prod(shape))
    return np.round(np.cos(1.3 + np.arange(size)), 2).reshape(shape)


# -- the oracle -------------------------------------------------------------------------------------


class Dual(NamedTuple):
    """A value in the oracle.

    Attributes:
        value: its array; views and detached tensors share the memory.
        slope: its derivative along the present direction; views share the memory.
        base: the name of the value that it is a view of, or its own name.
        tracked: whether a gradient flows through it.
    """

    value: Array
    slope: Array
    base: str
    tracked: bool


def start(program: Program, direction: tuple[int, Any] | None = None) -> dict[str, Dual]:
    """The inputs with their derivatives by one element: `direction` is the index of an input and an index into it."""
    duals: dict[str, Dual] = {}
    for i, (name, x) in enumerate(zip(program.names, program.inputs, strict=True)):
        slope = np.zeros(x.shape)
        if direction is not None and direction[0] == i:
            slope[direction[1]] = 1
        duals[name] = Dual(np.array(x), slope, name, True)
    return duals


def trace(program: Program, direction: tuple[int, Any] | None = None) -> dict[str, Dual]:
    """The values of a program at its end, by name, with their derivatives by one element of one input."""
    duals = start(program, direction)
    for step in program.steps:
        perform(step, duals)
    return duals


def perform(step: Step, duals: dict[str, Dual]) -> None:
    """Run one line on the duals: add its result to them, or write into the arrays of its first operand."""
    given = [duals[name] for name in step.operands]
    compute = operations[step.operation].compute
    if step.operation == "detach":
        duals[step.name] = Dual(given[0].value, np.zeros(given[0].value.shape), step.name, False)
    elif step.operation in VIEWS:
        value, slope = (np.asarray(compute(part, *step.arguments)) for part in given[0][:2])
        duals[step.name] = Dual(value, slope, given[0].base, given[0].tracked)
    else:
        out = np.asarray(compute(*(x.value + 1j * COMPLEX_STEP * x.slope for x in given), *step.arguments))
        value, slope = out.real.copy(order="K"), np.asarray(out.imag / COMPLEX_STEP)
        tracked = any(x.tracked for x in given)
        if step.operation not in WRITES:
            duals[step.name] = Dual(value, slope, step.name, tracked)
            return
        target = given[0]
        target.value[...] = value
        if step.recorded:
            target.slope[...] = slope
            for name, dual in duals.items():
                if dual.base == target.base:
                    duals[name] = dual._replace(tracked=dual.tracked or tracked)


def reference(program: Program) -> tuple[dict[str, Array], tuple[Array, ...]]:
    """All values at the end of the program, by name, and the gradient of each input by the complex step."""
    gradients = tuple(np.zeros(x.shape) for x in program.inputs)
    for i, gradient in enumerate(gradients):
        for place in np.ndindex(gradient.shape):
            duals = trace(program, (i, place))
            gradient[place] = sum(
                float(np.sum(weights(duals[name].slope.shape) * duals[name].slope)) for name in program.outputs
            )
    return {name: dual.value for name, dual in trace(program).items()}, gradients


def check_program(program: Program, torch: Any = None) -> bool:
    """Compare an engine with the oracle: every value at the end, and the gradient of every input.

    Args:
        program: the program to run.
        torch: the engine, a module with PyTorch's names; `autograd` by default.

    Returns:
        True if the gradients agree, False if backward raised because a write has changed a saved value.

    Raises:
        Mismatch: a value or a gradient is wrong; the message contains a script that shows it, reduced to the lines that
            are needed.
    """
    torch = autograd if torch is None else torch
    try:
        return _agrees(program, torch)
    except Mismatch as error:
        found = error
    for shorter in _reductions(program):
        with suppress(RuntimeError):  # a shorter program that raises shows nothing
            check_program(shorter, torch)
    raise found


def _agrees(program: Program, torch: Any) -> bool:
    names = program.execute(torch)
    values, gradients = reference(program)
    for name, value in values.items():
        _compare(program, f"the value of {name}", names[name].detach().numpy(), value)
    inputs = [names[name] for name in program.names]
    try:
        found = torch.autograd.grad(names["loss"], inputs, allow_unused=True)
    except RuntimeError as error:
        if "modified by an inplace operation" in str(error):
            return False
        raise
    for name, got, expected in zip(program.names, found, gradients, strict=True):
        _compare(program, f"the gradient of {name}", 0 * expected if got is None else got.numpy(), expected)
    return True


def _compare(program: Program, what: str, got: Array, expected: Array) -> None:
    scale = max(1.0, float(np.max(np.abs(expected), initial=0)))
    if got.shape != expected.shape or not np.all(np.abs(got - expected) <= TOLERANCE * scale):
        raise Mismatch(f"{what} is\n{got}\nbut by the complex step\n{expected}\nin\n\n{program.source()}")


def _reductions(program: Program) -> Iterator[Program]:
    """The program without one of its lines and everything computed from it, or without one of its outputs."""
    for left_out in range(len(program.steps)):
        gone: set[str] = set()
        steps = []
        for number, step in enumerate(program.steps):
            if number == left_out or gone.intersection(step.operands):
                gone.add(step.name)
            else:
                steps.append(step)
        outputs = tuple(name for name in program.outputs if name not in gone)
        shorter = program._replace(steps=tuple(steps), outputs=outputs)
        if outputs and _is_possible(shorter):
            yield shorter
    if len(program.outputs) > 1:
        for output in program.outputs:
            yield program._replace(outputs=tuple(name for name in program.outputs if name != output))


def _is_possible(program: Program) -> bool:
    """Whether every line is possible and smooth at its present operands, which may have changed."""
    duals = start(program)
    for step in program.steps:
        xs = [duals[name].value for name in step.operands]
        if step.arguments not in operations[step.operation].options(*xs):
            return False
        perform(step, duals)
    return any(duals[name].tracked for name in program.outputs)


# -- code -------------------------------------------------------------------------------------------


def _literal(argument: Any) -> str:
    """An argument as code; an index as it is written between brackets."""
    if isinstance(argument, slice):
        parts = ["" if part is None else str(part) for part in (argument.start, argument.stop)]
        return ":".join(parts if argument.step is None else [*parts, str(argument.step)])
    if argument is Ellipsis:
        return "..."
    if isinstance(argument, tuple) and any(part is Ellipsis or isinstance(part, slice) for part in argument):
        return ", ".join(map(_literal, argument))
    return repr(argument)
