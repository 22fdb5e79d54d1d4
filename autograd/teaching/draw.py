"""Draw: the picture of a tensor's graph, or of what a module computes."""

from __future__ import annotations

import inspect
from typing import Any

from ..core.graph import Leaf, Node, all_nodes
from ..core.tensor import Tensor
from .folding import fold
from .picture import Picture
from .remember import memory_of
from .running import run, tensors_in
from .steps import learn_shapes
from .walk import callers_names, is_module, root_of, walk

#: More boxes than this make no picture that anyone could read.
LIMIT = 600


def draw(what: Any, *inputs: Any, names: Any = None, depth: int | None = 1) -> Picture:
    """The picture of a tensor's graph; with a module and its inputs that of the module's forward pass.

    Leaves, parameters, constants, operations and modules differ in shape; the arrows say the shape of
    the value. The operations of a module's call are one box, as far as modules are known: in
    `draw(module, input)`, and for a tensor computed under `remember(module)`.

        draw(model, x).save("model.svg")
        draw(loss, depth=None)

    Args:
        what: a tensor that requires grad, or a module.
        inputs: what the module is called with.
        names: what values are called, as for `explain`.
        depth: how many levels of modules are opened: 0 draws the model as one box, 1 a box for each
            module in it, and so on; None opens all, down to the primitives.

    Raises:
        TypeError: `what` is neither, inputs were given with a tensor, or `depth` is no whole number.
        RuntimeError: there is no graph, or it was freed.
        ValueError: the picture would have too many boxes; the message says which depth would do.

    >>> from autograd import tensor
    >>> x = tensor(3.0, requires_grad=True)
    >>> draw(x * x, names={"x": x})
    <Picture of 2 boxes and 1 arrow: save(path) writes it>
    """
    if depth is not None and not isinstance(depth, int):
        raise TypeError(f"draw: depth must be a whole number, or None, but got {type(depth).__name__}")
    if depth is not None and depth < 0:
        raise ValueError(f"draw: depth must be at least 0, or None, but got {depth}")
    if is_module(what):
        what, names = _run(what, inputs, names)
    elif inputs:
        raise TypeError(
            f"draw: inputs belong to a module, but the first argument is a {type(what).__name__}: draw(y) or "
            "draw(module, input)"
        )
    elif names is None:
        names = callers_names(1)
    _check_size(what, depth)
    graph = walk(what, names)
    learn_shapes(graph)
    return Picture(fold(graph, depth))


def _run(module: Any, inputs: tuple[Any, ...], names: Any) -> tuple[Tensor, Any]:
    """The module's output for the inputs, remembered, and the names of parameters and inputs."""
    out, given = run(module, inputs)
    found = [t for t in tensors_in(out) if t.requires_grad]
    if not found:
        raise TypeError(
            f"draw: expected the module to return a tensor that can be differentiated, but it returned a "
            f"{type(out).__name__}"
        )
    if names is None:
        names = dict(zip(inspect.signature(module.forward).parameters, given)) | dict(module.named_parameters())
    return found[0], names


def _check_size(y: Tensor, depth: int | None) -> None:
    """Refuse before any work what has too many boxes.

    Raises:
        ValueError: it has; with the depth that would do.
    """
    nodes = all_nodes([root_of(y)])
    count = _boxes(nodes, depth)
    if count <= LIMIT:
        return
    deepest = max((len(memory.modules) for memory in map(_memory, nodes) if memory is not None), default=0)
    fitting = [d for d in range(deepest, -1, -1) if _boxes(nodes, d) <= LIMIT]
    if deepest and fitting:
        advice = f"depth={fitting[0]} folds them into about {_boxes(nodes, fitting[0]):,}"
    elif deepest:
        advice = "no depth folds them enough: draw one module with its input, or read explain(y)"
    else:
        advice = (
            "fold them into modules, with draw(module, input) or by computing y under teaching.remember(module), or "
            "read them page by page: explain(y)"
        )
    raise ValueError(f"draw: the picture would have {count:,} boxes, more than the {LIMIT} that can be read; {advice}")


def _memory(node: Node | Leaf) -> Any:
    return memory_of(node) if isinstance(node, Node) else None


def _boxes(nodes: list[Node | Leaf], depth: int | None) -> int:
    """About how many boxes a picture would have: parameters of folded modules are drawn in."""
    found: set[Any] = set()
    opened: set[Any] = set()
    for node in nodes:
        memory = _memory(node)
        folded = memory is not None and depth is not None and len(memory.modules) > depth
        if folded:
            found.add(memory.modules[depth].number)
        elif isinstance(node, Node):
            found.add(node)
            opened.update(parent for parent in node.parents if isinstance(parent, Leaf))
    return len(found) + len(opened)
