"""Views: tensors that show the memory of another, their base.

A write through a view changes its base and every other view of it, in value and in the graph. The
values need no care: the memory is one. For the graph a view looks at its base before it says what
made it: if the base has been rewritten since, the view is made again from it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from .base.dtypes import Array
from .core.graph import Leaf, Node, enable_grad
from .core.tensor import Tensor, wrap

#: How a view is made from its base: operations, each with its further arguments.
Steps: TypeAlias = tuple[tuple[Callable[..., Any], tuple[Any, ...]], ...]


class View(Tensor):
    """A tensor that shares the memory of `base`, from which `steps` make it.

    Attributes:
        steps: the operations from the base to this view.
    """

    __slots__ = ("_made_by", "_seen", "base", "steps")

    base: Tensor

    def __init__(self, array: Array, node: Node | Leaf | None, base: Tensor, steps: Steps) -> None:
        self.base = base
        self.steps = steps
        self.array = array
        self.node = node

    @property
    def node(self) -> Node | Leaf | None:
        """The operation that made this view: of the base as it is now."""
        if self._seen is not self.base.node:
            base = self.base
            with enable_grad():  # who asks under no_grad shall not take the graph away
                self.node = replay(wrap(base.array, base.node), self.steps).node
        return self._made_by

    @node.setter
    def node(self, node: Node | Leaf | None) -> None:
        self._made_by = node
        self._seen = self.base.node

    @property
    def _base(self) -> Tensor:
        return self.base


def replay(x: Any, steps: Steps) -> Any:
    """The view of `x` that the steps make."""
    for operation, arguments in steps:
        x = operation(x, *arguments)
    return x


def view_of(x: Tensor, out: Tensor, operation: Callable[..., Any], arguments: tuple[Any, ...]) -> View:
    """`out`, which `operation` made of `x` without copying, as a view of `x` or of its base."""
    step = ((operation, arguments),)
    if isinstance(x, View):
        return View(out.array, out.node, x.base, x.steps + step)
    return View(out.array, out.node, x, step)
