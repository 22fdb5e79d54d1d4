"""Views: tensors that share the memory of another, and follow what is written into it.

A write through a view changes its base and every other view of it. Their values need no care, since the
memory is one. Their place in the graph does: a view compares its base's node with the one that it was made
from, and if the base has been rewritten since, repeats the operations that lead from the base to the view.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable
from typing import Any, TypeAlias

from ..base.dtypes import Array
from ..base.memory import owner_of, places_in
from .grad_mode import enable_grad, recording
from .graph import Leaf, Node
from .hooks import move_retained
from .tensor import Tensor, wrap
from .writes import written_since

#: How a view is computed from its base: operations, each with its arguments after the first.
Steps: TypeAlias = tuple[tuple[Callable[..., Any], tuple[Any, ...]], ...]

#: Why no write into a view can be recorded, by the way in which the view was made.
UNWRITABLE = {
    "no_grad": "it was made under no_grad: make the view and write it both under no_grad, or both outside",
    "several": "unbind, split and chunk return several views at once: write a view made by indexing, such as x[0]",
    "function": "a custom Function returned it, whose backward does not know of the write: clone() it first",
}


class View(Tensor):
    """A tensor that shares the memory of another, its base.

    Attributes:
        base: the tensor whose memory this is; never a view itself.
        origin: a key of `UNWRITABLE`, if writes into this view cannot be recorded.
    """

    __slots__ = ("_base_array", "_base_node", "_node", "_steps", "base", "origin")

    base: Tensor

    def __init__(
        self, array: Array, node: Node | Leaf | None, base: Tensor, steps: Steps, origin: str | None = None
    ) -> None:
        self.base, self._base_array, self._base_node = base, base.array, base.node
        self.array, self._node = array, node
        self._steps, self.origin = steps, origin

    @property
    def steps(self) -> Steps:
        """The operations that lead from the base to this view, even if the shape of the base was changed in place."""
        before, now = self._base_array, self.base.array
        if now is not before and now.size == before.size and owner_of(now) is owner_of(before):
            self._steps = ((operator.getitem, (places_in(before, now),)), *self._steps)
            self._base_array = now
        return self._steps

    @property
    def node(self) -> Node | Leaf | None:
        """The node of this view. If the base was rewritten since, the steps are replayed on the base first.

        Raises:
            RuntimeError: the base was rewritten, and a custom Function returned the view.
        """
        base, known = self.base, self._base_node
        # A base that was detached has another node too, None, although no one wrote to it.
        rewritten = known is not base.node and (base.node or written_since(base.array, (self._node or known).age))  # type: ignore[union-attr]  # known is not None if base.node is
        if rewritten:
            if self.origin == "function":
                raise RuntimeError(f"the base of this view was written in place, but {UNWRITABLE['function']}")
            with enable_grad():  # reading .node under no_grad must not drop the graph
                self.node = replay(wrap(base.array, base.node), self.steps).node
        return self._node

    @node.setter
    def node(self, node: Node | Leaf | None) -> None:
        move_retained(self._node, node)
        self._node = node
        self._base_node = self.base.node

    def is_alone(self) -> bool:
        """Whether only this view refers to its base: a function returned an intermediate value in another shape."""
        return sys.getrefcount(self.base) <= 2  # the attribute and the argument

    @property
    def _base(self) -> Tensor:
        return self.base


def replay(x: Any, steps: Steps) -> Any:
    """Apply the steps to `x`."""
    for operation, arguments in steps:
        x = operation(x, *arguments)
    return x


def view_of(x: Tensor, out: Tensor, operation: Callable[..., Any], arguments: tuple[Any, ...]) -> View:
    """`out`, which `operation` computed from `x` without copying, as a view of `x` (or of the base of `x`)."""
    step = ((operation, arguments),)
    origin = None if recording() else "no_grad"
    if isinstance(x, View):
        return View(out.array, out.node, x.base, x.steps + step, x.origin or origin)
    return View(out.array, out.node, x, step, origin)
