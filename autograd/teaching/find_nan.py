"""find_nan: the first operation that made a NaN or an infinity, in the forward pass or in the backward pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.tensor import Tensor
from .explain import reference
from .progress import if_long
from .running import called
from .showing import not_finite, shown
from .steps import learn_shapes, steps
from .walk import Entry, Graph, callers_names, is_value, walk


@dataclass
class Finding:
    """The first value that is not finite; prints as a sentence.

    Attributes:
        phase: "forward" or "backward".
        operation: the primitive that made it; None if it was already in a leaf or a constant.
        text: what happened, with the numbers.
        line: the line of the user's program; None if it is unknown.
        underlined: the line's text, and below it a mark under the operation; None if the line has only one.
    """

    phase: str
    operation: str | None
    text: str
    line: str | None
    underlined: str | None = None

    def __str__(self) -> str:
        if self.line is None and self.operation is not None:
            return (
                f"{self.text}. The line is unknown, because it was not recorded: run the code in `with remember():`, "
                "or call find_nan(function, *args)"
            )
        if self.line is None:
            return self.text
        if self.underlined is None:
            return f"{self.text}; called at {self.line}"
        code, mark = self.underlined.split("\n")
        return f"{self.text}; called at {self.line.removesuffix(code).rstrip()}\n    {code}\n    {mark}"

    __repr__ = __str__


def find_nan(what: Tensor | Callable[..., Any], *args: Any, names: Any = None) -> Finding | None:
    """The first operation that made a NaN or an infinity from finite numbers; None if all are finite.

    The values are examined in forward order, then the gradients in backward order. No `.grad` is written and
    nothing is freed.

    Args:
        what: a tensor, or a function that returns one. A function is called, and its lines are recorded.
        args: the arguments of the function.
        names: the names to show, as for `explain`.

    Raises:
        TypeError: `what` is neither a tensor nor a function, or the function returns no tensor.
        RuntimeError: there is no graph, or it was freed.

    >>> from autograd import tensor
    >>> x = tensor([0.0, 1.0], requires_grad=True)
    >>> def loss(x):
    ...     return (x.sqrt() * 2).sum()
    >>> found = find_nan(loss, x, names={"x": x})
    >>> found.phase, found.operation
    ('backward', 'sqrt')
    >>> print(found.text)
    the rule of sqrt, g/(2·out), makes 1 inf of 2 elements of a finite gradient g = [2, 2], with out = [0, 1]
    """
    y, known = called("find_nan", what, args)
    graph = walk(y, known | callers_names() if names is None else names)
    learn_shapes(graph)
    return _forward(graph) or _backward(graph)


def _forward(graph: Graph) -> Finding | None:
    """The first value that is not finite: a leaf or parameter, or the result of an operation on finite arguments.

    An infinite constant, such as a mask, counts only if nothing else explains that the output is not finite.
    """
    held = [entry for entry in graph if entry.primitive is None and not_finite(entry.value)]
    for entry in held:
        if entry.kind != "constant":
            return _held(entry)
    for entry in graph:
        if entry.primitive is None or not not_finite(entry.value):
            continue
        inputs = [parent for _, parent in graph.arguments(entry)]
        if any(not_finite(e.value) for e in inputs):
            continue
        given = ", ".join(f"{reference(e)} = {'(not kept)' if e.value is None else shown(e.value)}" for e in inputs)
        verb = "makes or passes on" if any(e.value is None for e in inputs) else "makes"
        count = " and ".join(not_finite(entry.value))
        return _finding(
            graph,
            "forward",
            entry,
            f"{entry.primitive} {verb} {count} of {np.size(entry.value)} elements, given {given}",
        )
    return _held(held[0]) if held and not_finite(graph.tensor.array) else None


def _held(entry: Entry) -> Finding:
    """A leaf, parameter or constant that is not finite itself."""
    text = f"the {entry.kind} {entry.label} contains {' and '.join(not_finite(entry.value))} from the start"
    return Finding("forward", None, f"{text}: {shown(entry.value)}", None)


def _finding(graph: Graph, phase: str, entry: Entry, text: str) -> Finding:
    """What an operation did, with its line, and with the constants that were not finite before."""
    for constant in graph:
        if constant.kind == "constant" and (bad := not_finite(constant.value)):
            text += f" (the constant {constant.label} contains {' and '.join(bad)})"
    return Finding(phase, entry.primitive, text, entry.line, None if entry.site is None else entry.site.underlined)


def _backward(graph: Graph) -> Finding | None:
    """The first rule with a non-finite result from a finite cotangent."""
    for step in if_long(steps(graph), "backward", len(graph.numbers)):
        entry = graph.entries[step.entry]
        if not_finite(_whole(step.cotangent)):
            text = f"a hook of {entry.label} changes the gradient {shown(step.arrived)} to {shown(step.cotangent)}"
            return _finding(graph, "backward", entry, text)
        for c in step.contributions:
            if c.computed is not None and not_finite(_whole(c.computed)):
                count = " and ".join(not_finite(_whole(c.computed)))
                given = ", ".join(f"{name} = {shown(v)}" for name, v in c.inputs.items() if name != "g" and is_value(v))
                text = (
                    f"the rule of {entry.primitive}, {c.rule}, makes {count} of {np.size(_whole(c.computed))} elements "
                    f"of a finite gradient g = {shown(step.cotangent)}" + (f", with {given}" if given else "")
                )
                return _finding(graph, "backward", entry, text)
            if not_finite(_whole(c.total)):
                name = graph.entries[c.parent].label
                text = f"the gradients for {name} overflow when they are added: {shown(c.total)}"
                return _finding(graph, "backward", entry, text)
    return None


def _whole(g: Any) -> Any:
    """Of the cotangents of several outputs, the first that is not finite; a single cotangent as it is."""
    return next((part for part in g.values() if not_finite(part)), 0.0) if isinstance(g, dict) else g
