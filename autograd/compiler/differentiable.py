"""A compiled function whose result can be differentiated: a program forward, and one backward, around one node.

The backward pass of the traced call is traced too. What it reads of the forward part is returned by the forward
program in new memory, so that a function may be called again before its first result is differentiated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.backward import pull_back
from ..core.grad_mode import recording
from ..core.graph import Node, all_nodes
from ..core.tensor import Tensor, wrap
from ..transforms.function import Function
from .symbols import Symbol, parts
from .trace import Refused, Trace, array_in, node_of


def can_be_differentiated(tensor: Tensor) -> bool:
    """Whether the graph of a tensor still holds what a backward pass needs."""
    node = node_of(tensor)
    return isinstance(node, Node) and all(not isinstance(n, Node) or n.saved is not None for n in all_nodes([node]))


class Backward:
    """The backward pass of a traced call.

    Attributes:
        start: the index of its first statement in the trace.
        outputs: which of the results can be differentiated.
        sources: the tensors that the gradients belong to.
        cotangents: the symbols of the cotangents of the outputs.
        gradients: for each source its gradient: a symbol, an array that never changes, or None.
    """

    def __init__(self, trace: Trace, results: list[Tensor], arguments: list[Tensor]) -> None:
        self.start = len(trace.statements)
        self.outputs = [i for i, t in enumerate(results) if can_be_differentiated(t)]
        touched = [t for t, _, node in trace.touched.values() if node is not None]
        self.sources = list({id(t): t for t in [*arguments, *touched] if node_of(t) is not None}.values())
        ones = {i: np.ones_like(array_in(results[i])) for i in self.outputs}
        self.cotangents = [trace.given(ones[i]) for i in self.outputs]
        starts: dict[Any, Any] = {}
        for i, g in zip(self.outputs, self.cotangents):
            node = node_of(results[i])
            starts[node] = starts[node] + g if node in starts else g
        found = pull_back(starts, [node_of(t) for t in self.sources], False, True)
        self.gradients = [found.get(node_of(t)) for t in self.sources]
        if any(s.kind == "guard" for s in trace.statements[self.start :]):
            raise Refused("the backward pass depends on a value")

    def saved(self, trace: Trace) -> list[Symbol]:
        """The values of the forward part that the backward part reads, without those that stay in place."""
        made_later = {id(v) for s in trace.statements[self.start :] for v in s.made()}
        given = {id(v) for v in self.cotangents}
        before = {id(v) for s in trace.statements[: self.start] for v in s.made()}
        read = {
            id(v): v for s in trace.statements[self.start :] for v in [*s.reads(), *([s.into] if s.into is not None else [])]
        }  # fmt: skip
        read |= {id(v): v for v in parts(self.gradients) if type(v) is Symbol}
        return [v for key, v in read.items() if key in before and key not in made_later and key not in given]


def function_of(
    forward: Callable[..., Any], backward: Callable[..., Any], arguments: int, outputs: int, differentiable: list[int]
) -> type[Function]:
    """The Function of a compiled call: `forward` and `backward` take and return arrays.

    Args:
        forward: called with the arrays of the arguments; returns the outputs and what is to be saved.
        backward: called with the arguments, what was saved, and the cotangents; returns the gradients of the sources.
        arguments: how many arguments there are, before the sources.
        outputs: how many outputs there are.
        differentiable: which of them have a gradient.
    """

    class Compiled(Function):
        """One call of a compiled function."""

        @staticmethod
        def forward(ctx: Any, *tensors: Any) -> Any:
            arrays = [t.array for t in tensors[0]]
            values = forward(*arrays)
            ctx.arrays = (*arrays, *values[outputs:])
            results = tuple([wrap(v) for v in values[:outputs]])
            ctx.mark_non_differentiable(*[t for i, t in enumerate(results) if i not in differentiable])
            return results

        @staticmethod
        def backward(ctx: Any, *gs: Any) -> Any:
            if recording():  # create_graph
                raise RuntimeError(
                    "torch.compile: the gradient of a compiled function can't be differentiated again "
                    "(create_graph=True): compile the whole step instead, or call the function itself"
                )
            gradients = backward(*ctx.arrays, *[gs[i].array for i in differentiable])
            return (None, *[None if g is None else wrap(g) for g in gradients])

    return Compiled
