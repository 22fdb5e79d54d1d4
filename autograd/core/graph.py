"""The graph: the nodes that recorded operations leave behind.

A node refers to its parents and to nothing else that refers back, so a graph has no reference cycles: it is
freed with the last tensor that was computed in it.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from .hooks import RemovableHandle
from .primitive import BoundRule

#: A clock that dates every node and every in-place write. It counts down, so that a heap pops the youngest first.
tick = itertools.count(step=-1).__next__


class PrimitiveLike(Protocol):
    """What a node holds: a Primitive, or something that acts as one, such as a call of a user's Function."""

    name: str
    backward_name: str
    saves: tuple[str, ...]
    saves_values: bool

    @property
    def rules(self) -> Mapping[str, Any]:
        """For each differentiable parameter its rule, or None if it has no text to show."""

    @property
    def vjps(self) -> Iterable[BoundRule]:
        """The rules as the backward pass calls them, in the order of a node's parents."""


class Undo:
    """What the backward pass undoes after the rules of one node, so that no rule needs to.

    Attributes:
        shapes: for each parent the shape to sum its cotangent back to, or None if it was not broadcast.
        conjugate: whether complex numbers took part. PyTorch's gradient with respect to a complex x is
            conj(rule(conj(g))): so rules are plain calculus, and the conjugates are taken around them.
    """

    __slots__ = ("conjugate", "shapes")

    def __init__(self, shapes: tuple[tuple[int, ...] | None, ...] | None, conjugate: bool) -> None:
        self.shapes = shapes
        self.conjugate = conjugate


class Node:
    """One recorded operation: its primitive, its parents, and the values that its rules will need.

    Attributes:
        primitive: the operation; its rules turn the cotangent of the output into those of the inputs.
        x, y: for the differentiable inputs of an elementwise operation the nodes that made them, or None where no
            gradient is needed. They have slots of their own because a tuple would be a second object for Python's
            garbage collector to visit, each time that it goes through a large graph.
        many: the same of any other operation, as a tuple; None for an elementwise one.
        saved: the values that the rules need, in the order of `primitive.saves`; None once they are freed.
        undo: what to undo after each rule (broadcasting, conjugation); mostly None.
        age: the time of `tick`; a younger node has a smaller one. Parents are older than their children, so sorting
            by age is a topological sort.
        hooks: functions to call with the cotangent of the output; mostly None.
        grad: the gradient, once `retain_grad` was called; not set before.
    """

    __slots__ = ("__weakref__", "age", "grad", "hooks", "many", "primitive", "saved", "undo", "x", "y")

    grad: Any
    place = None  # only a leaf has one
    frozen = False  # only a leaf can be

    def __init__(
        self,
        primitive: PrimitiveLike,
        parents: tuple[Node | Leaf | None, ...],
        saved: tuple[Any, ...] | None,
        undo: Undo | None = None,
    ) -> None:
        self.primitive = primitive
        self.x: Node | Leaf | None = None
        self.y: Node | Leaf | None = None
        self.many: tuple[Node | Leaf | None, ...] | None = parents
        self.saved = saved
        self.undo = undo
        self.age = tick()
        self.hooks: list[Any] | None = None

    def name(self) -> str:
        """The operation in PyTorch's spelling, such as `MulBackward0`."""
        return self.primitive.backward_name

    @property
    def parents(self) -> tuple[Node | Leaf | None, ...]:
        """For each differentiable input the node that made it, or None where no gradient is needed."""
        if self.many is not None:
            return self.many
        return (self.x, self.y) if len(self.primitive.rules) == 2 else (self.x,)

    @property
    def next_functions(self) -> tuple[tuple[Node | Leaf | None, int], ...]:
        """The parents, each with the index of its output, which is always 0."""
        return tuple((parent, 0) for parent in self.parents)

    if TYPE_CHECKING:  # transforms/hooks.py puts these methods on the class

        def register_hook(self, hook: Callable[..., Any]) -> RemovableHandle: ...
        def register_prehook(self, hook: Callable[..., Any]) -> RemovableHandle: ...

    def __repr__(self) -> str:
        return f"<{self.name()} object at {id(self):#x}>"


