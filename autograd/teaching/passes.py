"""Passes: both passes of a function or of a recorded graph, written down by the compiler while they run.

While a `Trace` of the compiler is on, the array of a tensor is a Symbol. So the values that `walk` and `steps` find are
symbols, and the trace holds the NumPy statements that computed them: the program that a page runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..compiler.state.tensors import array_in
from ..compiler.symbols import bare
from ..compiler.trace import Trace
from ..core.backward import Cotangents, pass_watchers
from ..core.graph import Leaf, Node, all_nodes
from ..core.hooks import RETAIN
from ..core.operation import array_of, computed, record
from ..core.primitive import Primitive
from ..core.tensor import Tensor, wrap
from .remember import record_of, remember
from .running import tensors_in
from .steps import Step, learn_shapes, steps
from .walk import Entry, Graph, replay_missing, walk


@dataclass
class Passes:
    """A graph and its backward pass.

    Attributes:
        graph: the graph; if it was written down, its values are symbols.
        backward: the steps of the backward pass.
        trace: what the compiler wrote down; None if it could not.
        obstacle: why the passes cannot be computed with other values; "" if they can.
    """

    graph: Graph
    backward: list[Step]
    trace: Trace | None = None
    obstacle: str = ""


def passes_of_function(function: Callable[..., Any], args: Sequence[Any], names: Any, gradient: Any) -> Passes:
    """Call a function, and look at the graph of the first tensor that it returns.

    A function that calls `backward()` itself, such as a training step, frees that graph: then it is the graph of its
    last backward pass. Everything that the function wrote in place, its gradients and the random generators are put
    back afterwards.

    Raises:
        RuntimeError: nothing that it returns or differentiates has a graph.
    """
    found: list[Passes] = []

    def look(root: Tensor) -> None:
        found.append(_looked(root, names, gradient, trace))

    def begins(cotangents: Cotangents, needed: Any) -> None:
        """Look at the graph of a backward pass from one tensor to all leaves, which frees it."""
        (root, *others), g = cotangents, next(iter(cotangents.values()))
        recorded = record_of(root)
        frees_all = not others and needed is None and not isinstance(g, Tensor)
        if frees_all and isinstance(root, Node) and recorded is not None:
            look(wrap(recorded.value, root))

    trace = Trace()
    try:
        with trace:
            pass_watchers.append(begins)
            try:
                with remember():
                    returned = function(*args)
            finally:
                pass_watchers.remove(begins)
            for tensor in tensors_in(returned):
                if _is_whole(tensor) or not found:
                    look(tensor)
                    break
    finally:
        trace.undo()
    if not found:
        raise RuntimeError(f"{function!r:.60} returned no tensor, and called no backward()")
    passes = found[-1]
    passes.obstacle = trace.refused or ""
    if trace.refused and trace.optimizers.stepped:
        passes.obstacle += "; an optimizer makes its state in its first step: call the step once before stepper()"
    return passes


def _looked(root: Tensor, names: Any, gradient: Any, trace: Trace) -> Passes:
    graph = walk(root, names)
    for entry, node in zip(graph, graph.nodes):
        if isinstance(node, Leaf) and entry.value is None and node.variable is not None:
            entry.value, entry.origin = node.variable.array, "tensor"
    backward = list(steps(graph, gradient))
    replay_missing(graph)
    return Passes(graph, backward, trace)


def _is_whole(tensor: Tensor) -> bool:
    """Whether a tensor has a graph that was not freed."""
    nodes = all_nodes([tensor.node])
    return bool(nodes) and all(isinstance(node, Leaf) or node.saved is not None for node in nodes)


def passes_of_tensor(tensor: Tensor, names: Any, gradient: Any) -> Passes:
    """The recorded graph of a tensor, computed again if all arguments of its operations are known."""
    known = walk(tensor, names)
    learn_shapes(known)
    trace = Trace()
    obstacle = ""
    try:
        with trace:
            try:
                passes = _looked(_replayed(known, trace), names, gradient, trace)
                same = [e.primitive for e in passes.graph] == [e.primitive for e in known]
                if trace.refused is None and same:
                    for entry, before in zip(passes.graph, known):
                        entry.name, entry.site, entry.modules = before.name, before.site, before.modules
                    return passes
                obstacle = "one of its operations cannot be followed when it is called by itself"
            except _NotKnown as reason:
                obstacle = str(reason)
    finally:
        trace.undo()
    backward = list(steps(known, gradient))
    replay_missing(known)  # with the shapes that the steps have told
    return Passes(known, backward, None, f"{obstacle} (give stepper() the function that computes it)")


class _NotKnown(Exception):
    """A recorded operation cannot be called again; the message says why."""


def _replayed(graph: Graph, trace: Trace) -> Tensor:
    """Call every recorded operation again, under `remember`: a tensor with a new graph from the same leaves."""
    made: dict[int, Any] = {}
    for entry, node in zip(graph, graph.nodes):
        if isinstance(node, Node) and any(hook is not RETAIN for hook in node.hooks or ()):
            raise _NotKnown(f"{entry.label} has a hook")
    with remember():
        for entry, node in zip(graph, graph.nodes):
            if isinstance(node, Leaf):
                if entry.value is None and node.variable is None:
                    raise _NotKnown(f"the value of {entry.label} was not kept")
                made[entry.number] = wrap(entry.value if node.variable is None else array_in(node.variable), node)
            elif node is None:
                value = entry.value
                made[entry.number] = trace.record.symbol(value) if isinstance(value, np.ndarray) else value
            else:
                made[entry.number] = _called_again(entry, node, made)
    result: Tensor = made[graph.output]
    if not np.array_equal(bare(result.array), array_in(graph.tensor), equal_nan=True):
        raise _NotKnown("its operations give other values when they are called again")
    return result


def _called_again(entry: Entry, node: Node, made: dict[int, Any]) -> Tensor:
    primitive, remembered = node.primitive, record_of(node)
    if not isinstance(primitive, Primitive) or not primitive.parameters:
        raise _NotKnown(f"{entry.label} is the result of {primitive.name}, which can be called in a function only")
    known = {**entry.saved, "shape": entry.shape, **({} if remembered is None else remembered.arguments)}
    known |= {name: made[parent] for name, parent in zip(entry.parameters, entry.parents) if parent is not None}
    if "xs" in primitive.rules:
        known["xs"] = [known.get(f"xs[{i}]") for i in range(len(node.parents))]
    args = [known.get(name) for name in primitive.parameters]
    for name, arg in zip(primitive.parameters, args):
        missing = arg is None and (remembered is None or name in primitive.rules and name in entry.parameters)
        if missing and not (name in primitive.saves and name not in primitive.rules):
            raise _NotKnown(f"the argument {name!r} of {primitive.name} was not kept")
    if "xs" in primitive.rules:
        result = primitive.function(*args)
    else:
        args = [list(arg) if isinstance(arg, list) else arg for arg in args]  # which the forward may fill
        result = _recorded(primitive, args, node)
    if result.node is None:
        raise _NotKnown(f"{entry.label} has no gradient when it is computed again")
    return result


def _recorded(primitive: Primitive, args: list[Any], node: Node) -> Tensor:
    """Call a forward, and record it as the node was."""
    arrays = [array_of(arg) for arg in args]
    out = computed(primitive.forward, *arrays)
    undo = node.undo
    return record(primitive, args, out, arrays, undo is not None and undo.shapes is not None, undo is not None)
