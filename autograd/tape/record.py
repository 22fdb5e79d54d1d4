"""Record: the contents of a tape: watched tensors, time spans of recording, and the nodes that it keeps alive."""

from __future__ import annotations

import sys
from bisect import bisect_left
from typing import Any

from ..core.graph import Leaf, Node, tick
from ..core.tensor import Tensor
from .tape_tensor import LentLeaf, TapeTensor, place_of, recording_tapes, start, stop


class Record:
    """The contents of a tape.

    A tape has no list of operations: it selects nodes of the graph. Every node has an age, and a node is on the tape if
    it was created in one of the time spans in which the tape recorded.

    Attributes:
        watches_accessed: whether trainable variables, and tensors that require grad, are watched automatically.
        active: whether the tape records now.
        entered: whether the tape has recorded since it was created or cleared.
        variables: the variables that the tape watches, by id, in the order of their first use.
        numpy_conversions: whether elements on the tape were converted to NumPy while it recorded.
    """

    def __init__(self, watches_accessed: bool) -> None:
        self.watches_accessed = watches_accessed
        self.active = False
        self.variables: dict[int, Any] = {}
        self.clear()

    def clear(self) -> None:
        """Forget everything but the variables."""
        self.entered = False
        self.numpy_conversions = False
        #: The watched tensors and their places in the graph, by the tensors' ids.
        self._watched: dict[int, tuple[Tensor, Node | Leaf]] = {}
        self._watched_places: set[Node | Leaf] = set()
        #: The nodes and leaves of TapeTensors, which hold only weak references to them.
        self._held: list[Node | Leaf] = []
        #: The ages of the nodes created in each time span. Ages decrease with time.
        self._spans: list[range] = []

    def begin(self) -> None:
        """Start or resume recording. If that is interrupted, the tape does not record."""
        try:
            self._begin()
        except BaseException:
            self.end()
            raise

    def _begin(self) -> None:
        if not self.entered:
            self.variables = {}
        start(self)
        self.active = self.entered = True
        self._spans.append(range(-sys.maxsize, tick()))
        for tensor, place in self._watched.values():
            if isinstance(place, LentLeaf) and tensor.node is None:
                tensor.node = place

    def end(self) -> None:
        """Stop recording, even if that is interrupted."""
        try:
            self._end()
        except BaseException:
            self._end()
            raise

    def _end(self) -> None:
        stop(self)
        self.active = False
        if self._spans:
            self._spans[-1] = range(tick(), self._spans[-1].stop)
        for tensor, place in self._watched.values():
            lent = isinstance(place, LentLeaf) and not isinstance(tensor, TapeTensor)
            if lent and not any(tape.watches(tensor) for tape in recording_tapes()):
                tensor.node = None

    def hold(self, place: Node | Leaf) -> None:
        """Keep the node or leaf of a TapeTensor alive."""
        self._held.append(place)

    def watch(self, tensor: Tensor) -> None:
        """Record operations on this tensor from now on."""
        watched = self._watched.get(id(tensor))
        place = place_of(tensor) or LentLeaf() if watched is None else watched[1]
        # In this order, and each step without effect if it is repeated: if a step is interrupted, the tape still knows
        # of the leaf that it lent, and takes it back at the end; watching the tensor again completes the steps.
        if watched is None:
            self.hold(place)
            self._watched_places.add(place)
            self._watched[id(tensor)] = (tensor, place)
        if isinstance(place, LentLeaf) and place_of(tensor) is None:
            tensor.node = place

    def watch_accessed(self, variable: Tensor) -> None:
        """Watch a trainable variable, because it is read."""
        if self.watches_accessed and id(variable) not in self.variables:
            if variable.array.dtype.kind in "fc":
                self.watch(variable)
            self.variables[id(variable)] = variable

    def note_numpy(self, tensor: Tensor) -> None:
        """Remember, for `explain_none`, that the elements of a tensor were converted to NumPy."""
        if place_of(tensor) is not None:
            self.numpy_conversions = True

    # -- what is on the tape -------------------------------------------------------------------------

    def contains(self, node: Node | Leaf) -> bool:
        """Whether a node was created while the tape recorded."""
        if len(self._spans) == 1:  # the usual case
            return node.age in self._spans[0]
        # Spans that begin later have smaller ages: the first that begins before the node is the only one to ask.
        i = bisect_left(self._spans, -node.age, key=lambda span: -span.start)
        return i < len(self._spans) and node.age in self._spans[i]

    def watches(self, tensor: Tensor) -> bool:
        """Whether the tape watches this tensor."""
        return id(tensor) in self._watched

    def place(self, tensor: Tensor) -> Node | Leaf | None:
        """The node or leaf of a tensor that is watched, or was computed on the tape from a watched one; else None."""
        watched = self._watched.get(id(tensor))
        if watched is not None:
            return watched[1]
        place = place_of(tensor)
        if isinstance(place, Node):
            return place if self._depends_on_watched(place) else None
        return place if self._is_watched(place) else None

    def _is_watched(self, place: Node | Leaf | None) -> bool:
        own_leaf = isinstance(place, Leaf) and not isinstance(place, LentLeaf)
        return place in self._watched_places or own_leaf and self.watches_accessed

    def _depends_on_watched(self, node: Node) -> bool:
        """Whether a path on the tape leads from a watched tensor to the node."""
        stack, seen = [node], {node}
        while stack:
            node = stack.pop()
            if not self.contains(node):
                continue
            for parent in node.parents:
                if self._is_watched(parent):
                    return True
                if isinstance(parent, Node) and parent not in seen:
                    seen.add(parent)
                    stack.append(parent)
        return False
