"""Versions of storage: which arrays were written in place, and when.

NumPy already knows which arrays share memory: views have one owner at the end of their
`base` chain. A write is counted for the owner, so every view sees it. The graph's clock says
whether a write came after a node saved the array; storage that was never written costs nothing.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from ..base.dtypes import Array
from .grad_mode import enable_grad
from .graph import Leaf, Node, tick
from .tensor import Tensor, wrap

#: Of how many writes to one storage the dates are kept, to tell which version a node saved.
_DATES_KEPT = 64


class _Writes:
    """How often and when the storage of one owner was written."""

    __slots__ = ("count", "dates", "line", "owner")

    def __init__(self, owner: weakref.ref[Array]) -> None:
        self.owner = owner
        self.count = 0
        self.dates: deque[int] = deque(maxlen=_DATES_KEPT)
        self.line: str | None = None


#: Asked for the user's line at each write; empty unless anomaly mode is on.
where_written: list[Callable[[], str]] = []


_written: dict[int, _Writes] = {}


class latest:
    """The age of the last write to any storage."""

    write = tick()


def owner_of(array: Array) -> Array:
    """The array that owns the memory that `array` shows."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def count_write(array: Array) -> None:
    """Note that the storage of `array` is being written now."""
    owner = array if array.base is None else owner_of(array)
    key = id(owner)
    writes = _written.get(key)
    if writes is None:
        writes = _written[key] = _Writes(weakref.ref(owner, lambda _: _written.pop(key, None)))
    writes.count += 1
    latest.write = tick()
    writes.dates.append(latest.write)
    writes.line = where_written[-1]() if where_written else None


def write(tensor: Tensor) -> Array:
    """The ndarray of `tensor`, to be written in place; the write is counted.

    Never for a value that a graph was recorded from and that still needs its gradient.
    """
    array = tensor._shared()
    count_write(array)
    return array


def line_of_write(array: Array) -> str | None:
    """The user's line of the last write to the storage of `array`, if anomaly mode was on."""
    writes = _written.get(id(owner_of(array)))
    return None if writes is None else writes.line


def version(array: Array) -> int:
    """How often the storage of `array` was written."""
    writes = _written.get(id(owner_of(array)))
    return 0 if writes is None else writes.count


def written_since(array: Any, age: int) -> bool:
    """Whether the storage of `array` was written after what has that age was made; what is no array has none."""
    if not isinstance(array, np.ndarray):
        return False
    writes = _written.get(id(owner_of(array)))
    return writes is not None and writes.dates[-1] < age


def version_at(array: Array, age: int) -> int:
    """The version that the storage of `array`, which was written since, had when what has that age was made."""
    writes = _written[id(owner_of(array))]
    return writes.count - sum(date < age for date in writes.dates)


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
