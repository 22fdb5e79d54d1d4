"""`tf.nest`: tensors in nested lists, tuples and dicts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..base.nests import flatten as leaves_and_rebuild


def flatten(structure: Any, expand_composites: bool = False) -> list[Any]:
    """What stands in the nest, in order.

    >>> flatten({"a": 1, "b": (2, [3])})
    [1, 2, 3]
    """
    return list(leaves_and_rebuild(structure)[0])


def map_structure(func: Callable[..., Any], *structure: Any) -> Any:
    """The nest with the function of every leaf in its place; of several nests alike it gets a leaf of each.

    Raises:
        ValueError: the nests differ.

    >>> map_structure(lambda x, y: x + y, {"a": 1, "b": (2, 3)}, {"a": 10, "b": (20, 30)})
    {'a': 11, 'b': (22, 33)}
    """
    parts = [leaves_and_rebuild(nest) for nest in structure]
    if len({len(leaves) for leaves, _ in parts}) != 1:
        raise ValueError("The two structures don't have the same nested structure: pass nests with as many leaves")
    return parts[0][1]([func(*leaves) for leaves in zip(*(leaves for leaves, _ in parts))])
