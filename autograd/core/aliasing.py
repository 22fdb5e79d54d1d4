"""Shared memory: when storage was written in place, and views, which follow what is written into their base.

Arrays that share memory have one owner, at the end of their chain of `base` attributes. Writes are counted
for the owner, so that every view of it knows them. The clock of the graph tells whether a write came after a
node saved the array. Storage that was never written has no entry.

A write through a view changes its base and every other view of it. Their values need no care, since the
memory is one. Their place in the graph does: a view compares its base's node with the one that it was made
from, and if the base has been rewritten since, repeats the operations that lead from the base to the view.
"""

from __future__ import annotations

import operator
import sys
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from ..base.dtypes import Array
from ..base.memory import owner_of, places_in
from .grad_mode import enable_grad, recording
from .graph import Leaf, Node, tick
from .hooks import move_retained
from .tensor import Tensor, wrap

#: How many of the last writes to a storage keep their dates, for messages that name the version a node saved.
_DATES_KEPT = 64


class _Writes:
    """The writes to the storage of one owner: how many, when, and the user's line of the last in anomaly mode."""

    __slots__ = ("count", "dates", "last", "line", "owner")

    def __init__(self, owner: weakref.ref[Array]) -> None:
        self.owner = owner
        self.count = self.last = 0  # of no write, which is older than every node
        self.dates: deque[int] = deque(maxlen=_DATES_KEPT)
        self.line: str | None = None


#: The storage that has been written, by the identity of its owner; an entry goes with the owner.
_written: dict[int, _Writes] = {}

#: Anomaly mode puts here a function that tells the user's current line.
where_written: list[Callable[[], str]] = []


class last_write:
    """The age of the last write to any storage: if it is older than a node, nothing the node saved was overwritten.

    An attribute of a class, so that other modules see its current value.
    """

    age = tick()


def count_write(array: Array) -> None:
    """Count a write to the storage of `array`, which is about to happen."""
    count_writes((writes_to(array),))


def writes_to(array: Array) -> _Writes:
    """The record of the writes to the storage of `array`."""
    owner = array if array.base is None else owner_of(array)
    key = id(owner)
    writes = _written.get(key)
    if writes is None:
        writes = _written.setdefault(key, _Writes(weakref.ref(owner, lambda _: _written.pop(key, None))))
    return writes


def count_writes(records: Sequence[_Writes]) -> None:
    """Count a write to each of several storages, given by their records."""
    line = where_written[-1]() if where_written else None
    age = tick()
    for writes in records:
        writes.dates.append(age)
        # CPython switches threads only at calls and loops. There are none in the rest, so that no write is lost when
        # several threads write. (A lock would take as long as all of this function.)
        writes.count += 1
        writes.line = line
        if age < writes.last:  # noqa: PLR1730 - min() would be a call
            writes.last = age
        if age < last_write.age:  # noqa: PLR1730
            last_write.age = age


def write(tensor: Tensor) -> Array:
    """The ndarray of `tensor`, to be written in place, after counting the write.

    The caller has made sure that no gradient is lost by it: this is the raw write, which records nothing.
    """
    array = tensor.array
    if type(array) is not np.ndarray:
        array = tensor._shared()
    count_write(array)
    return array


def line_of_write(array: Array) -> str | None:
    """The user's line of the last write to the storage of `array`; None if anomaly mode was off."""
    writes = _written.get(id(owner_of(array)))
    return None if writes is None else writes.line


def version(array: Array) -> int:
    """How often the storage of `array` was written."""
    writes = _written.get(id(owner_of(array)))
    return 0 if writes is None else writes.count


def written_since(array: Any, age: int) -> bool:
    """Whether `array` is an array whose storage was written after the time `age`."""
    if not isinstance(array, np.ndarray):
        return False
    writes = _written.get(id(owner_of(array)))
    return writes is not None and writes.last < age


def version_at(array: Array, age: int) -> int:
    """The version that the storage of `array`, which was written since, had at the time `age`."""
    writes = _written[id(owner_of(array))]
    return writes.count - sum(date < age for date in writes.dates)


# -- views ------------------------------------------------------------------------------------------

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
        if known is not base.node and (base.node or written_since(base.array, (self._node or known).age)):  # type: ignore[union-attr]  # known is not None if base.node is
            if self.origin == "function":
                raise RuntimeError(f"the base of this view was written in place, but {UNWRITABLE['function']}")
            with enable_grad():  # reading .node under no_grad must not drop the graph
                self.node = replay(wrap(base.array, base.node), self.steps).node
        return self._node  # that of a base which was detached, not rewritten, is still right

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
