"""Surroundings: what a step reads around it, and whether that is what it was when the step was watched.

Variables of enclosing functions, global variables, attributes of the object whose method the step is; what lists,
dicts, objects, classes and modules of Python among these hold; the elements of small NumPy arrays; and the attributes
of layers. A program holds them fixed: where one is another value, the program does not hold, and a step that changes
one itself cannot be compiled. Of the attributes of an object those are looked at whose names stand in the code of the
step or of a function or method that it may call.
"""

from __future__ import annotations

import array
import collections
import contextvars
import functools
import inspect
import random
import sys
import types
import weakref
from collections.abc import Callable, Container, Mapping
from typing import Any

import numpy as np

from nn.hooks import changes
from nn.module import Module
from nn.optim.optimizer import Optimizer

from ...base.nests import leaves
from ...core.tensor import Tensor
from ..layout import storage_of
from ..origin import is_the_users
from .code import computes_names, names_in, reads_global
from .places import PLAIN, Attributes, Bytes, Context, Place, Variable, same

#: What stands in a class and is another object, or none, as an attribute.
_OF_CLASSES = (
    types.FunctionType, property, functools.cached_property, staticmethod, classmethod, types.GetSetDescriptorType,
)  # fmt: skip
#: Special methods that do not read, or whose result no step computes with.
_NOT_READING = ("__init__", "__repr__", "__setattr__", "__delattr__")
#: How far into lists, dicts and objects is looked, and at how many values in all; a step with more is not compiled.
_DEPTH, _MOST = 30, 10_000
#: Elements of an array up to which it is looked at by value.
_FEW_ELEMENTS = 1000


def _random_state_of(generator: Any) -> str:
    """The state of a generator of NumPy or Python, as text."""
    if isinstance(generator, random.Random):
        return repr(generator.getstate())
    if isinstance(generator, np.random.RandomState):
        return repr(generator.get_state())
    return repr(generator.bit_generator.state)


def _random_states() -> list[Any]:
    """The states of the generators that NumPy and Python share among all."""
    _, keys, *rest = np.random.get_state(legacy=True)
    return [keys.tobytes(), rest, random.getstate()]  # type: ignore[union-attr]  # `keys` is an array


