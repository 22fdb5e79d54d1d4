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
    """

    phase: str
    operation: str | None
    text: str
    line: str | None

    def __str__(self) -> str:
        if self.line is None and self.operation is not None:
            return (
                f"{self.text}. The line is unknown, because it was not recorded: run the code in `with remember():`, "
                "or call find_nan(function, *args)"
            )
        return self.text + (f"; called at {self.line}" if self.line is not None else "")

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
    """The first operation with a non-finite result from finite arguments; else the first leaf that is not finite."""
    source: Entry | None = None
    for entry in graph:
        if not not_finite(entry.value):
            continue
        if entry.primitive is None:
            source = source or entry
            continue
        inputs = [parent for _, parent in graph.arguments(entry)]
        if any(not_finite(e.value) for e in inputs):
            continue
        given = ", ".join(f"{reference(e)} = {'(not kept)' if e.value is None else shown(e.value)}" for e in inputs)
        verb = "makes or passes on" if any(e.value is None for e in inputs) else "makes"
        count = " and ".join(not_finite(entry.value))
        text = f"{entry.primitive} {verb} {count} of {np.size(entry.value)} elements, given {given}"
        return Finding("forward", entry.primitive, text, entry.line)
    if source is None or not not_finite(graph.tensor.array):
        return None
    count = " and ".join(not_finite(source.value))
    text = f"the {source.kind} {source.label} contains {count} from the start: {shown(source.value)}"
    return Finding("forward", None, text, None)


def _backward(graph: Graph) -> Finding | None:
    """The first rule with a non-finite result from a finite cotangent."""
    for step in if_long(steps(graph), "backward", len(graph.numbers)):
        entry = graph.entries[step.entry]
        if not_finite(_whole(step.cotangent)):
            text = f"a hook of {entry.label} changes the gradient {shown(step.arrived)} to {shown(step.cotangent)}"
            return Finding("backward", entry.primitive, text, entry.line)
        for c in step.contributions:
            if c.computed is not None and not_finite(_whole(c.computed)):
                count = " and ".join(not_finite(_whole(c.computed)))
                given = ", ".join(f"{name} = {shown(v)}" for name, v in c.inputs.items() if name != "g" and is_value(v))
                text = (
                    f"the rule of {entry.primitive}, {c.rule}, makes {count} of {np.size(_whole(c.computed))} elements "
                    f"of a finite gradient g = {shown(step.cotangent)}" + (f", with {given}" if given else "")
                )
                return Finding("backward", entry.primitive, text, entry.line)
            if not_finite(_whole(c.total)):
                name = graph.entries[c.parent].label
                text = f"the gradients for {name} overflow when they are added: {shown(c.total)}"
                return Finding("backward", entry.primitive, text, entry.line)
    return None


def _whole(g: Any) -> Any:
    """Of the cotangents of several outputs, the first that is not finite; a single cotangent as it is."""
    return next((part for part in g.values() if not_finite(part)), 0.0) if isinstance(g, dict) else g
