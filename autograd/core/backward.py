"""The backward pass: one walk from outputs to sources, youngest node first.

`backward()`, `grad` and the tape are thin over `pull_back`, a pure function: gradients live in a
table of its own while it walks, and nothing is written to a leaf before it has finished.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from typing import Any, TypeAlias

import numpy as np

from ..base.dtypes import Array
from . import aliasing
from .broadcasting import sum_to
from .graph import Leaf, Node, all_nodes, enable_grad, no_grad
from .primitive import BoundRule, Undo, array_of
from .tensor import RETAIN, Tensor, wrap

#: What a node's cotangents are kept under: an array, or a Tensor where the gradient needs a graph too.
Cotangents: TypeAlias = dict[Node | Leaf, Any]


def pull_back(
    cotangents: Cotangents,
    sources: Iterable[Node | Leaf] | None,
    create_graph: bool,
    keep_graph: bool,
    within: Callable[[Node], bool] | None = None,
) -> Cotangents:
    """The gradients of the outputs at the sources.

    Walks only nodes that lead to a source. A node is younger than its parents, so when the youngest
    of the pending nodes is taken from the heap, all that its output was used for has been served: its
    cotangent is complete.

    Args:
        cotangents: for the node of each output its cotangent; Tensors if `create_graph`.
        sources: where gradients are wanted; None for every leaf.
        create_graph: whether the gradients are recorded as they are computed.
        keep_graph: whether the saved values stay, for another backward pass.
        within: which nodes the walk may pass; None for all.

    Returns:
        The cotangent of each source that was reached, and of nodes that retain their gradient.

    Raises:
        RuntimeError: a node's saved values were freed, or overwritten in place.
    """
    wanted = None if sources is None else set(sources)
    needed = None if wanted is None else _leading_to(wanted, cotangents, within)
    table = dict(cotangents)
    found: Cotangents = {}
    heap = [(node.age, node) for node in table if isinstance(node, Node)]
    heapify(heap)
    latest = aliasing.latest
    with enable_grad() if create_graph else no_grad():
        while heap:
            node = heappop(heap)[1]
            g = table.pop(node)
            if node.hooks is not None:
                g = _run_hooks(node, g, found)
            if wanted is not None and node in wanted:
                found[node] = g
                if not any(parent in needed for parent in node.parents):  # type: ignore[operator]  # a set, as wanted is
                    continue
                if within is not None and not within(node):
                    continue
            primitive, saved = node.primitive, node.saved
            if saved is None:
                raise RuntimeError(_freed(node, g))
            if latest.write < node.age:
                _check_versions(node)
            if create_graph:
                saved = _as_tensors(node, saved)
            elif saved and not keep_graph and (primitive.saves_values or _holds_arrays(saved)):
                node.saved = None
            vjps = primitive.vjps if node.undo is None else _undoing(node.undo, primitive.vjps)
            for parent, vjp in zip(node.parents, vjps):
                if parent is not None and (needed is None or parent in needed):
                    gx = vjp(g, saved)
                    if gx is None:
                        continue
                    if parent in table:
                        table[parent] = table[parent] + gx
                    else:
                        table[parent] = gx
                        if type(parent) is Node:
                            heappush(heap, (parent.age, parent))
        for leaf, g in table.items():
            if wanted is None or leaf in wanted:
                found[leaf] = g if leaf.hooks is None else _run_hooks(leaf, g, found)
    return found


def _leading_to(
    wanted: set[Node | Leaf], outputs: Iterable[Node | Leaf], within: Callable[[Node], bool] | None
) -> set[Node | Leaf]:
    """The nodes behind `outputs` from which a wanted node can be reached, the wanted ones included."""
    needed = set(wanted)
    for node in all_nodes(outputs):
        leads = isinstance(node, Node) and any(parent in needed for parent in node.parents)
        if leads and (within is None or within(node)):  # type: ignore[arg-type]  # a leaf leads nowhere
            needed.add(node)
    return needed


def _holds_arrays(saved: tuple[Any, ...]) -> bool:
    """Whether there are arrays among the saved values, such as indices: shapes and dims need not be freed."""
    return any(isinstance(v, np.ndarray) or (isinstance(v, tuple) and _holds_arrays(v)) for v in saved)


def _undoing(undo: Undo, vjps: Iterable[BoundRule]) -> Iterator[BoundRule]:
    """The rules, each followed by the undoing of conjugation and broadcasting."""
    for i, vjp in enumerate(vjps):

        def undone(g: Any, saved: Any, vjp: BoundRule = vjp, i: int = i) -> Any:
            gx = vjp(g.conj(), saved).conj() if undo.conjugate else vjp(g, saved)
            return gx if undo.shapes is None or undo.shapes[i] is None else sum_to(gx, undo.shapes[i])

        yield undone


def _as_tensors(node: Node, saved: tuple[Any, ...]) -> tuple[Any, ...]:
    """The saved values as Tensors at their own places in the graph, so that rules record what they compute."""
    primitive = node.primitive
    places: dict[str, Node | Leaf | None] = {**dict(zip(primitive.rules, node.parents)), "out": node}
    return tuple(
        wrap(value, places[name]) if name in places and isinstance(value, (np.ndarray, np.generic)) else value
        for name, value in zip(primitive.saves, saved)
    )


def _run_hooks(node: Node | Leaf, g: Any, found: Cotangents) -> Any:
    """The cotangent after the node's hooks: each may return another in its place."""
    assert node.hooks is not None
    retains = False
    for hook in list(node.hooks):
        if hook is RETAIN:
            retains = True
            continue
        given = g if isinstance(g, Tensor) else wrap(g)
        returned = hook(given)
        if returned is None:
            returned = given  # which it may have written in place
        elif not isinstance(returned, Tensor):
            raise TypeError(f"expected Variable, but hook returned {type(returned).__name__!r}")
        elif returned.array.shape != given.array.shape or returned.array.dtype != given.array.dtype:
            raise RuntimeError(
                f"hook {getattr(hook, '__name__', repr(hook))!r} has changed the size or the type of value: it was "
                f"handed shape {given.array.shape} of {given.dtype}, and returned {returned.array.shape} of "
                f"{returned.dtype}"
            )
        g = returned if isinstance(g, Tensor) else returned.array
    if retains:
        found[node] = g
    return g


