"""Remember: record for each operation what the graph itself does not keep, until the graph is freed."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from types import FrameType
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from ..base.call_site import CallSite, assigned_name, call_site, users_frames, users_variables
from ..core.aliasing import View
from ..core.graph import Leaf, Node, unwatch, watchers
from ..core.operation import array_of
from ..core.primitive import Primitive
from ..core.tensor import Tensor
from ..tape.tape_tensor import place_of
from .parts import check_model, hooks, title_of


class ModuleCall(NamedTuple):
    """One call of a module."""

    name: str  # the module's dotted name; "" for the outermost
    title: str  # its class and its `extra_repr`
    number: int  # a running number, so that two calls of the same module differ
    repeats: Any = None  # calls that are repetitions of each other, in a loop, have the same value


@dataclass
class OperationRecord:
    """What `remember` recorded about one operation."""

    value: Any  # what the operation returned; None for several tensors
    arguments: dict[str, Any]  # of the call, by the names of its parameters; empty for an in-place write
    modules: tuple[ModuleCall, ...]  # the module calls that it was part of, outermost first
    site: CallSite  # the instruction of the user's program
    assigned: str | None  # the variable that the result of that instruction is assigned to
    execution: int  # a running number: operations of one execution of that instruction have the same
    variable: str | None = None  # a variable that holds it, such as `a` after `a, b = f(x)`

    @property
    def line(self) -> str:
        """The line of the user's program."""
        return str(self.site)


_records: WeakKeyDictionary[Node | Leaf, OperationRecord] = WeakKeyDictionary()


def record_of(node: Node | Leaf) -> OperationRecord | None:
    """What `remember` recorded about a node; None for a leaf, and for a node made outside of its block."""
    return _records.get(node)


@contextmanager
def remember(module: Any = None) -> Iterator[None]:
    """Record every operation inside the block: its value, its arguments, the user's line and the active modules.

    A graph keeps only the values that its rules need, and `explain` and `draw` show the others as "not kept".
    For a graph recorded inside this block they show every value, and `find_nan` reports the line. The records
    are freed with the graph.

    Args:
        module: an `nn.Module` or a Keras model; each operation is then attributed to the part that called it.

    Raises:
        TypeError: `module` is neither of these.

    >>> import autograd
    >>> from autograd.teaching import explain, remember
    >>> x = autograd.tensor(2.0, requires_grad=True)
    >>> with remember():
    ...     y = (x + 3) * 4
    >>> print(explain(y, names={"x": x}))  # doctest: +ELLIPSIS
    Forward...
    """
    if module is not None:
        check_model(module, "remember: ")
    active: list[ModuleCall] = []
    numbers, executions = count(1), _Executions()
    calls: Counter[tuple[int, str]] = Counter()
    this_thread = threading.get_ident()
    block = sys._getframe(2)  # the `with` statement called __enter__, which called this function

    def enter(name: str, part: Any, args: Any) -> None:
        called, frame = users_frames()
        execution = executions.number(called), name
        calls[execution] += 1
        repeats = frame.f_code, frame.f_lasti, name, calls[execution]
        active.append(ModuleCall(name, title_of(part), next(numbers), repeats))

    def leave(name: str, part: Any, args: Any, out: Any) -> None:
        active.pop()

    def record(node: Node, out: Any, args: Sequence[Any]) -> None:
        if threading.get_ident() == this_thread:
            called, frame = users_frames()
            _note_variables(frame, block)
            site, name, number = call_site(frame), assigned_name(frame), executions.number(called)
            _records[node] = OperationRecord(_value(out), _arguments(node, args), tuple(active), site, name, number)

    watchers.append(record)
    try:
        with hooks(module, enter, leave):
            yield
    finally:
        unwatch(record)
        _note_variables(sys._getframe(), block)
        executions.running.clear()


class _Executions:
    """Numbers for the calls that the user's lines make: all that happens in one such call has the same number."""

    def __init__(self) -> None:
        #: The frames that the user's lines have called, with their numbers, the innermost last.
        self.running: list[tuple[FrameType, int]] = []
        self._numbers = count(1)

    def number(self, called: FrameType) -> int:
        """The number of the call that runs in a frame of the project."""
        for frame, number in reversed(self.running):
            if frame is called:
                return number
        self.running = [pair for pair in self.running if pair[0].f_back is not None]  # the others have returned
        self.running.append((called, next(self._numbers)))
        return self.running[-1][1]


def _note_variables(frame: FrameType, outermost: FrameType) -> None:
    """Note the variables of the user's running functions that hold recorded results."""
    for name, value in users_variables(frame, outermost):
        if isinstance(value, Tensor) and not name.startswith("_"):
            place = value._node if isinstance(value, View) else place_of(value)  # View.node may record operations
            record = None if place is None else _records.get(place)
            if record is not None and record.variable is None:
                record.variable = name


def _value(out: Any) -> Any:
    """The array that an operation returned; None if it returned several tensors."""
    if isinstance(out, list):
        tensors = [each for each in out if isinstance(each, Tensor)]
        return tensors[0].array if len(tensors) == 1 else None
    return array_of(out)


def _arguments(node: Node, args: Sequence[Any]) -> dict[str, Any]:
    """The arguments of a primitive's call, by parameter name."""
    primitive = node.primitive
    if not isinstance(primitive, Primitive):
        return {}
    if "xs" in primitive.rules:
        return {f"xs[{i}]": array_of(x) for i, x in enumerate(args)}
    return {name: array_of(value) for name, value in zip(primitive.parameters, args)}
