"""The backward pass: one walk over the graph from outputs to sources, the youngest node first.

`Tensor.backward`, `autograd.grad` and the tape all call `pull_back`. It keeps the cotangents in a table of its own and
returns those of the sources; only its callers write `.grad`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from typing import Any, TypeAlias

import numpy as np

from ..base.parts import LARGE
from . import writes
from .broadcasting import sum_to
from .grad_mode import reset_recording, set_recording
from .graph import Leaf, Node, Undo, all_nodes
from .hooks import RETAIN, observed
from .large import Run, next_run
from .primitive import BoundRule
from .saved_values import check_versions, freed
from .tensor import Tensor, wrap

#: For each node the cotangent of its output: an array, or a Tensor where the gradient needs a graph of its own.
Cotangents: TypeAlias = dict[Node | Leaf, Any]

#: Called at the start of every backward pass with its first cotangents and the nodes that it needs (None: all).
pass_watchers: list[Callable[[Cotangents, set[Node | Leaf] | None], None]] = []


def pull_back(
    cotangents: Cotangents,
    sources: Iterable[Node | Leaf] | None,
    create_graph: bool,
    keep_graph: bool,
    within: Callable[[Node], bool] | None = None,
    arrived: Callable[[Leaf, Any], None] | None = None,
) -> Cotangents:
    """The vector-Jacobian product of a graph: the cotangents of the sources, given those of the outputs.

    The walk visits only nodes that lead to a source. A node is younger than its parents, so every node that uses the
    output of the youngest node in the heap has been visited: the cotangent of that output is complete.

    Args:
        cotangents: for the node of each output its cotangent; Tensors if `create_graph`.
        sources: the nodes and leaves whose cotangents are wanted; None for every leaf.
        create_graph: whether to record the gradients as they are computed.
        keep_graph: whether to keep the saved values for another backward pass.
        within: whether the walk may pass a node (a tape confines it to what it recorded); None for all.
        arrived: called with each source that is a leaf and its cotangent, which is then left out of the result. If
            functions of the user run during the pass, it is called as soon as the cotangent is complete.

    Returns:
        The cotangent of each source that was reached, and of each node that retains its gradient.

    Raises:
        RuntimeError: a node's saved values were freed, or overwritten in place.
    """
    wanted = None if sources is None else set(sources)
    needed = None if wanted is None else _leading_to(wanted, cotangents, within)
    for watch in pass_watchers:
        watch(cotangents, needed)
    pending = _uses_of_leaves(cotangents, needed) if observed else None
    table = dict(cotangents)
    sums: set[Node | Leaf] = set()  # the nodes whose cotangent is a sum made here, which nothing else refers to
    found: Cotangents = {}
    last_write, array = writes.last_write, np.ndarray
    before = set_recording(create_graph)
    try:
        for output in () if needed is None else cotangents.keys() - needed:
            g = table.pop(output)  # no source leads to this output: only its hooks are called
            if output.hooks is not None:
                run_hooks(output, g, found)
        heap = [(node.age, node) for node in table if isinstance(node, Node)]
        heapify(heap)
        run: Run | None = None  # the large elementwise nodes that were visited last
        while heap:
            node = heappop(heap)[1]
            g = table.pop(node)
            if run is not None or type(g) is array and g.nbytes >= LARGE:
                run, g = next_run(run, node, g, table, sums, wanted)
            before_hooks = g
            if node.hooks is not None:
                g = run_hooks(node, g, found)
            if wanted is not None and node in wanted:
                goes_on = not needed.isdisjoint(node.parents)  # type: ignore[union-attr]  # as wanted is
                goes_on = goes_on and (within is None or within(node))
                # `grad` returns the cotangent before the hooks, unless the walk ends here: as PyTorch's does.
                found[node] = before_hooks if goes_on and arrived is None else g
                if not goes_on:
                    continue
            primitive, saved = node.primitive, node.saved
            if saved is None:
                raise RuntimeError(freed(node, g))
            if last_write.age < node.age:  # something was written after this node was made
                check_versions(node)
            if create_graph:
                saved = saved_as_tensors(node, saved) if saved else saved
            elif saved and not keep_graph and (primitive.saves_values or primitive.saves and _holds_arrays(saved)):
                node.saved = None  # a node that keeps only shapes and options can be walked again, as in PyTorch
            many, vjps = node.many, primitive.vjps
            parents = (node.x, node.y) if many is None else many
            if node.undo is not None:
                vjps = undoing(node.undo, vjps)
            if type(vjps) is not tuple:
                vjps = [vjp for _, vjp in zip(parents, vjps)]
            if run is not None:
                run.take(node, g, saved, needed, table, heap)
                parents = ()
            i = -1
            for parent in parents:  # a fifth of the walk would go into zip
                i += 1
                if parent is not None and (needed is None or parent in needed):
                    gx = vjps[i](g, saved)
                    if gx is None:
                        continue
                    so_far = table.get(parent)
                    if so_far is None:
                        table[parent] = gx
                        if type(parent) is Node or isinstance(parent, Node):
                            heappush(heap, (parent.age, parent))
                    elif type(gx) is type(so_far) is array and parent in sums and gx.dtype is so_far.dtype:
                        so_far += gx
                    else:
                        table[parent] = so_far + gx
                        if type(gx) is array:
                            sums.add(parent)
            if pending is not None:
                for parent in node.parents:
                    if parent in pending:
                        pending[parent] -= 1
                        if not pending[parent] and parent in table:
                            if run is not None:
                                run.end(table, sums)
                                run = None
                            _finish(parent, table.pop(parent), found, arrived)
        if run is not None:
            run.end(table, sums)
        for leaf, g in table.items():  # every node has been popped
            if leaf.hooks is None and arrived is None:
                found[leaf] = g
            else:
                _finish(leaf, g, found, arrived)
    finally:
        reset_recording(before)
    return found


def _finish(leaf: Any, g: Any, found: Cotangents, arrived: Callable[[Leaf, Any], None] | None) -> None:
    """Pass on the cotangent of a leaf, which is complete."""
    if leaf.hooks is not None:
        g = run_hooks(leaf, g, found)
    if arrived is None:
        found[leaf] = g
    else:
        arrived(leaf, g)


def _uses_of_leaves(outputs: Iterable[Node | Leaf], needed: set[Node | Leaf] | None) -> dict[Node | Leaf | None, int]:
    """How many cotangents the walk adds up for each leaf."""
    uses: dict[Node | Leaf | None, int] = {}
    for node in all_nodes(outputs):
        if isinstance(node, Node) and (needed is None or node in needed):
            for parent in node.parents:
                if isinstance(parent, Leaf) and (needed is None or parent in needed):
                    uses[parent] = uses.get(parent, 0) + 1
    return uses


def _leading_to(
    wanted: set[Node | Leaf], outputs: Iterable[Node | Leaf], within: Callable[[Node], bool] | None
) -> set[Node | Leaf]:
    """The nodes that the outputs depend on and that depend on a wanted node, the wanted ones included."""
    needed = set(wanted)
    for node in all_nodes(outputs):
        if isinstance(node, Node):
            parents = (node.x, node.y) if node.many is None else node.many
            if not needed.isdisjoint(parents) and (within is None or within(node)):
                needed.add(node)
    return needed


def _holds_arrays(saved: Sequence[Any]) -> bool:
    """Whether any saved value is an array, such as an index: shapes and dims need not be freed."""
    return any(isinstance(v, np.ndarray) or (isinstance(v, (tuple, list)) and _holds_arrays(v)) for v in saved)


def undoing(undo: Undo, vjps: Iterable[BoundRule]) -> Iterator[BoundRule]:
    """The rules of a node, each followed by what undoes conjugation and broadcasting."""
    for i, vjp in enumerate(vjps):

        def undone(g: Any, saved: Any, vjp: BoundRule = vjp, i: int = i) -> Any:
            gx = vjp(g.conj(), saved).conj() if undo.conjugate else vjp(g, saved)
            return gx if undo.shapes is None or undo.shapes[i] is None else sum_to(gx, undo.shapes[i])

        yield undone


def saved_as_tensors(node: Node, saved: tuple[Any, ...]) -> tuple[Any, ...]:
    """The saved values as Tensors with their own nodes, so that the rules record what they compute from them."""
    parents = (node.x, node.y) if node.many is None else node.many
    places: dict[str, Node | Leaf | None] = dict(zip(node.primitive.rules, parents))
    places["out"] = node
    tensors = []
    for name, value in zip(node.primitive.saves, saved):
        is_input = name in places and isinstance(value, (np.ndarray, np.generic))
        tensors.append(wrap(value, places[name]) if is_input else value)
    return tuple(tensors)


def run_hooks(node: Node | Leaf, g: Any, found: Cotangents) -> Any:
    """Call the hooks of a node with its cotangent; each may return another one, or change it in place."""
    assert node.hooks is not None
    retains = False
    for hook in list(node.hooks):
        if hook is RETAIN:
            retains = True
            continue
        given = g if isinstance(g, Tensor) else wrap(g)
        returned = hook(given)
        if returned is None:
            returned = given  # the hook may have written it in place
        elif not isinstance(returned, Tensor):
            raise TypeError(f"expected Variable, but hook returned {type(returned).__name__!r}")
        elif returned.array.shape != given.array.shape or returned.array.dtype != given.array.dtype:
            raise RuntimeError(
                f"hook {getattr(hook, '__name__', repr(hook))!r} has changed the size or the type of value: it got "
                f"shape {given.array.shape} of {given.dtype} and returned {returned.array.shape} of {returned.dtype}"
            )
        g = returned if isinstance(g, Tensor) else returned.array
    if retains:
        found[node] = g
    return g
