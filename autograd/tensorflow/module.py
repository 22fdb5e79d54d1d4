"""Module: an object that knows the variables in its attributes, and in theirs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .variable import Variable


class Module:
    """Base of objects that hold variables.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         super().__init__(name="line")
    ...         self.w, self.b = Variable(5.0, name="w"), Variable(0.0, name="b")
    ...     def __call__(self, x):
    ...         return self.w * x + self.b
    >>> [v.name for v in Line().variables]
    ['b:0', 'w:0']
    """

    def __init__(self, name: str | None = None) -> None:
        self._name = name or type(self).__name__.lower()

    @property
    def name(self) -> str:
        """Its name; that of the class in small letters if none was given."""
        return getattr(self, "_name", type(self).__name__.lower())

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables in its attributes, by the attributes' names, and in lists, dicts and modules there."""
        return tuple(found for found in _within(self) if isinstance(found, Variable))

    @property
    def trainable_variables(self) -> tuple[Variable, ...]:
        """Those of them that tapes watch."""
        return tuple(v for v in self.variables if v.trainable)

    @property
    def non_trainable_variables(self) -> tuple[Variable, ...]:
        """Those of them that tapes do not watch by themselves."""
        return tuple(v for v in self.variables if not v.trainable)

    @property
    def submodules(self) -> tuple[Module, ...]:
        """The modules in its attributes, and in theirs."""
        return tuple(found for found in _within(self) if isinstance(found, Module))

    @staticmethod
    def with_name_scope(method: Any) -> Any:
        """The method as it is: names of variables have no scopes here."""
        return method


def _within(module: Module) -> Iterator[Variable | Module]:
    """Variables and modules below a module: of each its own variables first, then those of its modules; each once."""
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
                if isinstance(leaf, Variable):
                    yield leaf
                else:
                    below.append(leaf)
                    yield leaf
        queue += below


def _leaves(value: Any) -> Iterator[Variable | Module]:
    if isinstance(value, (Variable, Module)):
        yield value
    elif isinstance(value, dict):
        for key in sorted(value, key=str):
            yield from _leaves(value[key])
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _leaves(part)
