"""A compiled function whose result can be differentiated: a program forward, and one backward, around one node.

The backward pass of the traced call is traced too. What it reads of the forward part is returned by the forward
program in new memory, so that a function may be called again before its first result is differentiated.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base.nests import leaves
from ..core.backward import pull_back
from ..core.grad_mode import recording
from ..core.graph import all_nodes
from ..core.tensor import Tensor, wrap
from ..transforms.function import Function
from .layout import Layout
from .outliving import can_be_differentiated
from .program import Program
from .state.tensors import array_in, node_of
from .symbols import Symbol, parts
from .trace import Refused, Trace
from .written import WrittenProgram


class Backward:
    """The backward pass of a traced call.

    Attributes:
        start: the index of its first statement in the trace.
        outputs: which of the results can be differentiated.
        sources: the tensors that the gradients belong to.
        cotangents: the symbols of the cotangents of the outputs.
        gradients: for each source its gradient: a symbol, an array that never changes, or None.
        uses: for each source, the results that depend on it, by their indices.
    """

    def __init__(self, trace: Trace, results: list[Tensor], arguments: list[Tensor]) -> None:
        self.start = len(trace.record.statements)
        self.outputs = [i for i, t in enumerate(results) if can_be_differentiated(t)]
        touched = [t for t, _, node in trace.tensors.touched.values() if node is not None]
        self.sources = list({id(t): t for t in [*arguments, *touched] if node_of(t) is not None}.values())
        graphs = {i: set(all_nodes([node_of(results[i])])) for i in self.outputs}
        self.uses = [{i for i in self.outputs if node_of(t) in graphs[i]} for t in self.sources]
        ones = {i: np.ones_like(array_in(results[i])) for i in self.outputs}
        self.cotangents = [trace.record.given(ones[i]) for i in self.outputs]
        starts: dict[Any, Any] = {}
        for i, g in zip(self.outputs, self.cotangents):
            node = node_of(results[i])
            starts[node] = starts[node] + g if node in starts else g
        found = pull_back(starts, [node_of(t) for t in self.sources], False, True)
        self.gradients = [found.get(node_of(t)) for t in self.sources]
        if any(s.kind == "guard" for s in trace.record.statements[self.start :]):
            raise Refused("the backward pass depends on a value")

    def saved(self, trace: Trace, inputs: list[Symbol]) -> list[Symbol]:
        """The values of the forward part that the backward part reads, without parts of arrays that stay in place."""
        new = trace.record.made | {v.storage for v in inputs}
        made_later = {id(v) for s in trace.record.statements[self.start :] for v in s.made()}
        given = {id(v) for v in self.cotangents}
        before = {id(v) for s in trace.record.statements[: self.start] for v in s.made()}
        read = {id(v): v for s in trace.record.statements[self.start :] for v in [*s.reads(), *s.written()]}
        read |= {id(v): v for v in parts(self.gradients) if type(v) is Symbol}
        before -= made_later | given
        return [v for key, v in read.items() if key in before and v.storage in new]


def backward_of(trace: Trace, result: Any, arguments: list[Tensor]) -> Backward | None:
    """The backward pass of a traced call, if its result can be differentiated."""
    tensors = [t for t in leaves(result) if isinstance(t, Tensor) and id(t) not in trace.tensors.touched]
    if trace.refused or not any(map(can_be_differentiated, tensors)):
        return None
    try:
        return Backward(trace, tensors, arguments)
    except RuntimeError as error:  # it would be raised by a backward pass outside, which there may never be
        trace.give_up(f"the backward pass of its result fails: {error}")
        return None


def compiled_function(
    forward_program: WrittenProgram, trace: Trace, backward: Backward, inputs: list[Symbol], saved: list[Symbol],
    values: list[Any], names: list[str], outputs: int,
) -> tuple[type[Function], WrittenProgram]:  # fmt: skip
    """The Function of a compiled call, and the program of its backward pass.

    Args:
        forward_program: it returns `outputs` results and the saved values.
        inputs, names: the symbols of the arguments, and what they are called.
        saved: the symbols of the saved values, as the backward statements know them.
        values: the symbols of the results and of the saved values, as the forward program knows them.
    """
    name_of = forward_program.name_of
    for source, g in zip(backward.sources, backward.gradients):
        if type(g) is Symbol and (name := forward_program.name_of_array(array_in(source))):
            trace.origins.names.setdefault(g.identity, f"d_{name}")
    wanted = [
        trace.record.symbol(np.array(g)) if type(g) is not Symbol else g for g in backward.gradients if g is not None
    ]
    program = Program(
        trace, trace.record.statements[backward.start :], [*inputs, *saved, *backward.cotangents], wanted, set()
    )  # fmt: skip
    words = [name_of(v) or "saved" for v in values[outputs:]]
    words += [f"d_{name_of(values[i]) or 'out'}" for i in backward.outputs]
    written = WrittenProgram(program, forward_program.step, [*names, *words], "backward")
    read = {id(v): v for s in program.statements for v in s.reads()} | {id(v): v for v in program.outputs}
    given = {i for i, v in enumerate(program.inputs[: len(inputs) + len(saved)]) if id(v) in read}
    count = len(inputs) + len(saved)
    around = [v.real_array for v in read.values() if type(v.real_array) is not Layout]
    zeros = {i: np.zeros_like(g.real_array) for i, g in zip(backward.outputs, backward.cotangents)}
    differentiable, uses = backward.outputs, backward.uses
    exist = [g is not None for g in backward.gradients]

    class Compiled(Function):
        """One call of a compiled function."""

        _is_of_the_user = False

        @staticmethod
        def forward(ctx: Any, arguments: Any, *sources: Any) -> Any:
            arrays = [t.array for t in arguments]
            values = forward_program.run(*arrays)
            if given or around:
                needed = [wrap(a) if i in given else None for i, a in enumerate((*arrays, *values[outputs:]))]
                ctx.save_for_backward(*needed, *map(wrap, around))
            ctx.set_materialize_grads(False)
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
            saved = ctx.saved_tensors[:count] or (None,) * count
            arrays = [None if t is None else t.array for t in saved]
            cotangents = [zeros[i] if gs[i] is None else gs[i].array for i in differentiable]
            found = iter(written.run(*arrays, *cotangents))
            gradients = [wrap(next(found)) if one else None for one in exist]
            arrived = {i for i in differentiable if gs[i] is not None}
            return (None, *[g if arrived & its else None for g, its in zip(gradients, uses)])

    return Compiled, written
