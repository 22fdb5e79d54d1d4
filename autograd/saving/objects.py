"""Objects of any class in files: the name of the class, and the state of the object as plain values.

This is what `pickle` writes of most objects, without the instructions of a pickle: to load an object, its class is
imported, an instance is made without a call of `__init__`, and its attributes are set, or `__setstate__` is called.
"""

from __future__ import annotations

import copyreg
import functools
import importlib
from types import BuiltinFunctionType, FunctionType
from typing import Any

from .files import LoadError


def state_of(obj: Any) -> Any:
    """The state of an object: a dict of its attributes, or what its `__getstate__` returns.

    Raises:
        TypeError: the object is more than an instance of a class with attributes, such as a lock or a kind of list,
            or its class cannot be imported by its name.
    """
    try:
        made_by, arguments, state, *items = (*obj.__reduce_ex__(4), None, None, None)[:5]
    except Exception as error:
        raise TypeError(f"{type(obj).__qualname__} can't be taken apart: {error}") from error
    plain = (made_by, arguments) in ((vars(copyreg)["__newobj__"], (type(obj),)), (type(obj), ()))
    if not plain or any(item is not None for item in items):
        raise TypeError(f"{type(obj).__qualname__} has more than attributes")
    name_of(type(obj))
    return state


def is_global(obj: Any) -> bool:
    """Whether an object is a class or a function, which a file holds by its name."""
    return isinstance(obj, (type, FunctionType, BuiltinFunctionType))


def name_of(obj: Any) -> str:
    """The name of a class or function, such as "nn.modules.linear:Linear".

    Raises:
        TypeError: it cannot be imported by its name: it is a lambda, or was defined inside a function.
    """
    name = f"{obj.__module__}:{obj.__qualname__}"
    try:
        same = import_by_name(name) is obj
    except LoadError:
        same = False
    if not same:
        raise TypeError(f"{obj.__qualname__} can't be imported from {obj.__module__}: define it there at the top level")
    return name


def import_by_name(name: Any) -> Any:
    """The class or function of a name such as "nn.modules.linear:Linear", whose module is imported.

    Raises:
        LoadError: there is no class or function of that name.
    """
    module, _, qualname = str(name).partition(":")
    try:
        value = functools.reduce(getattr, qualname.split("."), importlib.import_module(module))
    except (ImportError, AttributeError, ValueError) as error:
        raise LoadError(f"the file holds an object of {name!r:.100}, which cannot be imported: {error}") from error
    if not is_global(value):
        raise LoadError(f"the file names {name!r:.100}, which is neither a class nor a function")
    return value


#: The classes and functions that a file may hold without `weights_only=False`, by name.
safe: dict[str, Any] = {}


def new_instance(name: Any) -> Any:
    """A new instance of the class of that name, without attributes: its `__init__` is not called.

    Raises:
        LoadError: there is no such class.
    """
    cls: Any = import_by_name(name)
    if not isinstance(cls, type):
        raise LoadError(f"{name!r:.100} is not a class")
    make: Any = cls.__new__
    return make(cls)


def set_state(obj: Any, state: Any) -> None:
    """Give an empty instance its state."""
    if hasattr(obj, "__setstate__"):
        obj.__setstate__(state)
        return
    attributes, slots = state if isinstance(state, tuple) else (state, None)
    if attributes:
        vars(obj).update(attributes)
    for name, value in (slots or {}).items():
        setattr(obj, name, value)
