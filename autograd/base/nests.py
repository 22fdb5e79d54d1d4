"""Nests: lists, tuples, named tuples and dicts that hold one another. Their leaves are everything else.

The leaves of a dict stand in the order in which its keys were inserted.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, MutableMapping, Sequence
from typing import Any, TypeAlias

#: Puts other leaves into the structure of a nest: called with a list of as many leaves as the nest has.
Rebuild: TypeAlias = Callable[[Sequence[Any]], Any]


def leaves(nest: Any) -> list[Any]:
    """The leaves of a nest in order; a value that is not a container is its own only leaf.

    >>> leaves({"a": 1, "b": (2, [3])}), leaves(5)
    ([1, 2, 3], [5])
    """
    found: list[Any] = []
    _collect(nest, found)
    return found


def _collect(nest: Any, found: list[Any]) -> None:
    if isinstance(nest, (list, tuple)):
        for branch in nest:
            _collect(branch, found)
    elif isinstance(nest, dict):
        for branch in nest.values():
            _collect(branch, found)
    else:
        found.append(nest)


def mapped(function: Callable[..., Any], nest: Any, *others: Any) -> Any:
    """The nest with `function(leaf)` in place of each leaf.

    With `others`, nests of the same structure, the function also takes the leaf of each at the same place.
    Only the structure of `nest` is copied: the branch of another nest may stand where `nest` has a leaf.

    Raises:
        ValueError: another nest has a different structure.

    >>> mapped(lambda x: x * 10, {"a": 1, "b": (2, [3])})
    {'a': 10, 'b': (20, [30])}
    >>> mapped(lambda x, y: x + y, [1, (2, 3)], [10, (20, 30)])
    [11, (22, 33)]
    """
    if not isinstance(nest, (list, tuple, dict)):
        return function(nest, *others)
    if not others and type(nest) in (list, tuple):  # five times as fast as `rebuilt`, for every call of a Keras layer
        return type(nest)([mapped(function, branch) for branch in nest])
    keys: Any = nest if isinstance(nest, dict) else range(len(nest))
    for other in others:
        _check_same_structure(nest, other)
    return rebuilt(nest, [mapped(function, nest[key], *(other[key] for other in others)) for key in keys])


def flatten(nest: Any) -> tuple[list[Any], Rebuild]:
    """The leaves of a nest in order, and the function that puts others in their places.

    >>> values, rebuild = flatten({"a": 1, "b": (2, [3])})
    >>> values, rebuild([x * 10 for x in values])
    ([1, 2, 3], {'a': 10, 'b': (20, [30])})
    """
    branches = _branches(nest)
    if branches is None:
        return [nest], lambda values: values[0]
    parts = [flatten(branch) for branch in branches]
    container = copy.copy(nest) if isinstance(nest, dict) else nest  # its keys may change before rebuild is called

    def rebuild(values: Sequence[Any]) -> Any:
        changed, start = [], 0
        for own, rebuild_part in parts:
            changed.append(rebuild_part(values[start : start + len(own)]))
            start += len(own)
        return rebuilt(container, changed)

    return [leaf for own, _ in parts for leaf in own], rebuild


def rebuilt(container: Any, parts: Sequence[Any]) -> Any:
    """A container of the same type, and with the same keys, that holds `parts`.

    Of a mapping that cannot be changed, a dict. Only the outermost level is rebuilt.

    >>> rebuilt({"a": 1, "b": 2}, [3, (4, 5)]), rebuilt((1, 2), [3, 4])
    ({'a': 3, 'b': (4, 5)}, (3, 4))
    """
    if isinstance(container, (list, tuple)):
        kind: Any = type(container)
        return kind(*parts) if hasattr(kind, "_fields") else kind(parts)
    copied = copy.copy(container) if isinstance(container, MutableMapping) else dict(container)
    copied.update(zip(list(container), parts))
    return copied


def spread(prefix: Any, nest: Any) -> list[Any]:
    """For each leaf of `nest` the leaf of `prefix` at the same place or above it.

    Raises:
        ValueError: `prefix` has branches where `nest` has other ones.

    >>> spread((0, None), [5, [6, 7]])
    [0, None, None]
    """
    branches = _branches(prefix)
    if branches is None:
        return [prefix] * len(leaves(nest))
    below = _branches(nest)
    if below is None or len(below) != len(branches) or isinstance(prefix, dict) != isinstance(nest, dict):
        raise ValueError(f"a structure of {len(branches)} does not match {type(nest).__name__}")
    return [leaf for part, branch in zip(branches, below) for leaf in spread(part, branch)]


def _branches(nest: Any) -> Sequence[Any] | None:
    """The values of a container; None for a leaf."""
    if isinstance(nest, dict):
        return list(nest.values())
    return nest if isinstance(nest, (list, tuple)) else None


def _check_same_structure(nest: Any, other: Any) -> None:
    if isinstance(nest, dict):
        same = isinstance(other, dict) and nest.keys() == other.keys()
    else:
        same = isinstance(other, (list, tuple)) and len(nest) == len(other)
    if not same:
        raise ValueError(f"the nests differ in structure: {nest!r} and {other!r}")
