"""Attributes: what a step depends on besides arrays: the settings of layers, losses and optimizers.

A layer, a loss, a metric and an optimizer of Keras tell a trace that they are used (`depends_on`). The program holds as
long as each of their attributes is the object that it was; a step that itself gives one of them another attribute, such
as a counter, cannot be compiled, since the program would not. Of a Module the trace looks at the attributes itself.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import is_
from typing import Any

from nn.hooks import changes
from nn.module import Module

from ..symbols import Symbol, bare, parts
from .places import same


class Attributes:
    """The objects that a step depends on, and the attributes that they had before."""

    def __init__(self) -> None:
        self.before: dict[int, tuple[Any, dict[str, Any]]] = {}

    def note(self, holder: Any, changing: frozenset[str]) -> None:
        """Remember the attributes of an object, but for those that calls change and nothing depends on."""
        if id(holder) not in self.before:
            kept = {name: value for name, value in vars(holder).items() if name not in changing}
            self.before[id(holder)] = (holder, kept)

    def changed(self) -> str | None:
        """Which attribute is another object now; where it is a symbol, its array takes its place."""
        reason = None
        for holder, before in self.before.values():
            for name, value in vars(holder).items():
                if name in before and before[name] is not value:
                    reason = f"the step changes the attribute {name!r} of {_described(holder)}"
                if any(type(part) is Symbol for part in parts(value)):
                    vars(holder)[name] = bare(value)
        return reason

    def names(self) -> dict[int, str]:
        """What values are called after their holder and their attribute, such as `dense_kernel`, by identity."""
        found: dict[int, str] = {}
        for holder, before in self.before.values():
            owner = getattr(holder, "name", None) or type(holder).__name__.lower()
            for name, value in before.items():
                found.setdefault(id(value), f"{owner}_{name.strip('_')}")
        return found

    def guards(self) -> list[tuple[str, dict[str, Any]]]:
        """For each object an expression that is true while its attributes are the same, and what its names mean."""
        found = []
        for i, (holder, before) in enumerate(self.before.values()):
            get, names, values = f"get{i}_", f"names{i}_", f"values{i}_"
            space = {get: vars(holder).get, names: tuple(before), values: tuple(before.values()), "is_": is_}
            found.append((f"all(map(is_, map({get}, {names}), {values}))", space))
        return found


def _described(holder: Any) -> str:
    name = getattr(holder, "name", None)
    return f"the {type(holder).__name__} {name!r}" if isinstance(name, str) else f"a {type(holder).__name__}"


# -- modules ------------------------------------------------------------------------------------------


def state_of(module: Module) -> dict[str, Any]:
    """The attributes of a module, and its parts; in another state it may compute something else."""
    fields = {key: value for key, value in vars(module).items() if key != "_hooks"}
    for registry in ("_parameters", "_buffers", "_modules"):
        fields |= {f"{registry}.{name}": value for name, value in fields.pop(registry, {}).items()}
    return {key: frozen(value) for key, value in fields.items()} | {"__class__": type(module)}


def frozen(value: Any) -> Any:
    """A value in a form that `same_state` compares: containers of few values by what they hold."""
    if isinstance(value, (list, tuple)) and len(value) <= 100:
        return (type(value), [frozen(v) for v in value])
    if isinstance(value, (dict, set)) and len(value) <= 100:
        return (type(value), [frozen(v) for v in (value.items() if isinstance(value, dict) else value)])
    return value


def same_state(a: Any, b: Any) -> bool:
    """Whether two frozen values are the same."""
    if type(a) is tuple and type(b) is tuple:
        return a[0] is b[0] and len(a[1]) == len(b[1]) and all(map(same_state, a[1], b[1]))
    return same(a, b)


def states_changed(states: dict[Module, dict[str, Any]], repeated: str = "") -> str | None:
    """Which attribute of a module is another one than in its state, but for one that a program sets itself."""
    for module, before in states.items():
        now = state_of(module)
        for key in now.keys() | before.keys():
            unchanged = key in now and key in before and same_state(now[key], before[key])
            if not unchanged and key != repeated:
                return f"the step changes the attribute {key!r} of a {type(module).__name__}"
        if list(now) != list(before):
            return f"the step changes the order of the attributes of a {type(module).__name__}"
    return None


class Unchanged:
    """Whether modules and hooks are what they were. While no module at all was changed, one comparison tells it.

    Attributes:
        latest: the last change of a module that made no difference.
    """

    def __init__(self, states: dict[Module, dict[str, Any]], hook: Callable[[], str | None]) -> None:
        self._states, self._hook, self.latest = states, hook, changes.latest
        self._fields = [vars(module) for module in states]
        self._before = list(map(dict, self._fields))
        self._training = [fields.get("training") for fields in states.values()]

    def at_once(self) -> bool:
        """Whether all attributes are the same, which may also change by way of `__dict__`."""
        return self._fields == self._before

    def after_all(self) -> bool:
        """Look at all of them, and first at the modes of training, which change often."""
        latest = changes.latest
        if [fields.get("training") for fields in self._fields] != self._training:
            return False
        if states_changed(self._states) or self._hook():
            return False
        self.latest, self._before = latest, list(map(dict, self._fields))
        return True
