"""TapeTensor: a tensor whose graph is owned by the tapes, and the tapes that record in this thread.

A Tensor holds its node and thus the whole graph behind it. A TapeTensor holds only a weak reference to its node,
and the tapes that record hold the node itself: the graph is freed with the last of them, however long the tensor
lives. While no tape records, operations on TapeTensors are not recorded.
"""

from __future__ import annotations

import weakref
from contextvars import ContextVar
from typing import Protocol

from ..base.dtypes import Array
from ..core.graph import Leaf, Node
from ..core.tensor import Tensor


class RecordingTape(Protocol):
    """A tape that records, as tensors and variables see it."""

    def hold(self, place: Node | Leaf) -> None:
        """Keep the node or leaf of a TapeTensor alive."""

    def watches(self, tensor: Tensor) -> bool:
        """Whether the tape watches this tensor."""

    def watch_accessed(self, variable: Tensor) -> None:
        """Called when a trainable variable is read."""

    def note_numpy(self, tensor: Tensor) -> None:
        """Called when the elements of a tensor are converted to NumPy."""


_tapes: ContextVar[tuple[RecordingTape, ...]] = ContextVar("tapes", default=())

#: The tapes that record now in this thread, the outermost first.
recording_tapes = _tapes.get


def start(tape: RecordingTape) -> None:
    """Add a tape to those that record in this thread."""
    _tapes.set((*recording_tapes(), tape))


def stop(tape: RecordingTape) -> None:
    """Remove a tape from those that record in this thread."""
    _tapes.set(tuple(other for other in recording_tapes() if other is not tape))


class LentLeaf(Leaf):
    """The leaf that a tape gives to a watched tensor that has no node or leaf of its own."""

    __slots__ = ()


class TapeTensor(Tensor):
    """A tensor that is tracked only by tapes.

    Attributes:
        array: the elements.
        node: the node that computed this value, or its leaf; None while no tape records.
    """

    __slots__ = ("_place",)

    _place: weakref.ref[Node | Leaf] | None

    def __init__(self, array: Array, node: Node | Leaf | None = None) -> None:
        self.array = array
        self.node = node

    @property
    def node(self) -> Node | Leaf | None:
        """The node or leaf of this tensor; None while no tape records."""
        if self._place is None or not recording_tapes():
            return None
        return self._place()

    @node.setter
    def node(self, node: Node | Leaf | None) -> None:
        self.put_at(node)

    def put_at(self, node: Node | Leaf | None) -> None:
        """Make this tensor the value of `node`; the tapes that record keep the node alive."""
        if node is None:
            self._place = None
            return
        self._place = weakref.ref(node)
        for tape in recording_tapes():
            tape.hold(node)

    @classmethod
    def result(cls, tensor: Tensor) -> TapeTensor:
        """Convert the result of an operation on tensors of this class."""
        return TapeTensor(tensor.array, tensor.node)


def place_of(tensor: Tensor) -> Node | Leaf | None:
    """The node or leaf of a tensor, whether or not a tape records now."""
    if isinstance(tensor, TapeTensor):
        return None if tensor._place is None else tensor._place()
    return tensor.node