class Surroundings:
    """The surroundings of a step as they are when it is made.

    Attributes:
        variables: the places from which the step may read.
        modules: the modules among their values, with all submodules.
        optimizers: the optimizers among their values.
        arrays: the small NumPy arrays among their values, each with its name and its elements.
        codes: the functions that the step may call, each with its code: notebooks exchange that (`%autoreload`).
        asks_type: whether the step may call `type`, which tells a stand-in for a number from a number.
    """

    def __init__(self, step: Any, arguments: Any = ()) -> None:
        self.variables: list[Variable] = []
        self.asks_type = False
        self.modules: dict[Module, Any] = {}
        self._sizes: list[tuple[str, Any, int]] = []
        self._generators: list[tuple[str, Any, str]] = []
        self._others: list[Variable] = []  # of which only the step itself is expected to change one
        self._objects: list[tuple[str, Any, int]] = []
        self._attributes: set[tuple[int, str]] = set()
        self.optimizers: list[Optimizer] = []
        self.arrays: list[tuple[str, Any, bytes]] = []
        self.codes: dict[Any, Any] = {}
        self._iterators: list[str] = []
        self._beyond: list[str] = []
        self._computed = False  # whether the step may read any attribute
        self._seen: dict[int, Any] = {}
        self._names = {"forward"}  # which a layer's __call__ calls
        self._look_into("", step, 0)
        given = leaves(arguments)
        for v in given:
            self._look_into("an argument", v, 1)
        known = (0, 0)
        while known != (now := (len(self._names), len(self._objects))):  # a method that was found names further ones
            known = now
            for found in list(self._objects):
                self._look_into_attributes(*found)
        own = [key for v in given if isinstance(v, Tensor) for key in self._read_of(vars(v))]
        self._of_arguments = own
        self._seen.clear()
        self._objects.clear()
        self._random = _random_states()

    def guarded(self, lists: Container[int] = ()) -> list[Variable]:
        """The variables that guards look at one by one: all but the items of tuples and of lists not in `lists`."""
        return [v for v in self.variables if not isinstance(v.holder, (list, tuple)) or id(v.holder) in lists]

    def containers(self) -> list[tuple[Any, Any]]:
        """The lists, dicts, sets and deques, each with what it holds; of a dict, the keys."""
        return [(c, tuple(c)) for _, c, size in self._sizes if not isinstance(c, tuple) and size <= _MOST]

    def places(self) -> list[Variable]:
        """The variables that can be assigned to, each place once."""
        kinds = (types.CellType, dict, list)
        return list({v.place: v for v in self.variables if isinstance(v.holder, kinds)}.values())

    def longer(self) -> list[Any]:
        """The lists to which something was added."""
        return [c for _, c, size in self._sizes if isinstance(c, (list, collections.deque)) and len(c) > size]

    def changed(self, followed: Container[int], repeated: set[Place], added: dict[int, int]) -> str | None:
        """Why the step cannot be compiled, if it changed something.

        Args:
            followed: the storages that the program reads and writes.
            repeated: the places where the program puts the new value itself.
            added: how much longer the program makes lists, by their identity.
        """
        names = [v.name for v in (*self.variables, *self._others) if v.place not in repeated and not v.holds()]
        names += [name for name, c, size in self._sizes if len(c) != size + added.get(id(c), 0)]
        names += [name for name, a, before in self.arrays if storage_of(a) not in followed and a.tobytes() != before]
        if self._beyond:
            return f"around the step are more values than are looked at: {self._beyond[0]} is beyond the limit"
        if self._of_arguments:
            return f"the step reads the attribute {self._of_arguments[0]!r} of an argument: pass it by itself"
        if names:
            return f"the step changes {names[0]}: a program writes tensors in place, and does nothing else"
        if self._iterators:
            return f"the step reads or writes {self._iterators[0]}, which advances with each use: pass the values"
        drawn = [name for name, generator, state in self._generators if _random_state_of(generator) != state]
        if drawn or _random_states() != self._random:
            return (
                f"the step draws from {drawn[0] if drawn else 'a random generator of NumPy or Python'}: use torch.rand"
            )
        return None

    def put_in(self, made: Container[int], used: Container[int]) -> list[tuple[Variable, Tensor]]:
        """The variables in which the step put a tensor that it made, as in `self.last = loss`, each with this tensor.

        Args:
            made: the tensors that the step made, by identity.
            used: those that it computed with or returns: a variable from which the step reads is none of these.
        """
        found: dict[Any, tuple[Variable, Tensor]] = {}
        for v in self.variables:
            if isinstance(v.holder, dict) and not v.holds() and id(v.value) not in used:
                now = v.holder.get(v.key)
                if isinstance(now, Tensor) and id(now) in made:
                    found[id(v.holder), v.key] = (v, now)
        return list(found.values())

    def _add(self, name: str, holder: Any, key: Any, value: Any, depth: int) -> None:
        if len(self.variables) < _MOST:
            self.variables.append(Variable(name, holder, key, value))
            self._look_into(name, value, depth + 1)
        else:
            self._beyond.append(name)

    def _look_into(self, name: str, value: Any, depth: int) -> None:
        if id(value) in self._seen or type(value) in PLAIN or (isinstance(value, Tensor) and not vars(value)):
            return
        if depth > _DEPTH:
            self._beyond.append(name)
            return
        self._seen[id(value)] = value
        self._look_at(value, name, depth)

    @functools.singledispatchmethod
    def _look_at(self, value: Any, name: str, depth: int) -> None:
        """Note a value, and look into what it leads to; this is for what has no method for its kind below."""
        if (wrapped := inspect.getattr_static(value, "__wrapped__", None)) is not None:  # asks no __getattr__
            self._look_into(name, wrapped, depth)
            self._look_into_attributes_of(name, value, depth)
        elif hasattr(type(value), "__next__"):
            self._iterators.append(name)
        elif not isinstance(value, types.BuiltinFunctionType):
            self._look_into_methods(type(value), depth)
            if isinstance(value, Optimizer):
                self.optimizers.append(value)
            self._objects.append((name, value, depth))
            if hasattr(value, "__dict__") and not isinstance(value, (Tensor, Optimizer)):
                self._others += [
                    Variable(f"{name}.{key}", vars(value), key, v)
                    for key, v in vars(value).items() if type(v) in PLAIN
                ]  # fmt: skip

    @_look_at.register(np.ndarray)
    def _(self, found: Any, name: str, depth: int) -> None:
        if found.size <= _FEW_ELEMENTS and not found.dtype.hasobject:
            self.arrays.append((name, found, found.tobytes()))

    @_look_at.register(contextvars.ContextVar)
    def _(self, variable: Any, name: str, depth: int) -> None:
        self._add(f"{name}.get()", Context(variable), "value", variable.get(None), depth)

    @_look_at.register(np.random.Generator)
    @_look_at.register(np.random.RandomState)
    @_look_at.register(random.Random)
    def _(self, generator: Any, name: str, depth: int) -> None:
        self._generators.append((name, generator, _random_state_of(generator)))

    @_look_at.register(weakref.ref)
    def _(self, reference: Any, name: str, depth: int) -> None:
        self._look_into(name, reference(), depth)

    @_look_at.register(bytearray)
    @_look_at.register(array.array)
    def _(self, values: Any, name: str, depth: int) -> None:
        self._add(name, Bytes(values), "bytes", bytes(values), depth)

    @_look_at.register(Module)
    def _(self, root: Module, name: str, depth: int) -> None:
        for module in root.modules():
            self._look_into_code(type(module).forward, depth)
            self._look_into_methods(type(module), depth)
            self.modules.setdefault(module, state_of(module))
            self._objects.append((name, module, depth))
            for tensor in (*module._parameters.values(), *module._buffers.values()):
                self._look_into(name, tensor, depth)

    @_look_at.register(type)
    @_look_at.register(types.ModuleType)
    def _(self, space: Any, name: str, depth: int) -> None:
        if is_the_users(_file_of(space)):
            self._objects.append((name, space, depth))

    @_look_at.register(staticmethod)
    @_look_at.register(classmethod)
    def _(self, value: Any, name: str, depth: int) -> None:
        self._look_into(name, value.__func__, depth)

    @_look_at.register(property)
    @_look_at.register(functools.cached_property)
    def _(self, value: Any, name: str, depth: int) -> None:
        self._look_into(name, value.fget if isinstance(value, property) else value.func, depth)

    @_look_at.register(types.FunctionType)
    def _(self, function: Any, name: str, depth: int) -> None:
        self._look_into_code(function, depth)
        self._look_into_attributes_of(name, function, depth)

    @_look_at.register(types.MethodType)
    def _(self, method: Any, name: str, depth: int) -> None:
        self._look_into_code(method.__func__, depth)
        self._look_into("self", method.__self__, depth)

    @_look_at.register(functools.partial)
    def _(self, made: Any, name: str, depth: int) -> None:
        for part in (made.func, made.args, made.keywords):
            self._look_into(name, part, depth)

    @_look_at.register(list)
    @_look_at.register(tuple)
    @_look_at.register(dict)
    def _(self, values: Any, name: str, depth: int) -> None:
        self._sizes.append((name, values, len(values)))
        for key, v in values.items() if isinstance(values, dict) else enumerate(values):
            self._add(f"{name}[{key!r}]", values, key, v, depth)

    @_look_at.register(Mapping)
    def _(self, values: Any, name: str, depth: int) -> None:
        self._look_into_methods(type(values), depth)
        self._objects.append((name, values, depth))
        self._sizes.append((name, values, len(values)))
        for key, v in values.items():
            self._add(f"{name}[{key!r}]", values, key, v, depth)

    @_look_at.register(set)
    @_look_at.register(collections.deque)
    def _(self, values: Any, name: str, depth: int) -> None:
        self._sizes.append((name, values, len(values)))
        for v in values:
            self._look_into(f"a part of {name}", v, depth + 1)

    def _look_into_attributes_of(self, name: str, function: Any, depth: int) -> None:
        if vars(function).keys() - {"__wrapped__"}:
            self._objects.append((name, function, depth))

    def _read_of(self, space: Any) -> list[str]:
        """The attributes among these that the step may read."""
        found = self._names & space.keys()
        return sorted(found | {key for key in space if key[:2] != "__"} if self._computed else found)

    def _look_into_attributes(self, name: str, value: Any, depth: int) -> None:
        """Of an object, a class or a module of Python: the attributes whose names stand in the code of the step."""
        kind = value if isinstance(value, type) else type(value)
        spaces: list[tuple[Any, Any]] = [(c, vars(c)) for c in kind.__mro__ if is_the_users(_file_of(c))]
        if value is not kind and hasattr(value, "__dict__"):
            spaces.insert(0, (value, vars(value)))
        for owner, space in spaces:
            for key in self._read_of(space):
                v, holder, place = space[key], space, (id(owner), key)
                if owner is value and value is not kind:
                    if isinstance(value, (Tensor, Optimizer)) and type(v) not in PLAIN:
                        continue
                    if isinstance(value, Module) and isinstance(v, (Tensor, Module, *PLAIN)):
                        continue  # its state tells them
                elif not isinstance(v, _OF_CLASSES):
                    try:  # a value that stands in the class, until the object has one of its own; or in a slot
                        v, holder, place = getattr(value, key), Attributes(value), (id(value), key)
                    except AttributeError:
                        continue
                    if not same(v, holder[key]):
                        continue  # a new object each time
                if place not in self._attributes:
                    self._attributes.add(place)
                    self._add(f"{name}.{key}", holder, key, v, depth)

    def _look_into_methods(self, kind: type, depth: int) -> None:
        """The special methods of a class of the user, which are called without being named."""
        for c in kind.__mro__:
            for name, v in vars(c).items() if is_the_users(_file_of(c)) else ():
                if name[:2] == "__" and isinstance(v, types.FunctionType) and name not in _NOT_READING:
                    self._look_into_code(v, depth)

    def _look_into_code(self, function: Any, depth: int) -> None:
        if hasattr(function, "__wrapped__"):  # a decorator's function, which has variables of its own
            self._look_into_code(function.__wrapped__, depth)
        code = getattr(function, "__code__", None)
        if code is None or id(code) in self._seen or not is_the_users(code.co_filename):
            return
        self._seen[id(code)] = code
        self.codes[function] = code
        self._names.update(names_in(code))
        self.asks_type = self.asks_type or reads_global(code, "type")
        self._computed = self._computed or computes_names(code)
        for name, cell in zip(code.co_freevars, function.__closure__ or ()):
            try:
                self._add(name, cell, None, cell.cell_contents, depth)
            except ValueError:
                continue  # not assigned yet
        for default in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            self._look_into("a default", default, depth)
        space = function.__globals__
        for name in sorted(names_in(code)):
            if name in space and is_the_users(_file_of(space[name])):
                self._add(name, space, name, space[name], depth)


