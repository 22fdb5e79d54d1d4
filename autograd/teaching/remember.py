"""Remember: record for each operation what the graph itself does not keep, until the graph is freed."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from nn.module import Module

from ..core.graph import Node, unwatch, watchers
from ..core.operation import array_of
from ..core.primitive import Primitive
from ..core.tensor import Tensor
from ..transforms.anomaly import users_line


class ModuleCall(NamedTuple):
    """One call of a module.

    Attributes:
        name: the module's dotted name; "" for the outermost.
        title: its class and its `extra_repr`.
        number: a running number, so that two calls of the same module differ.
    """

    name: str
    title: str
    number: int


@dataclass(slots=True)
class Trace:
    """What `remember` recorded about one operation.

    Attributes:
        value: what the operation returned; None for several tensors.
        arguments: the arguments of the call, by the names of its parameters; empty for an in-place write.
        line: the line of the user's program.
        modules: the module calls that it was part of, outermost first.
    """

    value: Any
    arguments: dict[str, Any]
    line: str
    modules: tuple[ModuleCall, ...]


_traces: WeakKeyDictionary[Node, Trace] = WeakKeyDictionary()


def trace_of(node: Node) -> Trace | None:
    """What `remember` recorded about a node; None if it was not active."""
    return _traces.get(node)


@contextmanager
def remember(module: Module | None = None) -> Iterator[None]:
    """Record every operation inside the block: its value, its arguments, the user's line and the active modules.

    A graph keeps only the values that its rules need, and `explain` and `draw` show the others as "not kept".
    For a graph recorded inside this block they show every value, and `find_nan` reports the line. The records
    are freed with the graph.

    Args:
        module: an `nn.Module`; each operation is then attributed to the submodule that called it.

    Raises:
        TypeError: `module` is not a module.

    >>> import autograd
    >>> from autograd.teaching import explain, remember
    >>> x = autograd.tensor(2.0, requires_grad=True)
    >>> with remember():
    ...     y = (x + 3) * 4
    >>> print(explain(y, names={"x": x}))  # doctest: +ELLIPSIS
    Forward...
    """
    if module is not None and not isinstance(module, Module):
        raise TypeError(f"remember: expected an nn.Module or nothing, but got {type(module).__name__}")
    stack = _ModuleStack(module)
    this_thread = threading.get_ident()

    def record(node: Node, out: Any, args: Sequence[Any]) -> None:
        if threading.get_ident() == this_thread:
            _traces[node] = Trace(_value(out), _arguments(node, args), users_line(), tuple(stack.active))

    watchers.append(record)
    try:
        with stack:
            yield
    finally:
        unwatch(record)


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


def title_of(module: Any) -> str:
    """`Linear(in_features=2, out_features=1, bias=True)`; for a module with submodules, the class name alone."""
    name = type(module).__name__
    extra = " ".join(module.extra_repr().split())
    return f"{name}({extra})" if extra and not module._modules else name


class _ModuleStack:
    """The modules whose forward is running: hooks on every submodule keep the list."""

    def __init__(self, module: Module | None) -> None:
        self.module = module
        self.active: list[ModuleCall] = []
        self._calls = 0
        self._handles: list[Any] = []

    def __enter__(self) -> None:
        if self.module is None:
            return
        for name, module in self.module.named_modules():
            self._handles.append(module.register_forward_pre_hook(self._entering(name), prepend=True))
            self._handles.append(module.register_forward_hook(self._left))

    def _entering(self, name: str) -> Any:
        def enter(module: Any, args: Any) -> None:
            self._calls += 1
            self.active.append(ModuleCall(name, title_of(module), self._calls))

        return enter

    def _left(self, module: Any, args: Any, out: Any) -> None:
        self.active.pop()

    def __exit__(self, *_: object) -> None:
        for handle in self._handles:
            handle.remove()
