"""Surroundings: what a step reads around it, and whether that is what it was when the step was watched.

Variables of enclosing functions, global variables, attributes of the object whose method the step is; what lists,
dicts, objects, classes and modules of Python among these hold; the elements of small NumPy arrays; and the attributes
of layers. A program holds them fixed: where one is another value, the program does not hold, and a step that changes
one itself cannot be compiled. Of the attributes of an object those are looked at whose names stand in the code of the
step or of a function or method that it may call.
"""

from __future__ import annotations

import array
import builtins
import collections
import contextvars
import functools
import gc
import inspect
import random
import sys
import types
import weakref
from collections.abc import Collection, Container, Iterable, Mapping, MappingView
from typing import Any

import numpy as np

from nn.module import Module
from nn.optim.optimizer import Optimizer

from ...base.nests import leaves
from ...core.tensor import Tensor
from ...ops.creation.random import Generator
from ..layout import storage_of
from ..origin import is_the_users
from .attributes import state_of
from .code import codes_within, computes_names, globals_in, names_in
from .places import PLAIN, Attributes, Bytes, Context, Place, Variable, same

#: What stands in a class and is another object, or none, as an attribute.
_OF_CLASSES = (
    types.FunctionType, property, functools.cached_property, staticmethod, classmethod, types.GetSetDescriptorType,
)  # fmt: skip
#: Special methods that do not read, or whose result no step computes with.
_NOT_READING = ("__init__", "__repr__", "__setattr__", "__delattr__")
#: Special methods.
_SPECIAL = {name for name in dir(list) + dir(float) if name[:2] == "__"}
#: How far into lists, dicts and objects is looked, and at how many values in all; a step with more is not compiled.
_DEPTH, _MOST = 30, 10_000
#: Elements of an array up to which it is looked at by value.
_FEW_ELEMENTS = 100_000


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
        asks_id: the same of `id`, which tells a stand-in for a tensor from the tensor.
        fixed: attributes that must be the same objects, by their places.
        absent: for the identity of an object, the keys of its dict, and names that must not be among them.
        unset: objects, each with an attribute that it must not have.
    """

    def __init__(self, step: Any, arguments: Any = (), run: Collection[Any] = ()) -> None:
        self.variables: list[Variable] = []
        self.asks_type = self.asks_id = False
        self.fixed: dict[Place, tuple[Any, str, Any]] = {}
        self.absent: dict[int, tuple[Any, set[str]]] = {}
        self.unset: list[tuple[Any, str]] = []
        ran = [code for code in run if isinstance(code, types.CodeType)]
        self._names_of_others = {
            name for code in ran if not is_the_users(code.co_filename) for name in _own_names(code)
        }
        self.modules: dict[Module, Any] = {}
        self._sizes: list[tuple[str, Any, int]] = []
        self._generators: list[tuple[str, Any, str]] = []
        self._others: list[Variable] = []  # of which only the step itself is expected to change one
        self._objects: list[tuple[str, Any, int]] = []
        self._of_libraries: list[Any] = []
        self._large: list[tuple[str, Any]] = []
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
        for function in _functions_of([code for code in ran if is_the_users(code.co_filename)]):
            self._look_into(function.__name__, function, 1)
        given = leaves(arguments)
        for v in given:
            if not isinstance(v, Tensor) or vars(v):
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
        if unread := [name for name, array in self._large if storage_of(array) not in followed]:
            return f"the step may read the NumPy array {unread[0]}, too large to look at: use torch.from_numpy()"
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

    def unseen(self, codes: Iterable[types.CodeType], noted: Container[int]) -> list[types.CodeType]:
        """Of the codes that a call ran, those that lead to what was not looked at.

        They belong to functions that were not found, or read further attributes of a library's objects but `noted`.
        """
        found = []
        spaces = [vars(value).keys() for value in self._of_libraries if id(value) not in noted]
        known = {id(code) for own in self.codes.values() for code in codes_within(own)}
        for code in codes:
            if is_the_users(code.co_filename):
                new = id(code) not in known
            else:
                names = _own_names(code) - self._names - self._names_of_others
                new = not all(map(names.isdisjoint, spaces))
            if new:
                found.append(code)
        return found

    def tensors(self) -> set[int]:
        """The tensors that are variables, by identity."""
        return {id(v.value) for v in self.variables if isinstance(v.value, Tensor)}

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
        if id(value) in self._seen or type(value) in PLAIN:
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
            if is_the_users(_file_of(type(value))):
                self._fix(value, "__class__", type(value))
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
        if found.size > _FEW_ELEMENTS or found.dtype.hasobject:
            self._large.append((name, found))
        else:
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
    @_look_at.register(memoryview)
    @_look_at.register(array.array)
    def _(self, values: Any, name: str, depth: int) -> None:
        self._add(name, Bytes(values), "bytes", bytes(values), depth)

    @_look_at.register(Module)
    def _(self, root: Module, name: str, depth: int) -> None:
        for module in root.modules():
            self._look_into_code(type(module).forward, depth)
            self._fix(type(module), "forward", type(module).forward)
            self._look_into_methods(type(module), depth)
            self.modules.setdefault(module, state_of(module))
            self._objects.append((name, module, depth))
            for tensor in (*module._parameters.values(), *module._buffers.values()):
                if tensor is not None and vars(tensor):
                    self._look_into(name, tensor, depth)

    @_look_at.register(type)
    @_look_at.register(types.ModuleType)
    def _(self, space: Any, name: str, depth: int) -> None:
        if isinstance(space, types.ModuleType) or is_the_users(_file_of(space)):
            self._objects.append((name, space, depth))

    @_look_at.register(staticmethod)
    @_look_at.register(classmethod)
    @_look_at.register(property)
    @_look_at.register(functools.cached_property)
    def _(self, value: Any, name: str, depth: int) -> None:
        for key in ("__func__", "fget", "func"):
            self._look_into(name, getattr(value, key, None), depth)

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

    @_look_at.register(MappingView)
    def _(self, view: Any, name: str, depth: int) -> None:
        self._look_into(name, getattr(view, "mapping", None), depth)

    @_look_at.register(list)
    @_look_at.register(tuple)
    @_look_at.register(dict)
    def _(self, values: Any, name: str, depth: int) -> None:
        if type(values) not in (list, tuple, dict):
            self._look_into_methods(type(values), depth)
            self._objects.append((name, values, depth))
        self._sizes.append((name, values, len(values)))
        for key, v in values.items() if isinstance(values, dict) else enumerate(values):
            self._look_into(f"a key of {name}", key, depth + 1)
            self._add(f"{name}[{key!r}]", values, key, v, depth)

    @_look_at.register(Mapping)
    def _(self, values: Any, name: str, depth: int) -> None:
        self._look_into_methods(type(values), depth)
        self._objects.append((name, values, depth))
        self._sizes.append((name, values, len(values)))
        for key, v in values.items():
            self._add(f"{name}[{key!r}]", values, key, v, depth)

    @_look_at.register(set)
    @_look_at.register(frozenset)
    @_look_at.register(collections.deque)
    def _(self, values: Any, name: str, depth: int) -> None:
        self._sizes.append((name, values, len(values)))
        for v in values:
            self._look_into(f"a part of {name}", v, depth + 1)

    def _look_into_attributes_of(self, name: str, function: Any, depth: int) -> None:
        if vars(function).keys() - {"__wrapped__"} or is_the_users(function.__code__.co_filename):
            self._objects.append((name, function, depth))

    def _fix(self, holder: Any, key: str, value: Any) -> None:
        self.fixed[id(holder), key] = holder, key, value

    def _read_of(self, space: Any, names: Collection[str] = ()) -> list[str]:
        """The attributes among these that the step may read; `names` are further ones that it reads."""
        found = self._names.union(names) & space.keys()
        return sorted(found | {key for key in space if key[:2] != "__"} if self._computed else found)

    def _look_into_attributes(self, name: str, value: Any, depth: int) -> None:
        """Of an object, a class or a module of Python: the attributes whose names stand in the code of the step."""
        if isinstance(value, types.ModuleType) and not is_the_users(_file_of(value)):
            for key in self._names & vars(value).keys():
                self._fix(value, key, v := getattr(value, key))
                if isinstance(v, (types.ModuleType, list)):
                    self._look_into(f"{name}.{key}", v, depth + 1)
            return
        kind = value if isinstance(value, type) else type(value)
        classes = [*kind.__mro__, *(type(kind).__mro__ if value is kind else ())]
        spaces: list[tuple[Any, Any]] = [(c, vars(c)) for c in classes if is_the_users(_file_of(c))]
        of_library = not spaces and not isinstance(value, (Tensor, Module, Optimizer, Generator, *_OF_CLASSES))
        if value is not kind and hasattr(value, "__dict__"):
            spaces.insert(0, (value, vars(value)))
            if of_library and all(value is not v for v in self._of_libraries):
                self._of_libraries.append(value)
        for key in self._names & {"__doc__", "__name__"} if kind is types.FunctionType else ():
            self._fix(value, key, getattr(value, key))
        for owner, space in spaces:
            if not isinstance(owner, (Module, Optimizer)):
                names = self._names | _SPECIAL if isinstance(owner, type) else self._names
                self.absent[id(owner)] = (space.keys(), names - space.keys())
            for key in self._read_of(space, self._names_of_others if of_library else ()):
                v, holder, place = space[key], space, (id(owner), key)
                if owner is value and value is not kind:
                    if isinstance(value, Tensor) and type(v) not in PLAIN:
                        continue
                    if isinstance(value, Optimizer) and key in ("param_groups", "state"):
                        continue
                    if isinstance(value, Module) and isinstance(v, (Tensor, Module, *PLAIN)):
                        continue  # its state tells them
                elif not isinstance(v, _OF_CLASSES):
                    self._look_into(f"{name}.{key}", v, depth + 1)
                    try:  # a value that stands in the class, until the object has one of its own; or in a slot
                        v, holder, place = getattr(value, key), Attributes(value), (id(value), key)
                    except AttributeError:
                        self.unset.append((value, key))
                        continue
                    if not same(v, holder[key]):
                        continue  # a new object each time
                if place not in self._attributes:
                    self._attributes.add(place)
                    self._add(f"{name}.{key}", holder, key, v, depth)

    def _look_into_methods(self, kind: type, depth: int) -> None:
        """The special methods of a class of the user, which are called without being named."""
        for c in kind.__mro__:
            for name, v in list(vars(c).items()) if is_the_users(_file_of(c)) else ():
                if name[:2] == "__" and isinstance(v, types.FunctionType) and name not in _NOT_READING:
                    self._fix(c, name, v)
                    self._look_into_code(v, depth)

    def _look_into_code(self, function: Any, depth: int) -> None:
        if hasattr(function, "__wrapped__"):  # a decorator's function, which has variables of its own
            self._look_into_code(function.__wrapped__, depth)
        code = getattr(function, "__code__", None)
        if code is None or function in self.codes or not is_the_users(code.co_filename):
            return
        self.codes[function] = code
        self._fix(function, "__code__", code)
        if code.co_argcount:
            self._fix(function, "__defaults__", function.__defaults__)
        if code.co_kwonlyargcount:
            self._fix(function, "__kwdefaults__", function.__kwdefaults__)
        self._names.update(set(names_in(code)).difference(_NOT_READING))
        read = globals_in(code)
        self.asks_type, self.asks_id = self.asks_type or "type" in read, self.asks_id or "id" in read
        self._computed = self._computed or computes_names(code)
        for name, cell in zip(code.co_freevars, function.__closure__ or ()):
            try:
                self._add(name, cell, None, cell.cell_contents, depth)
            except ValueError:
                self.unset.append((cell, "cell_contents"))
        for defaults in (function.__defaults__, function.__kwdefaults__):
            self._look_into(f"a default of {function.__name__}", defaults, depth)
        space, builtin = function.__globals__, vars(builtins)
        self.absent.setdefault(id(space), (space.keys(), set()))[1].update(read - space.keys())
        for name in read & builtin.keys() - space.keys():
            self._fix(builtins, name, builtin[name])
        for name in sorted(read):
            if name in space:
                self._add(name, space, name, space[name], depth)
            else:
                self._look_into(name, sys.modules.get(name), depth)


def _file_of(value: Any) -> str:
    """The file in which a class or a module of Python is written, "<" if in none; of other values ""."""
    if isinstance(value, type):
        value = sys.modules.get(value.__module__)
        if getattr(value, "__name__", "") == "__main__":
            return ""  # also in a notebook, which has no file
        return getattr(value, "__file__", None) or "<"
    return (vars(value).get("__file__") or "<") if isinstance(value, types.ModuleType) else ""


def _own_names(code: types.CodeType) -> set[str]:
    return {name for name in code.co_names if name[:2] != "__"}


def _functions_of(codes: list[Any]) -> list[Any]:
    """The functions that have these codes."""
    return [f for f in gc.get_referrers(*codes) if isinstance(f, types.FunctionType)] if codes else []
