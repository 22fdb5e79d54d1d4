"""Steps: the backward pass one node at a time, by the engine's own rules, without writing any `.grad`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

import numpy as np

from ..core import backward, saved_values
from ..core.broadcasting import sum_to
from ..core.grad_mode import no_grad
from ..core.graph import Leaf, Node
from ..core.primitive import needs
from ..core.tensor import Tensor
from ..transforms import gradients
from ..transforms.function import OutputCotangents
from .progress import if_long
from .symbols import expression_of, rule_of
from .walk import Entry, Graph, dtype_name, replay_missing


@dataclass
class Contribution:
    """The cotangent that one rule sends to one parent.

    Attributes:
        parent: the parent's number.
        parameter: the operation's parameter that the parent was passed as.
        rule: the rule as a formula: `g·y`.
        inputs: the values that the rule uses: `g`, and the saved values.
        computed: what the rule returned, before broadcasting is undone; None for no gradient.
        undone: the shape that a broadcast value is summed back to; None if it was not broadcast.
        value: the cotangent that is sent to the parent.
        before: the sum of what the parent received before; None if this is the first.
        total: the sum with this contribution.
        conjugated: whether the rule was given the conjugate of `g` and its result conjugated, as for complex numbers.
    """

    parent: int
    parameter: str
    rule: str
    inputs: dict[str, Any]
    computed: Any
    undone: tuple[int, ...] | None
    value: Any
    before: Any
    total: Any
    conjugated: bool = False


@dataclass
class Step:
    """The step at one node, when its cotangent is complete: its rules send a cotangent to each parent.

    Attributes:
        entry: the node's number.
        expression: the operation as a formula: `x·y`.
        arrived: the cotangent before the node's hooks.
        cotangent: the cotangent after the node's hooks.
        contributions: one for each parent that needs a gradient, in order; empty for a leaf.
    """

    entry: int
    expression: str
    arrived: Any
    cotangent: Any
    contributions: list[Contribution]


def steps(graph: Graph, gradient: Tensor | None = None) -> Iterator[Step]:
    """The backward pass of the graph's tensor, step by step; the leaves come last.

    The order and the arithmetic are those of `backward()`, with the same result to the last bit.
    Hooks are called, as in `backward()`; `.grad` is not written, and nothing is freed. An entry whose value
    is unknown gets its shape from the cotangent.

    Args:
        graph: the result of `walk`.
        gradient: the initial cotangent; ones by default, for any shape.

    Raises:
        RuntimeError: a value that a rule needs was overwritten in place, or `gradient` has the wrong shape.

    >>> from autograd import tensor
    >>> from .walk import walk
    >>> x = tensor(3.0, requires_grad=True)
    >>> for step in steps(walk(x * x, {"x": x})):
    ...     for c in step.contributions:
    ...         print(c.parameter, c.rule, c.value, c.total)
    x g·y 3.0 3.0
    y g·x 3.0 6.0
    """
    if not isinstance(graph, Graph):
        raise TypeError(f"steps: graph must be the result of walk(tensor), not {type(graph).__name__}")
    return _pass(graph, gradient, lambda node, g: g if node.hooks is None else backward.run_hooks(node, g, {}))


def learn_shapes(graph: Graph) -> None:
    """Find the unknown shapes of entries, by a backward pass that calls no hooks."""
    if any(entry.shape is None for entry in graph):
        for _ in if_long(_pass(graph, None, lambda node, g: g), "shapes", len(graph.numbers)):
            pass
        replay_missing(graph)


def _pass(graph: Graph, gradient: Tensor | None, hooked: Callable[[Node | Leaf, Any], Any]) -> Iterator[Step]:
    """The backward pass; `hooked(node, cotangent)` applies the hooks of a node."""
    tensor = graph.tensor
    array = tensor.array
    if gradient is not None:
        start = gradients.initial_cotangent(tensor, gradient, False)
    else:
        start = np.ones(array.shape, array.dtype) if array.ndim else array.dtype.type(1)
    root = graph.nodes[graph.output]
    assert root is not None
    table: dict[Node | Leaf, Any] = {root: start}
    heap = [(root.age, root)] if isinstance(root, Node) else []
    while heap:
        node = heappop(heap)[1]
        with no_grad():
            step = _step(graph, node, table, hooked)
        for c in step.contributions:
            parent = graph.nodes[c.parent]
            assert parent is not None
            if c.computed is not None and c.before is None and isinstance(parent, Node):
                heappush(heap, (parent.age, parent))
        yield step
    for leaf in sorted(table, key=lambda leaf: graph.numbers[leaf]):
        arrived = table[leaf]
        with no_grad():
            g = hooked(leaf, arrived)
        _note_shape(graph.entries[graph.numbers[leaf]], g)
        yield Step(graph.numbers[leaf], "", arrived, g, [])


def _step(graph: Graph, node: Node, table: dict[Node | Leaf, Any], hooked: Callable[[Node | Leaf, Any], Any]) -> Step:
    """Send the cotangent of one node to its parents, in `table`."""
    arrived = table.pop(node)
    g = hooked(node, arrived)
    saved_values.check_versions(node)
    saved, primitive, undo = node.saved, node.primitive, node.undo
    number = graph.numbers[node]
    entry = graph.entries[number]
    contributions = []
    for i, (parent, vjp) in enumerate(zip(node.parents, primitive.vjps)):
        if parent is None:
            continue
        conjugated = undo is not None and undo.conjugate
        computed = vjp(g.conj(), saved).conj() if conjugated else vjp(g, saved)
        shape = None if undo is None or undo.shapes is None else undo.shapes[i]
        value = computed if computed is None or shape is None else sum_to(computed, shape)
        before = table.get(parent)
        total = before
        if value is not None:
            total = table[parent] = value if before is None else before + value
        parameter = entry.parameters[i]
        contributions.append(
            Contribution(
                parent=graph.numbers[parent],
                parameter=parameter,
                rule=rule_of(primitive, parameter),
                inputs=_inputs(primitive, parameter, g, entry),
                computed=_plain(computed),
                undone=shape,
                value=_plain(value),
                before=_plain(before),
                total=_plain(total),
                conjugated=conjugated,
            )
        )
    _note_shape(entry, g)
    return Step(number, expression_of(primitive), _plain(arrived), _plain(g), contributions)


def _inputs(primitive: Any, parameter: str, g: Any, entry: Entry) -> dict[str, Any]:
    """The cotangent and the saved values that the rule for a parameter uses."""
    rule = primitive.rules.get(parameter.partition("[")[0])
    names = entry.saved if rule is None else needs(rule)
    return {"g": _plain(g)} | {name: entry.saved[name] for name in names if name in entry.saved}


def _note_shape(entry: Entry, g: Any) -> None:
    """Take the shape and dtype of an unknown value from its cotangent."""
    if entry.shape is None and isinstance(g, (np.ndarray, np.generic)):
        entry.shape, entry.dtype = g.shape, dtype_name(g)


def _plain(g: Any) -> Any:
    """A cotangent as an array; for a call with several outputs, a dict from an output's index to its cotangent."""
    return g.by_index if isinstance(g, OutputCotangents) else g
