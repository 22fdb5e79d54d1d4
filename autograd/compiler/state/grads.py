"""Grads: the `.grad` of leaves, as a step reads and sets it.

While a step is watched, a property takes the place of the slot of `Leaf.grad`.
"""

from __future__ import annotations

from typing import Any

from ...base.symbolic import current
from ...core.graph import Leaf

_slot: Any = vars(Leaf)["grad"]


class Grads:
    """What a step did with gradients.

    Attributes:
        read: the leaves whose `.grad` was read before it was set, with what was found.
        assigned: the leaves that existed before and whose `.grad` was set.
        new_leaves: the leaves that the step made.
        of_new_leaves: the gradients of these, by identity.
    """

    def __init__(self, trace: Any) -> None:
        self._trace = trace
        self.read: dict[Leaf, Any] = {}
        self.assigned: dict[Leaf, None] = {}
        self.new_leaves: dict[Leaf, None] = {}
        self.of_new_leaves: set[int] = set()

    def begin(self) -> None:
        """Put the property in place of the slot."""
        setattr(Leaf, "grad", property(self._read, self._assign))  # noqa: B010 - mypy refuses to assign it

    def end(self) -> None:
        """Put the slot back."""
        setattr(Leaf, "grad", _slot)  # noqa: B010 - mypy refuses to assign it
        self.of_new_leaves = {id(leaf.grad) for leaf in self.new_leaves if leaf.grad is not None}
        self.new_leaves.clear()

    def _read(self, leaf: Leaf) -> Any:
        found = _slot.__get__(leaf, Leaf)
        if current.trace is self._trace and leaf not in self.assigned and leaf not in self.new_leaves:
            self.read.setdefault(leaf, found)
        return found

    def _assign(self, leaf: Leaf, value: Any) -> None:
        if current.trace is self._trace:
            try:
                before = _slot.__get__(leaf, Leaf)
            except AttributeError:  # a leaf is being made
                self.new_leaves[leaf] = None
            if leaf not in self.new_leaves and leaf not in self.assigned:
                self._trace.before.add_grad(leaf, before)
                self.assigned[leaf] = None
        _slot.__set__(leaf, value)
