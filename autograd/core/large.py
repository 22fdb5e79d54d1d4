"""Large cotangents: the rules of an elementwise primitive, called with a part of its arrays on each thread.

Such a rule gives the same values for parts of its arrays as for the whole ones. So all rules of a node are called
with one part after another, and what they return is added to the cotangents while it is still in the cache.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base import threads
from .graph import Leaf, Node
from .primitive import Primitive

#: The number of elements that the rules are called with: the cache holds what they compute from them, and there are few
#: calls, because the threads wait for each other between two functions of NumPy.
_STRETCH = 2**18


def can_be_cut(node: Node, g: Any, saved: Any) -> bool:
    """Whether all that the rules of a node need are numbers, and contiguous arrays of the cotangent's shape."""
    if threads.number() < 2 or type(node.primitive) is not Primitive or node.primitive.elementwise is None:
        return False
    arrays = [value for value in saved if not (value is None or isinstance(value, (int, float, np.number)))]
    return node.undo is None and all(_is_like(value, g) for value in (g, *arrays))


def _is_like(value: Any, g: Any) -> bool:
    return type(value) is np.ndarray and value.shape == g.shape and value.flags.c_contiguous


def pull_back_in_parts(
    node: Node, g: Any, saved: Any, needed: set[Node | Leaf] | None, table: dict[Any, Any], sums: set[Any]
) -> list[Any]:
    """Add the results of the rules of a node to the table of cotangents.

    Args:
        node, g, saved: the node, the cotangent of its output, and its saved values; see `can_be_cut`.
        needed, table, sums: those of the walk; see `pull_back` in `backward.py`.

    Returns:
        The parents that had no cotangent before.
    """
    flat = [value.reshape(-1) if isinstance(value, np.ndarray) else value for value in (g, *saved)]

    def part(at: slice) -> tuple[Any, list[Any]]:
        g_part, *saved_part = [value[at] if isinstance(value, np.ndarray) else value for value in flat]
        return g_part, saved_part

    first, first_saved = part(slice(1))
    new: list[Any] = []
    work: list[tuple[Any, Any, Any]] = []  # a rule, the cotangent so far or None, and where to write their sum
    for parent, vjp in zip(node.parents, node.primitive.vjps):
        if parent is None or (needed is not None and parent not in needed):
            continue
        so_far: Any = table.get(parent)
        sample = vjp(first, first_saved)
        if so_far is None:
            new.append(parent)
            if sample is first:  # the rule returns the cotangent itself
                table[parent] = g
                continue
        elif not _is_like(so_far, g) or so_far.dtype != sample.dtype:
            table[parent] = so_far + vjp(g, saved)
            sums.discard(parent)
            continue
        total = table[parent] = so_far if parent in sums else np.empty(g.shape, sample.dtype)
        sums.add(parent)
        work.append((vjp, None if so_far is None else so_far.reshape(-1), total.reshape(-1)))

    def compute(at: slice) -> None:
        g_part, saved_part = part(at)
        for vjp, so_far, total in work:
            gx = vjp(g_part, saved_part)
            if so_far is None:
                total[at] = gx
            else:
                np.add(so_far[at], gx, out=total[at])

    def compute_all(of_thread: slice) -> None:
        for start in range(of_thread.start, of_thread.stop, _STRETCH):
            compute(slice(start, min(start + _STRETCH, of_thread.stop)))

    if work:
        threads.each(compute_all, threads.parts(g.size))
    return new
