"""Remembering: what the graph drops as soon as no rule needs it, kept for as long as the graph lives."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from ..core.graph import Node, unwatch, watchers
from ..core.operation import array_of
from ..core.primitive import Primitive
from ..core.tensor import Tensor
from ..transforms.anomaly import users_line


class Call(NamedTuple):
    """A call of a module.

    Attributes:
        name: the module's dotted name; "" for the outermost.
        title: its class and what its repr says in parentheses.
        number: which call it was, so that two calls of one module differ.
    """

    name: str
    title: str
    number: int


@dataclass(slots=True)
class Memory:
    """What was seen when a node was made.

    Attributes:
        value: what the operation returned; None if its caller did not say.
        arguments: the values that it was called with, by the names of its parameters.
        line: the line of the user's program.
        modules: the calls of modules that it was made in, outermost first.
    """

    value: Any
    arguments: dict[str, Any]
    line: str
    modules: tuple[Call, ...]


_memories: WeakKeyDictionary[Node, Memory] = WeakKeyDictionary()


def memory_of(node: Node) -> Memory | None:
    """What was seen when the node was made; None if nobody looked."""
    return _memories.get(node)


@contextmanager
def remember(module: Any = None) -> Iterator[None]:
    """Remember of every operation inside its value, its arguments, the user's line and the module at work.

    A graph keeps only what its rules need; `explain` and `draw` say of other values "not kept". Of a
    graph that was recorded in here they know everything, and `find_nan` knows the lines. The memory is
    freed with the graph.

    Args:
        module: the `nn.Module` whose submodules are told apart; without it no module is known.

    Raises:
        TypeError: it is no module.

    >>> import autograd
    >>> from autograd.teaching import explain, remember
    >>> x = autograd.tensor(2.0, requires_grad=True)
    >>> with remember():
    ...     y = (x + 3) * 4
    >>> print(explain(y, names={"x": x}))  # doctest: +ELLIPSIS
    Forward...
    """
    if module is not None and not hasattr(module, "named_modules"):
        raise TypeError(f"remember: expected an nn.Module or nothing, but got {type(module).__name__}")
    stack = _ModuleStack(module)
    owner = threading.get_ident()

    def see(node: Node, out: Any, args: Sequence[Any]) -> None:
        if threading.get_ident() == owner:
            _memories[node] = Memory(_value(out), _arguments(node, args), users_line(), tuple(stack.at_work))

    watchers.append(see)
    try:
        with stack:
            yield
    finally:
        unwatch(see)


def _value(out: Any) -> Any:
    """The array of what an operation returned; of several outputs, None unless a single one is a tensor."""
    if isinstance(out, list):
        tensors = [each for each in out if isinstance(each, Tensor)]
        return tensors[0].array if len(tensors) == 1 else None
    return array_of(out)


def _arguments(node: Node, args: Sequence[Any]) -> dict[str, Any]:
    """The arguments of a primitive's call, by the names of its parameters."""
    primitive = node.primitive
    if not isinstance(primitive, Primitive):
        return {}
    if "xs" in primitive.rules:
        return {f"xs[{i}]": array_of(x) for i, x in enumerate(args)}
    return {name: array_of(value) for name, value in zip(primitive.parameters, args)}


def title_of(module: Any) -> str:
    """`Linear(in_features=2, out_features=1, bias=True)`; of a module that holds others its class alone."""
    name = type(module).__name__
    extra = " ".join(module.extra_repr().split())
    return f"{name}({extra})" if extra and not module._modules else name


class _ModuleStack:
    """Which modules are at work: hooks around every submodule keep the list."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.at_work: list[Call] = []
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
            self.at_work.append(Call(name, title_of(module), self._calls))

        return enter

    def _left(self, module: Any, args: Any, out: Any) -> None:
        self.at_work.pop()

    def __exit__(self, *_: object) -> None:
        for handle in self._handles:
            handle.remove()
