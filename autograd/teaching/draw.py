"""Draw: a picture of a tensor's graph, or of a module's forward pass."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from nn.module import Module

from ..core.graph import Leaf, Node, all_nodes
from ..core.tensor import Tensor
from ..tape.tape_tensor import place_of
from .folding import fold
from .parts import all_parameters, is_keras
from .picture import Picture
from .remember import record_of
from .running import called, run, tensors_in
from .steps import learn_shapes
from .walk import callers_names, root_of, walk

#: A picture with more boxes than this cannot be read.
LIMIT = 600
#: A graph with more nodes than this is not searched for loops.
_NODES = 10_000


def draw(what: Any, *inputs: Any, names: Any = None, depth: int | None = 1, unroll: bool = False) -> Picture:
    """Draw the graph of a tensor, or the forward pass of a module with the given inputs.

    Leaves, parameters, constants, operations and modules have different outlines; an arrow is labelled with
    the shape of its value. All operations of one module call share a box if the calls are known: in
    `draw(module, input)`, and for a tensor computed under `remember(module)`.

        draw(model, x).save("model.svg")
        draw(loss, depth=None)

    Args:
        what: a tensor that requires grad, a module, or a function that returns a tensor.
        inputs: the inputs of the module, or the arguments of the function.
        names: the names to show, as for `explain`.
        depth: how many levels of modules to open: 0 draws the model as one box, 1 draws a box for each
            module in it, and so on; None opens all levels, down to the primitives. A module that calls no other
            stays a box at any depth but None.
        unroll: whether to draw every repetition of a loop; by default a loop that is repeated three times or more
            is drawn once, with "×50" in its boxes. Loops are known if the calls are.

    Raises:
        TypeError: `what` is none of these, it returns no tensor, inputs were given with a tensor, or `depth` is
            not an integer.
        RuntimeError: there is no graph, or it was freed.
        ValueError: the picture would have too many boxes; the message says which depth to use.

    >>> from autograd import tensor
    >>> x = tensor(3.0, requires_grad=True)
    >>> draw(x * x, names={"x": x})
    <Picture of 2 boxes and 1 arrow: save(path) writes it>
    """
    if depth is not None and not isinstance(depth, int):
        raise TypeError(f"draw: depth must be an integer or None, but got {type(depth).__name__}")
    if depth is not None and depth < 0:
        raise ValueError(f"draw: depth must be at least 0 or None, but got {depth}")
    tape = None
    if isinstance(what, Module) or is_keras(what):
        out, given, tape = run(what, inputs)
        found = [t for t in tensors_in(out) if place_of(t) is not None]
        if not found:
            raise TypeError(
                "draw: expected the module to return a tensor that requires grad, but it returned a "
                f"{type(out).__name__}"
            )
        if names is None:
            call = what.forward if isinstance(what, Module) else what.call
            names = dict(zip(inspect.signature(call).parameters, given)) | all_parameters(what)
        what = found[0]
    else:
        around = callers_names() if names is None else {}
        what, known = called("draw", what, inputs)
        names = known | around if names is None else names
    nodes = all_nodes([root_of(what)])
    if unroll or len(nodes) > _NODES:
        _check_size(nodes, depth, _boxes(nodes, depth))
    graph = walk(what, names)
    learn_shapes(graph)
    variables = names if isinstance(names, Mapping) else {}
    data = {name: t.array for name, t in variables.items() if isinstance(t, Tensor) and t.array.dtype.kind in "iub"}
    picture = Picture(fold(graph, depth, data, unroll))
    _check_size(nodes, depth, len(picture.drawing.boxes))
    del tape  # which has held the graph of a Keras model until here
    return picture


def _check_size(nodes: list[Node | Leaf], depth: int | None, count: int) -> None:
    """Raise if the picture would have too many boxes; the message says which depth to use."""
    if count <= LIMIT:
        return
    deepest = max((len(record.modules) for record in map(record_of, nodes) if record is not None), default=0)
    fitting = [d for d in range(deepest, -1, -1) if _boxes(nodes, d) <= LIMIT]
    if deepest and fitting:
        advice = f"depth={fitting[0]} folds them into about {_boxes(nodes, fitting[0]):,}"
    elif deepest:
        advice = "no depth folds them enough: draw a single module with its input, or use explain(y)"
    else:
        advice = (
            "fold them into modules, with draw(module, input) or by computing y under teaching.remember(module), or "
            "use explain(y), which has pages"
        )
    raise ValueError(f"draw: the picture would have {count:,} boxes, but at most {LIMIT} can be read: {advice}")


def _boxes(nodes: list[Node | Leaf], depth: int | None) -> int:
    """About how many boxes a picture would have; the parameters of a folded module are inside its box."""
    found: set[Any] = set()
    opened: set[Any] = set()
    for node in nodes:
        record = record_of(node)
        if record is not None and depth is not None and len(record.modules) > depth:
            found.add(record.modules[depth].number)
        elif isinstance(node, Node):
            found.add(node)
            opened.update(parent for parent in node.parents if isinstance(parent, Leaf))
    return len(found) + len(opened)