class Leaf:
    """Where a tensor that the user created with `requires_grad=True` enters the graph; accumulates its gradient.

    Attributes:
        grad: the accumulated gradient, a Tensor, or None.
        hooks: functions to call with the gradient before it is accumulated; mostly None.
        after: functions to call with the gradient once it has been accumulated; mostly None.
        place: an array that the gradient is written into where there is none yet; mostly None, for new memory.
        frozen: whether the tensor has ceased to require grad: then no gradient is added to `grad`.
        age: as for `Node`.
    """

    __slots__ = ("__weakref__", "_variable", "after", "age", "frozen", "grad", "hooks", "place")

    def __init__(self, variable: Any = None) -> None:
        self._variable = None if variable is None else weakref.ref(variable)  # which holds this leaf
        self.grad: Any = None
        self.hooks: list[Any] | None = None
        self.after: list[Any] | None = None
        self.place: Any = None
        self.frozen = False
        self.age = tick()

    @property
    def variable(self) -> Any:
        """The tensor whose gradient this is; None once it is gone."""
        return None if self._variable is None else self._variable()

    def name(self) -> str:
        """PyTorch's name for a leaf in the graph."""
        return "AccumulateGrad"

    next_functions = ()

    if TYPE_CHECKING:  # transforms/hooks.py puts these methods on the class

        def register_hook(self, hook: Callable[..., Any]) -> RemovableHandle: ...
        def register_prehook(self, hook: Callable[..., Any]) -> RemovableHandle: ...

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at {id(self):#x}>"


def all_nodes(roots: Iterable[Node | Leaf | None]) -> list[Node | Leaf]:
    """Every node and leaf that the roots depend on, the roots included, oldest first."""
    stack = [root for root in roots if root is not None]
    seen = set(stack)
    while stack:
        node = stack.pop()
        if isinstance(node, Node):
            for parent in (node.x, node.y) if node.many is None else node.many:  # in less time than `node.parents`
                if parent is not None and parent not in seen:
                    seen.add(parent)
                    stack.append(parent)
    return sorted(seen, key=attrgetter("age"), reverse=True)


class StandIn:
    """Takes the place of a node's primitive and acts as it does, except for what a subclass overrides."""

    name: str
    backward_name: str
    saves: tuple[str, ...]
    saves_values: bool
    rules: Mapping[str, Any]

    def __init__(self, primitive: PrimitiveLike) -> None:
        self.primitive = primitive

    @property
    def vjps(self) -> Iterable[BoundRule]:
        """The rules of the primitive itself."""
        return self.primitive.vjps

    def unpacked(self, saved: Any) -> Any:
        """The saved values of the node as its rules need them."""
        return self.primitive.unpacked(saved) if isinstance(self.primitive, StandIn) else saved

    def __getattr__(self, name: str) -> Any:
        return getattr(self.primitive, name)

    def __repr__(self) -> str:
        return repr(self.primitive)


# -- watchers ---------------------------------------------------------------------------------------

#: Called with each node as it is recorded, with the value that the operation returned (a list if it returned
#: several), and with the arguments of the call (none for an in-place write).
Watcher: TypeAlias = Callable[[Node, Any, Sequence[Any]], None]

#: Observers of the graph, such as anomaly mode: code that makes a node calls `notify` if there are any.
watchers: list[Watcher] = []


def notify(node: Node, out: Any, args: Sequence[Any]) -> None:
    """Call every watcher, the last added first, with a new node."""
    for watcher in watchers[::-1]:  # a copy: another thread may remove its own watcher meanwhile
        watcher(node, out, args)


def unwatch(watcher: Watcher) -> None:
    """Remove a watcher."""
    if watcher in watchers:
        watchers.remove(watcher)