def _file_of(value: Any) -> str:
    """The file in which a class or a module of Python is written, "<" if in none; of other values ""."""
    if isinstance(value, type):
        value = sys.modules.get(value.__module__)
        if getattr(value, "__name__", "") == "__main__":
            return ""  # also in a notebook, which has no file
        return getattr(value, "__file__", None) or "<"
    return (getattr(value, "__file__", None) or "<") if isinstance(value, types.ModuleType) else ""


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
    return None


class Unchanged:
    """Whether modules and hooks are what they were. While no module at all was changed, one comparison tells it.

    Attributes:
        latest, modes: the last change of a module, and of one's mode of training, that made no difference.
    """

    def __init__(self, states: dict[Module, dict[str, Any]], hook: Callable[[], str | None]) -> None:
        self._states, self._hook = states, hook
        self.latest, self.modes = changes.latest, changes.modes
        self._fields = [vars(module) for module in states]
        self._training = [state.get("training") for state in states.values()]

    def in_all_modes(self) -> bool:
        """Look at the mode of training of each module."""
        modes = changes.modes
        if [fields.get("training") for fields in self._fields] != self._training:
            return False
        self.modes = modes
        return True

    def after_all(self) -> bool:
        """Look at all of them."""
        latest = changes.latest
        if states_changed(self._states) or self._hook():
            return False
        self.latest = latest
        return True