def _freed(node: Node, g: Any) -> str:
    return (
        "Trying to backward through the graph a second time: the values that were saved to make the tensor of shape "
        f"{array_of(g).shape} with grad_fn=<{node.name()}> were freed by the first backward. If a tensor of an earlier "
        "step is used again (a state, a running loss), cut it off with detach(); if you mean to go through the same "
        "graph twice, call the first backward with retain_graph=True"
    )


def _check_versions(node: Node) -> None:
    """Raise if a value that the node's rules need was overwritten after it was saved."""
    assert node.saved is not None
    for name, value in zip(node.primitive.saves, node.saved):
        for array in value if isinstance(value, tuple) else (value,):
            if aliasing.written_since(array, node.age):
                raise RuntimeError(
                    "one of the variables needed for gradient computation has been modified by an inplace operation: "
                    f"{node.primitive.name} saved its {'output' if name == 'out' else f'argument {name}'} of shape "
                    f"{array.shape} at version {aliasing.version_at(array, node.age)}, but it is at version "
                    f"{aliasing.version(array)} now. "
                    "Compute a new tensor (x = x + 1) where it was written in place (x += 1), or clone() it first"
                )


# -- what users call --------------------------------------------------------------------------------


def _accumulate(found: Cotangents, given: Iterable[Any]) -> None:
    """Add each gradient to what its node holds; arrays that others show, as who gave them does, are copied."""
    taken = {id(array_of(g)) for g in given}
    for node, g in found.items():
        before = getattr(node, "grad", None)
        if isinstance(g, Tensor):
            node.grad = g if before is None else before + g
        elif before is None:
            node.grad = wrap(_own(g, taken))
        else:
            _add_into(before, g)
    for node in found:  # a hook that raises finds every gradient written
        if isinstance(node, Leaf) and node.after is not None:
            for hook in list(node.after):
                hook()


def _own(g: Array, taken: set[int]) -> Array:
    """`g`, or a copy if it is a view or is given out already: no two gradients share memory."""
    if isinstance(g, np.ndarray):
        if g.base is not None or id(g) in taken:
            g = g.copy()
        taken.add(id(g))
    return g


def _add_into(grad: Tensor, g: Array) -> None:
    """Add to a gradient that is there already: in place, so that who holds it sees the sum."""
    if grad.node is None and isinstance(grad.array, np.ndarray):
        aliasing.write(grad)[...] += g
    elif grad.node is None:
        grad.array = grad.array + g
    else:
        grad.array, grad.node = grad.array + g, None


def _node_of(tensor: Tensor) -> Node | Leaf:
    if tensor.node is None:
        raise RuntimeError(
            "element 0 of tensors does not require grad and does not have a grad_fn: the tensor "
            f"(shape {tensor.array.shape}) was not computed from anything with requires_grad=True, or under "
            "no_grad(), or it was detached; set requires_grad=True on the inputs and compute it again"
        )
    return tensor.node


