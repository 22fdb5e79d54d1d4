"""Large cotangents: elementwise nodes that follow each other in the walk are pulled back together, part by part.

Their rules give the same values for a part of their arrays as for the whole ones. So each thread takes a part, and goes
through all these nodes with it. A cotangent that only they use is never a whole array, and the other threads are woken
once, not at every node. Where they have too few rules for that, the rules are called with whole arrays, one by one.
"""

from __future__ import annotations

from heapq import heappush
from typing import Any, TypeAlias

import numpy as np

from ..base import parts, threads
from ..base.parts import LARGE
from .graph import Leaf, Node
from .primitive import BoundRule, Primitive

#: Other threads help if the number of rules times the square of the bytes of an array is as large as this: from 8 rules
#: on for 1 MB, from one on for 3 MB. The square, because a rule takes longer for each byte once it leaves the cache.
_WORTH = 2**43
#: A run ends when it computes the cotangents of so many leaves or other nodes: they take memory, while the saved values
#: of its own nodes are kept.
_OUTSIDE = 2

#: A node, its saved values, and the parents that need a cotangent, each with its rule.
_Step: TypeAlias = tuple[Node, Any, list[tuple[Node | Leaf, BoundRule]]]


class Run:
    """Elementwise nodes of one shape that follow each other in the walk. Their rules are called when the run ends.

    Until then it stands in the walk's table of cotangents in place of each that it will compute.

    Attributes:
        given: the cotangents from before the run.
        steps: what to do for each node, in the order of the walk.
        left: the parents that have not become a step themselves; a dict for its order.
        outside: how many of them cannot become a step.
    """

    def __init__(self, g: Any) -> None:
        self.shape, self.size, self.nbytes, self.stretch = g.shape, g.size, g.nbytes, parts.STRETCH // g.itemsize
        self.given: dict[Node | Leaf, Any] = {}
        self.steps: list[_Step] = []
        self.left: dict[Node | Leaf, None] = {}
        self.outside = 0

    def can_take(self, node: Node, g: Any) -> bool:
        """Whether all that the rules of a node need are numbers, and contiguous arrays of the shape of the run."""
        if not _is_elementwise(node) or node.saved is None or self.outside >= _OUTSIDE:
            return False
        for value in (g, *node.saved):
            if type(value) is np.ndarray:
                if value.shape != self.shape or not value.flags.c_contiguous:
                    return False
            elif not (value is None or value is self or isinstance(value, (int, float, np.number))):
                return False
        return True

    def take(
        self, node: Node, g: Any, saved: Any, needed: set[Node | Leaf] | None, table: dict[Any, Any], heap: list[Any]
    ) -> None:
        """Make a step of a node.

        Args:
            node, g, saved: the node, the cotangent of its output, and its saved values.
            needed, table, heap: those of the walk; see `pull_back` in `backward.py`.
        """
        if g is self:
            del self.left[node]
        else:
            self.given[node] = g
        rules = []
        for parent, vjp in zip(node.parents, node.primitive.vjps):
            if parent is not None and (needed is None or parent in needed):
                rules.append((parent, vjp))
                if (so_far := table.get(parent)) is not self:
                    table[parent], self.left[parent] = self, None
                    self.outside += not _is_elementwise(parent)
                    if so_far is not None:
                        self.given[parent] = so_far
                    elif isinstance(parent, Node):
                        heappush(heap, (parent.age, parent))
        self.steps.append((node, saved, rules))

    def end(self, table: dict[Any, Any], sums: set[Any]) -> None:
        """Call the rules, and put the cotangents that are left into the table of the walk; `sums` is the walk's too."""
        if not self.left:
            return
        if sum([len(rules) for _, _, rules in self.steps]) * self.nbytes**2 < _WORTH:
            _pull_back(self.steps, None, self.given, sums)
            table.update((key, self.given[key]) for key in self.left)
            return
        given = {key: g.reshape(-1) for key, g in self.given.items()}
        steps = [(node, [_flat(value) for value in saved], rules) for node, saved, rules in self.steps]
        sums_given = sums.intersection(given)
        # The first elements tell the types. Whole arrays are made before those of the parts take memory in between.
        first = {key: g[:1].copy() for key, g in given.items()}
        cotangents = first.copy()
        _pull_back(steps, slice(1), cotangents, sums_given.copy())
        whole = {id(g): given[key] for key, g in first.items()}
        made = {}
        for key in self.left:
            g = cotangents[key]
            if id(g) in whole:  # a rule returned the cotangent itself, or a sum was added to in place
                result = whole[id(g)]
            else:
                result = made[key] = np.empty(self.size, g.dtype)
                sums.add(key)
            table[key] = result.reshape(self.shape)

        def pull_back(part: slice) -> None:
            for at in parts.stretches(part, self.stretch):
                cotangents = {key: g[at] for key, g in given.items()}
                _pull_back(steps, at, cotangents, sums_given.copy())
                for key, result in made.items():
                    result[at] = cotangents[key]

        threads.each(pull_back, parts.parts(self.size))


def _pull_back(steps: list[_Step], at: slice | None, cotangents: dict[Any, Any], sums: set[Any]) -> None:
    """The walk through the steps of a run, for one stretch of all arrays (None: all of it): as in `backward.py`."""
    for node, saved, rules in steps:
        g = cotangents.pop(node)
        saved_at = saved if at is None else [value[at] if type(value) is np.ndarray else value for value in saved]
        for parent, vjp in rules:
            gx, so_far = vjp(g, saved_at), cotangents.get(parent)
            if so_far is None:
                cotangents[parent] = gx
            elif parent in sums and gx.dtype == so_far.dtype:
                so_far += gx
            else:
                cotangents[parent] = so_far + gx
                sums.add(parent)


def next_run(
    run: Run | None, node: Node, g: Any, table: dict[Any, Any], sums: set[Any], wanted: set[Node | Leaf] | None
) -> tuple[Run | None, Any]:
    """The run that takes a node next, if any, and the cotangent of the node, an array unless it is in that run.

    Args:
        run: the present run, which ends if it cannot take the node.
        node, g: the node and its entry in the table of cotangents.
        table, sums, wanted: those of the walk.
    """
    if run is not None:
        if node.hooks is None and (wanted is None or node not in wanted) and run.can_take(node, g):
            return run, g
        run.end(table, sums)
        g = table.pop(node, g)
    if type(g) is np.ndarray and g.nbytes >= LARGE and threads.number() > 1:
        run = Run(g)
        if run.can_take(node, g):
            return run, g
    return None, g


def _is_elementwise(node: Any) -> bool:
    made = node.primitive if type(node) is Node and node.undo is None else None
    return type(made) is Primitive and made.elementwise is not None


def _flat(value: Any) -> Any:
    return value.reshape(-1) if type(value) is np.ndarray else value
