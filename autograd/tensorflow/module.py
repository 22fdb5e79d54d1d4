"""Module: an object that finds the variables and modules in its attributes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .variable import Variable


class Module:
    """The base class of objects with variables.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         super().__init__(name="line")
    ...         self.w, self.b = Variable(5.0, name="w"), Variable(0.0, name="b")
    ...     def __call__(self, x):
    ...         return self.w * x + self.b
    >>> [v.name for v in Line().variables]
    ['b:0', 'w:0']
    """

    #: Restores from a checkpoint the variables that are created after it was read.
    restore_later: Callable[[], None] | None = None

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        if self.restore_later is not None:
            self.restore_later()

    def __init__(self, name: str | None = None) -> None:
        self._name = name or type(self).__name__.lower()

    @property
    def name(self) -> str:
        """The name; by default that of the class in lower case."""
        return getattr(self, "_name", type(self).__name__.lower())

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables in the attributes, sorted by attribute name, and in their lists, tuples, dicts and modules."""
        return tuple(found for found in _within(self) if isinstance(found, Variable))

    @property
    def trainable_variables(self) -> tuple[Variable, ...]:
        """The variables that tapes watch automatically."""
        return tuple(v for v in self.variables if v.trainable)

    @property
    def non_trainable_variables(self) -> tuple[Variable, ...]:
        """The variables that tapes do not watch automatically."""
        return tuple(v for v in self.variables if not v.trainable)

    @property
    def submodules(self) -> tuple[Module, ...]:
        """The modules in the attributes, and in the attributes of those modules."""
        return tuple(found for found in _within(self) if isinstance(found, Module))

    @staticmethod
    def with_name_scope(method: Any) -> Any:
        """The method itself: names of variables have no scopes."""
        return method


def _within(module: Module) -> Iterator[Variable | Module]:
    """The variables and modules in a module, each once, breadth first: its own before those of its modules."""
    seen = {id(module)}
    queue = [module]
    while queue:
        current = queue.pop(0)
        below: list[Module] = []
        for name in sorted(vars(current)):
            for leaf in _leaves(vars(current)[name]):
                if id(leaf) in seen:
                    continue
                seen.add(id(leaf))
                yield leaf
                if isinstance(leaf, Module):
                    below.append(leaf)
        queue += below


def _leaves(value: Any) -> Iterator[Variable | Module]:
    """The variables and modules in nested lists, tuples and dicts, a dict's in the order of its sorted keys."""
    if isinstance(value, (Variable, Module)):
        yield value
    elif isinstance(value, dict):
        for key in sorted(value, key=str):
            yield from _leaves(value[key])
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _leaves(part)
