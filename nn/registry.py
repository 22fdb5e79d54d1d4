"""Registry: the parameters, buffers or submodules of a module, a dict that the module's attributes follow."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

from .hooks import changes

#: The registries of a module, in the order in which a name is looked up.
REGISTRIES = ("_parameters", "_buffers", "_modules")
_MISSING: Any = object()


class Registry(dict[str, Any]):
    """The values that a module registers under names, in order.

    Each is also a plain attribute of the module, so that reading `self.weight` is fast. A change of this dict changes
    the attributes too: libraries edit it, as in `del module._parameters["weight"]`. As in PyTorch, an attribute that
    was set otherwise hides the registered value of its name, and stays.
    """

    __slots__ = ("_owners",)

    def __init__(self, owner: Any, values: Mapping[str, Any] | Iterable[tuple[str, Any]] = ()) -> None:
        super().__init__(values)
        self._owners = [weakref.ref(owner)]  # weak, so that a module is freed with its last use

    def join(self, owner: Any) -> Registry:
        """Let another module share this registry, as a shallow copy of a module does."""
        if all(other() is not owner for other in self._owners):
            self._owners.append(weakref.ref(owner))
        return self

    def __setitem__(self, name: str, value: Any) -> None:
        shown = _shown(self._owners, (name,))
        super().__setitem__(name, value)
        _follow(shown)

    def __delitem__(self, name: str) -> None:
        shown = _shown(self._owners, (name,))
        super().__delitem__(name)
        _follow(shown)

    def pop(self, name: str, *default: Any) -> Any:
        """Remove a name and return its value; without the name, return the default, or raise KeyError."""
        value = super().pop(name, *default) if name not in self else self[name]
        if name in self:
            del self[name]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Remove the last name and value, and return them."""
        if not self:
            raise KeyError("popitem(): the dict is empty")
        name = next(reversed(self))
        return name, self.pop(name)

    def __ior__(self, other: Any) -> Registry:  # type: ignore[override, misc]  # any mapping, as for a dict
        self.update(other)
        return self

    # These go through those above.
    clear, update, setdefault = MutableMapping.clear, MutableMapping.update, MutableMapping.setdefault

    def __reduce_ex__(self, protocol: Any) -> Any:
        """A copy is a plain dict, which a module makes its own when it is given it."""
        return dict, (), None, None, iter(self.items())


def _shown(owners: Iterable[weakref.ref[Any]], names: Iterable[str]) -> list[tuple[dict[str, Any], str]]:
    """Before a change of registries: the attributes that show the registered values of these names."""
    changes.latest = object()
    modules = [module for ref in owners if (module := ref()) is not None]
    places = [(vars(module), name) for module in modules for name in names]
    return [(fields, name) for fields, name in places if fields.get(name, _MISSING) is _registered(fields, name)]


def _follow(shown: list[tuple[dict[str, Any], str]]) -> None:
    """After the change: let them show the new values."""
    for fields, name in shown:
        value = _registered(fields, name)
        if value is _MISSING:
            fields.pop(name, None)
        else:
            fields[name] = value


def _registered(fields: dict[str, Any], name: str) -> Any:
    """The value that the registries of a module have under a name."""
    for registry in REGISTRIES:
        if name in fields.get(registry, ()):
            return fields[registry][name]
    return _MISSING


def adopt(module: Any) -> None:
    """Make the registries of a module, which may be plain dicts, its own: after its attributes were copied to it."""
    fields = vars(module)
    for name in REGISTRIES:
        if name in fields:
            values = fields[name]
            fields[name] = values.join(module) if isinstance(values, Registry) else Registry(module, values)


def replace(module: Any, registry: str, values: Any) -> None:
    """Give a module another dict in place of a registry."""
    shown = _shown([weakref.ref(module)], {*vars(module).get(registry, ()), *values})
    vars(module)[registry] = values
    adopt(module)
    _follow(shown)
