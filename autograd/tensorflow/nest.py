"""`tf.nest`: nested lists, tuples and dicts of tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..base.nests import leaves, mapped


def flatten(structure: Any, expand_composites: bool = False) -> list[Any]:
    """The leaves of the nest, in order: those of a dict in the order of its sorted keys.

    >>> flatten({"b": (2, [3]), "a": 1})
    [1, 2, 3]
    """
    if isinstance(structure, dict):
        structure = [structure[key] for key in sorted(structure)]
    if isinstance(structure, (list, tuple)):
        return [leaf for part in structure for leaf in flatten(part)]
    return leaves(structure)


def map_structure(func: Callable[..., Any], *structure: Any) -> Any:
    """The nest with `func(leaf)` in place of each leaf; of several nests, `func` takes a leaf of each.

    Raises:
        ValueError: the nests have different structures.

    >>> map_structure(lambda x, y: x + y, {"a": 1, "b": (2, 3)}, {"a": 10, "b": (20, 30)})
    {'a': 11, 'b': (22, 33)}
    """
    if len({len(leaves(nest)) for nest in structure}) != 1:
        raise ValueError("The nests don't have the same nested structure: their numbers of leaves differ")
    return mapped(func, *structure)
