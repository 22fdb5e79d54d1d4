"""The graph: what an operation leaves behind when it is recorded, and who looks on.

A node points to its parents alone, so a graph has no cycles and dies with the last value made from it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any, TypeAlias

from .primitive import PrimitiveLike, Undo

#: The clock that dates every node and every in-place write: what comes later gets a smaller number.
tick = itertools.count(step=-1).__next__


class Node:
    """One recorded operation: its primitive, its parents, and the values that its rules will need.

    Attributes:
        primitive: the operation; its vector-Jacobian products say how a cotangent flows on.
        parents: for each input the node that made it, or None where no gradient is needed.
        saved: the values that the rules name, in the primitive's order; None once freed.
        undo: what to undo after a rule (broadcasting, complex conjugation); mostly None.
        age: the younger, the smaller. Parents are older than their children: age is a topological order.
        hooks: functions to call with the cotangent of this node's output; mostly None.
        grad: where a retained gradient is kept.
    """

    __slots__ = ("__weakref__", "age", "grad", "hooks", "parents", "primitive", "saved", "undo")

    grad: Any

    def __init__(
        self,
        primitive: PrimitiveLike,
        parents: tuple[Node | Leaf | None, ...],
        saved: tuple[Any, ...] | None,
        undo: Undo | None = None,
    ) -> None:
        self.primitive = primitive
        self.parents = parents
        self.saved = saved
        self.undo = undo
        self.age = tick()
        self.hooks: list[Any] | None = None

    def name(self) -> str:
        """PyTorch's spelling of the operation: `MulBackward0`."""
        return self.primitive.backward_name

    @property
    def next_functions(self) -> tuple[tuple[Node | Leaf | None, int], ...]:
        """The parents, in PyTorch's form."""
        return tuple((parent, 0) for parent in self.parents)

    def __repr__(self) -> str:
        return f"<{self.name()} object at {id(self):#x}>"


class Leaf:
    """Where backpropagation ends: the place of a leaf's gradient.

    Attributes:
        grad: the accumulated gradient, a Tensor, or None.
        hooks: functions to call with the cotangent; mostly None.
        after: functions to call when the gradient has been accumulated; mostly None.
        age: by the same clock as the nodes'.
    """

    __slots__ = ("__weakref__", "after", "age", "grad", "hooks")

    def __init__(self) -> None:
        self.grad: Any = None
        self.hooks: list[Any] | None = None
        self.after: list[Any] | None = None
        self.age = tick()

    def name(self) -> str:
        """PyTorch's name for the end of a path."""
        return "AccumulateGrad"

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at {id(self):#x}>"


def all_nodes(roots: Iterable[Node | Leaf | None]) -> list[Node | Leaf]:
    """Every node that the roots were made from, the roots included, oldest first."""
    stack = [root for root in roots if root is not None]
    seen = set(stack)
    while stack:
        node = stack.pop()
        if isinstance(node, Node):
            for parent in node.parents:
                if parent is not None and parent not in seen:
                    seen.add(parent)
                    stack.append(parent)
    return sorted(seen, key=attrgetter("age"), reverse=True)


# -- watchers ---------------------------------------------------------------------------------------

#: Called with each node as it is recorded, the value that its operation returned (of several a list), and the
#: arguments of the call, of which a write in place tells none.
Watcher: TypeAlias = Callable[[Node, Any, Sequence[Any]], None]

#: Who looks on: anomaly mode, `remember`, hooks for saved values. Whatever makes a node calls `notify` if any do.
watchers: list[Watcher] = []


def notify(node: Node, out: Any, args: Sequence[Any]) -> None:
    """Show a new node to every watcher, the youngest first."""
    for watcher in reversed(watchers):
        watcher(node, out, args)


def unwatch(watcher: Watcher) -> None:
    """Take a watcher off the list; of the same one twice, the youngest entry."""
    for i in reversed(range(len(watchers))):
        if watchers[i] is watcher:
            del watchers[i]
            return
