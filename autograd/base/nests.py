"""Nested lists, tuples and dicts of tensors, taken apart into a flat list and put together again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

#: How a nest was put together; called with the list of leaves it puts it together again.
Rebuild: TypeAlias = Callable[[Sequence[Any]], Any]


def flatten(tree: Any) -> tuple[list[Any], Rebuild]:
    """The leaves of nested lists, tuples, named tuples and dicts in order, and how to put others in their places.

    >>> leaves, rebuild = flatten({"a": 1, "b": (2, [3])})
    >>> leaves, rebuild([x * 10 for x in leaves])
    ([1, 2, 3], {'a': 10, 'b': (20, [30])})
    """
    if isinstance(tree, dict):
        keys = list(tree)
        return _joined([tree[k] for k in keys], lambda parts: type(tree)(zip(keys, parts)))
    if isinstance(tree, (list, tuple)):
        kind = type(tree)
        return _joined(tree, lambda parts: kind(*parts) if hasattr(kind, "_fields") else kind(parts))
    return [tree], lambda leaves: leaves[0]


def _joined(branches: Sequence[Any], build: Callable[[list[Any]], Any]) -> tuple[list[Any], Rebuild]:
    flat = [flatten(branch) for branch in branches]

    def rebuild(leaves: Sequence[Any]) -> Any:
        parts, start = [], 0
        for own, put_together in flat:
            parts.append(put_together(leaves[start : start + len(own)]))
            start += len(own)
        return build(parts)

    return [leaf for own, _ in flat for leaf in own], rebuild


def spread(prefix: Any, tree: Any) -> list[Any]:
    """For each leaf of `tree` the leaf of `prefix` that stands at its place or above it.

    Raises:
        ValueError: `prefix` has branches where `tree` has other ones.

    >>> spread((0, None), [5, [6, 7]])
    [0, None, None]
    """
    branches = _branches(prefix)
    if branches is None:
        return [prefix] * len(flatten(tree)[0])
    below = _branches(tree)
    if below is None or len(below) != len(branches) or isinstance(prefix, dict) != isinstance(tree, dict):
        raise ValueError(f"a structure of {len(branches)} does not match {type(tree).__name__}")
    return [leaf for part, branch in zip(branches, below) for leaf in spread(part, branch)]


def _branches(tree: Any) -> list[Any] | None:
    if isinstance(tree, dict):
        return list(tree.values())
    return list(tree) if isinstance(tree, (list, tuple)) else None
