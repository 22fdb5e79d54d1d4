"""Surroundings: what a step reads around it, and whether that is what it was when the step was watched.

Variables of enclosing functions, global variables, attributes of the object whose method the step is, what lists, dicts
and objects among these hold; and the attributes of modules. A program holds them fixed: where one is another value, the
program does not hold, and a step that changes one itself cannot be compiled.
"""

from __future__ import annotations

import collections
import functools
import random
import types
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from nn.hooks import changes
from nn.module import Module
from nn.optim.optimizer import Optimizer

from ..base.nests import leaves
from ..core.tensor import Tensor
from .origin import is_the_users

#: Values that are compared as such; other ones must be the same object.
_PLAIN = (bool, int, float, complex, str, bytes, type(None))
#: How far into lists, dicts and objects is looked, and at how many values in all.
_DEPTH, _MOST = 4, 2000


class Variable(NamedTuple):
    """A place where the step finds a value.

    Attributes:
        name: as the user writes it.
        holder: a closure's cell; a dict, list or tuple; or an object, of which it is an attribute.
        key: the key, index or name there; None for a cell.
        value: what stood there.
    """

    name: str
    holder: Any
    key: Any
    value: Any

    def now(self) -> Any:
        """What stands there now; raises an Exception if there is nothing."""
        return self.holder.cell_contents if self.key is None else self.holder[self.key]

    def holds(self) -> bool:
        """Whether it is still the same."""
        try:
            return same(self.now(), self.value)
        except Exception:
            return False


def same(a: Any, b: Any) -> bool:
    """Whether two values are one object, or equal numbers or strings; 0.0 and -0.0 are not."""
    return a is b or (type(a) is type(b) and type(a) in _PLAIN and repr(a) == repr(b))


def _random_states() -> list[Any]:
    """The states of the generators that NumPy and Python share among all."""
    _, keys, *rest = np.random.get_state(legacy=True)
    return [keys.tobytes(), rest, random.getstate()]  # type: ignore[union-attr]  # an array


class Surroundings:
    """The surroundings of a step as they are when it is made.

    Attributes:
        variables: the places from which the step may read.
        modules: the modules among their values, with all submodules.
    """

    def __init__(self, step: Any, arguments: Any = ()) -> None:
        self.variables: list[Variable] = []
        self.modules: dict[Module, Any] = {}
        self._sizes: list[tuple[str, Any, int]] = []
        self._generators: list[tuple[str, Any, str]] = []
        self._others: list[Variable] = []  # of which only the step itself is expected to change one
        self._iterators: list[str] = []
        self._seen: dict[int, Any] = {}
        self._names: set[str] = set()
        self._look_into("", step, 0)
        for v in leaves(arguments):
            self._look_into("an argument", v, 1)
        self._random = _random_states()

    def guarded(self) -> list[Variable]:
        """The variables that guards look at in every call: those of large containers are too many."""
        return [v for v in self.variables if v.key is None or not isinstance(v.key, int) or len(v.holder) <= 8]

    def changed(self) -> str | None:
        """Why the step cannot be compiled, if it changed something."""
        names = [v.name for v in (*self.variables, *self._others) if not v.holds()]
        names += [name for name, container, size in self._sizes if len(container) != size]
        if names:
            return f"the step changes {names[0]}: a program writes tensors in place, and does nothing else"
        if self._iterators:
            return f"the step reads or writes {self._iterators[0]}, which goes on with every use: pass it what it needs"
        drawn = [name for name, generator, state in self._generators if repr(generator.bit_generator.state) != state]
        if drawn or _random_states() != self._random:
            return (
                f"the step draws from {drawn[0] if drawn else 'a random generator of NumPy or Python'}: use torch.rand"
            )
        return None

    def _add(self, name: str, holder: Any, key: Any, value: Any, depth: int) -> None:
        if len(self.variables) < _MOST:
            self.variables.append(Variable(name, holder, key, value))
            self._look_into(name, value, depth + 1)

    def _look_into(self, name: str, value: Any, depth: int) -> None:
        if (
            depth > _DEPTH
            or id(value) in self._seen
            or type(value) in _PLAIN
            or isinstance(value, (Tensor, np.ndarray))
        ):
            return
        self._seen[id(value)] = value
        if isinstance(value, Module):
            for module in value.modules():
                self._look_into_code(type(module).forward, depth)
                self.modules.setdefault(module, state_of(module))
        elif isinstance(value, np.random.Generator):
            self._generators.append((name, value, repr(value.bit_generator.state)))
        elif isinstance(value, types.MethodType):
            self._look_into_code(value.__func__, depth)
            self._look_into("self", value.__self__, depth)
        elif isinstance(value, types.FunctionType):
            self._look_into_code(value, depth)
        elif isinstance(value, functools.partial):
            for part in (value.func, value.args, value.keywords):
                self._look_into(name, part, depth)
        elif hasattr(value, "__wrapped__"):
            self._look_into(name, value.__wrapped__, depth)
        elif isinstance(value, (list, tuple, dict)):
            self._sizes.append((name, value, len(value)))
            for key, v in value.items() if isinstance(value, dict) else enumerate(value):
                self._add(f"{name}[{key!r}]", value, key, v, depth)
        elif isinstance(value, (set, collections.deque)):
            self._sizes.append((name, value, len(value)))
        elif hasattr(value, "__next__"):
            self._iterators.append(name)
        elif hasattr(value, "__dict__") and not isinstance(value, (Tensor, Optimizer, type, types.ModuleType)):
            self._look_into_code(getattr(type(value), "__call__", None), depth)  # noqa: B004 - its code
            for key, v in list(vars(value).items()):
                if key in self._names:
                    self._add(f"{name}.{key}", vars(value), key, v, depth)
                elif type(v) in _PLAIN:
                    self._others.append(Variable(f"{name}.{key}", vars(value), key, v))

    def _look_into_code(self, function: Any, depth: int) -> None:
        function = getattr(function, "__wrapped__", function)
        code = getattr(function, "__code__", None)
        if code is None or id(code) in self._seen or not is_the_users(code.co_filename):
            return
        self._seen[id(code)] = code
        self._names.update(_names_in(code))
        for name, cell in zip(code.co_freevars, function.__closure__ or ()):
            try:
                self._add(name, cell, None, cell.cell_contents, depth)
            except ValueError:
                continue  # not assigned yet
        for default in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            self._look_into("a default", default, depth)
        space = function.__globals__
        for name in sorted(_names_in(code)):
            if name in space and not isinstance(space[name], (types.ModuleType, type)):
                self._add(name, space, name, space[name], depth)


def _names_in(code: Any) -> Iterator[str]:
    """The names of global variables and attributes in a function and in those that it defines."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names_in(constant)


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


def states_changed(states: dict[Module, dict[str, Any]]) -> str | None:
    """Which attribute of a module is another one than in its state."""
    for module, before in states.items():
        now = state_of(module)
        for key in now.keys() | before.keys():
            if key not in now or key not in before or not same_state(now[key], before[key]):
                return f"the step changes the attribute {key!r} of a {type(module).__name__}"
    return None


class Unchanged:
    """Whether modules and hooks are what they were. While no module at all was changed, one comparison tells it.

    Attributes:
        latest: the last change of a module that made no difference.
    """

    def __init__(self, states: dict[Module, dict[str, Any]], hook: Callable[[], str | None]) -> None:
        self._states, self._hook = states, hook
        self.latest = changes.latest

    def after_all(self) -> bool:
        """Look at all of them."""
        latest = changes.latest
        if states_changed(self._states) or self._hook():
            return False
        self.latest = latest
        return True