def _cotangent(tensor: Tensor, gradient: Tensor | None, create_graph: bool) -> Any:
    """The cotangent to begin with: ones for a scalar, or the gradient given, checked."""
    array = tensor.array
    if gradient is None:
        if array.size != 1:
            raise RuntimeError(
                "grad can be implicitly created only for scalar outputs: this tensor has shape "
                f"{array.shape}; reduce it to a scalar, such as with sum(), or pass gradient= of its shape"
            )
        if array.dtype.kind == "c":
            raise RuntimeError(
                "grad can be implicitly created only for real scalar outputs but got "
                f"{tensor.dtype}: pass gradient=, or take the real part or abs() first"
            )
        g = np.ones(array.shape, array.dtype) if array.ndim else array.dtype.type(1)
        return wrap(g) if create_graph else g
    if not isinstance(gradient, Tensor):
        raise TypeError(f"gradient must be a Tensor or None, but got {type(gradient).__name__}: wrap it in tensor(...)")
    if gradient.array.shape != array.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[0] has a shape of {gradient.array.shape} and output[0] has a shape of "
            f"{array.shape}: pass a gradient of the output's shape"
        )
    if gradient.array.dtype != array.dtype:
        raise RuntimeError(
            f"Mismatch in dtype: grad_output[0] has dtype {gradient.dtype} and output[0] has dtype {tensor.dtype}: "
            "convert the gradient with .to(output.dtype)"
        )
    return gradient if create_graph else gradient.array


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of the sum of `outputs` with respect to `inputs`, returned and not accumulated.

    Args:
        outputs, inputs: Tensors or sequences of them; inputs may be intermediate values.
        grad_outputs: the cotangents of the outputs; ones for scalars.
        retain_graph: keep the saved values (default: `create_graph`).
        create_graph: record the gradients, for derivatives of higher order.
        only_inputs: accepted; only the inputs get gradients.
        allow_unused: give None for an input that the outputs do not reach.
        is_grads_batched: the cotangents have one dim more, the first, and so have the gradients: a pass for each.
        materialize_grads: give zeros for an input that the outputs do not reach.

    Raises:
        RuntimeError: as `backward`, for an unused input unless it is allowed, and for no inputs.

    >>> from autograd import tensor
    >>> x = tensor(3.0, requires_grad=True)
    >>> (dx,) = grad(x**3, x, create_graph=True)
    >>> grad(dx, x)
    (tensor(18.),)
    """
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got: False")
    outs = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    ins = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    if not ins:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    seeds: list[Tensor | None] = (
        [None] * len(outs)
        if grad_outputs is None
        else [grad_outputs] if isinstance(grad_outputs, Tensor) else list(grad_outputs)
    )  # fmt: skip
    if len(seeds) != len(outs):
        raise RuntimeError(f"got {len(outs)} tensors and {len(seeds)} gradients: pass one gradient for each output")
    if is_grads_batched:
        keep = create_graph if retain_graph is None else retain_graph
        return _batch_of_grads(outs, ins, seeds, keep, create_graph, bool(allow_unused), materialize_grads)
    cotangents: Cotangents = {}
    for out, seed in zip(outs, seeds):
        node, g = _node_of(out), _cotangent(out, seed, create_graph)
        cotangents[node] = cotangents[node] + g if node in cotangents else g
    for t in ins:
        if t.node is None:
            raise RuntimeError(
                f"One of the differentiated Tensors does not require grad: shape {t.array.shape}; "
                "set requires_grad=True on it before it is used"
            )
    keep = create_graph if retain_graph is None else retain_graph
    sources = [t.node for t in ins if t.node is not None]
    found = pull_back(cotangents, sources, create_graph, keep)
    unused_is_fine = allow_unused or materialize_grads
    results: list[Tensor | None] = []
    taken = {id(array_of(g)) for g in cotangents.values()}
    for i, t in enumerate(ins):
        g = found.get(t.node)  # type: ignore[arg-type]  # checked above
        if g is None and not unused_is_fine:
            raise RuntimeError(
                f"The differentiated Tensor at index {i} appears to not have been used in the graph: its shape is "
                f"{t.array.shape}. Set allow_unused=True if this is the desired behavior: it gives None"
            )
        if g is None:
            results.append(wrap(np.zeros(t.array.shape, t.array.dtype)) if materialize_grads else None)
        elif isinstance(g, Tensor):
            results.append(g)
        else:
            results.append(wrap(_own(g, taken)))
    return tuple(results)


def _batch_of_grads(
    outs: list[Tensor],
    ins: list[Tensor],
    seeds: list[Tensor | None],
    keep: bool,
    create_graph: bool,
    allow_unused: bool,
    materialize: bool,
) -> tuple[Tensor | None, ...]:
    """The gradients for each slice of the cotangents, stacked."""
    from ..ops.shape.joining import stack

    given = [seed for seed in seeds if seed is not None]
    counts = {len(seed) for seed in given}
    if any(seed is None for seed in seeds) or len(counts) != 1:
        raise RuntimeError("is_grads_batched=True: expected a cotangent for each output, all with the same first dim")
    (count,) = counts
    if not count:
        raise RuntimeError("is_grads_batched=True: expected at least one cotangent in the batch, but got none")
    rows = [
        grad(
            outs,
            ins,
            [seed[i] for seed in given],
            retain_graph=keep or i + 1 < count,
            create_graph=create_graph,
            allow_unused=allow_unused,
            materialize_grads=materialize,
        )
        for i in range(count)
    ]
    return tuple(first if first is None else stack([first, *others]) for first, *others in zip(*rows))
