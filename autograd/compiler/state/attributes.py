"""Attributes: what a step depends on besides arrays: the settings of layers, losses and optimizers.

A layer, a loss, a metric and an optimizer of Keras tell a trace that they are used (`depends_on`). The program holds as
long as each of their attributes is the object that it was; a step that itself gives one of them another attribute, such
as a counter, cannot be compiled, since the program would not.
"""

from __future__ import annotations

from collections.abc import Container
from operator import is_
from typing import Any

from ..symbols import Symbol, bare, parts


class Attributes:
    """The objects that a step depends on, and the attributes that they had before."""

    def __init__(self) -> None:
        self._before: dict[int, tuple[Any, dict[str, Any]]] = {}

    def note(self, holder: Any, changing: frozenset[str]) -> None:
        """Remember the attributes of an object, but for those that calls change and nothing depends on."""
        if id(holder) not in self._before:
            kept = {name: value for name, value in vars(holder).items() if name not in changing}
            self._before[id(holder)] = (holder, kept)

    def holders(self) -> Container[int]:
        """The objects, by identity."""
        return self._before.keys()

    def changed(self) -> str | None:
        """Which attribute is another object now; where it is a symbol, its array takes its place."""
        reason = None
        for holder, before in self._before.values():
            for name, value in vars(holder).items():
                if name in before and before[name] is not value:
                    reason = f"the step changes the attribute {name!r} of {_described(holder)}"
                if any(type(part) is Symbol for part in parts(value)):
                    vars(holder)[name] = bare(value)
        return reason

    def names(self) -> dict[int, str]:
        """What values are called after their holder and their attribute, such as `dense_kernel`, by identity."""
        found: dict[int, str] = {}
        for holder, before in self._before.values():
            owner = getattr(holder, "name", None) or type(holder).__name__.lower()
            for name, value in before.items():
                found.setdefault(id(value), f"{owner}_{name.strip('_')}")
        return found

    def guards(self) -> list[tuple[str, dict[str, Any]]]:
        """For each object an expression that is true while its attributes are the same, and what its names mean."""
        found = []
        for i, (holder, before) in enumerate(self._before.values()):
            get, names, values = f"get{i}_", f"names{i}_", f"values{i}_"
            space = {get: vars(holder).get, names: tuple(before), values: tuple(before.values()), "is_": is_}
            found.append((f"all(map(is_, map({get}, {names}), {values}))", space))
        return found


def _described(holder: Any) -> str:
    name = getattr(holder, "name", None)
    return f"the {type(holder).__name__} {name!r}" if isinstance(name, str) else f"a {type(holder).__name__}"
