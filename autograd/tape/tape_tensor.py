"""Tensors whose graph belongs to the tapes: while no tape records they are plain constants.

A Tensor of the core holds the node that made it, and so its whole past. A TapeTensor only points at its
node, and the tapes that record hold it: when the last of them lets go, the graph is gone, however long
the tensor lives. What is computed while no tape records leaves no trace.
"""

from __future__ import annotations

import weakref
from contextvars import ContextVar
from typing import TYPE_CHECKING

from ..base.dtypes import Array
from ..core.graph import Leaf, Node
from ..core.tensor import Tensor

if TYPE_CHECKING:
    from .gradient_tape import GradientTape

_tapes: ContextVar[tuple[GradientTape, ...]] = ContextVar("tapes", default=())

#: The tapes that record now in this thread, the outermost first.
recording_tapes = _tapes.get


def start(tape: GradientTape) -> None:
    """Let `tape` record from now on."""
    _tapes.set((*recording_tapes(), tape))


def stop(tape: GradientTape) -> None:
    """Let it record no longer."""
    _tapes.set(tuple(other for other in recording_tapes() if other is not tape))


class LentLeaf(Leaf):
    """The leaf that a tape lends to a tensor which has no place in a graph of its own."""

    __slots__ = ()


class TapeTensor(Tensor):
    """A tensor that is tracked only by tapes.

    Attributes:
        array: the elements.
        node: what made this value or where its gradient ends; None while no tape records.
    """

    __slots__ = ("_place",)

    _place: weakref.ref[Node | Leaf] | None

    def __init__(self, array: Array, node: Node | Leaf | None = None) -> None:
        self.array = array
        self.node = node

    @property
    def node(self) -> Node | Leaf | None:
        """Its place in the graph, while a tape records."""
        if self._place is None or not recording_tapes():
            return None
        return self._place()

    @node.setter
    def node(self, node: Node | Leaf | None) -> None:
        self.put_at(node)

    def put_at(self, node: Node | Leaf | None) -> None:
        """Let this be the value of `node`, which the recording tapes hold from now on."""
        if node is None:
            self._place = None
            return
        self._place = weakref.ref(node)
        for tape in recording_tapes():
            tape.hold(node)

    @classmethod
    def result(cls, tensor: Tensor) -> TapeTensor:
        """What an operation computed from tensors of this kind, as one of them."""
        return TapeTensor(tensor.array, tensor.node)


def place_of(tensor: Tensor) -> Node | Leaf | None:
    """The place of a tensor in the graph, whether or not a tape records now."""
    if isinstance(tensor, TapeTensor):
        return None if tensor._place is None else tensor._place()
    return tensor.node
