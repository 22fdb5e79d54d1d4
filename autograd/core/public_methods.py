"""`public_methods`: the methods of a class as users call them, with errors of PyTorch's kind."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection
from types import FunctionType
from typing import Any, NoReturn, TypeVar

from .reraise import hide_frames, raised_on_purpose, reraise

C = TypeVar("C", bound=type)

#: The methods whose names start with an underscore that users call.
_SPECIAL = {
    "__add__", "__contains__", "__delitem__", "__enter__", "__getitem__", "__iadd__", "__imul__", "__init__",
    "__iter__", "__len__", "__mul__", "__rmul__", "__setitem__",
}  # fmt: skip


def public_methods(cls: C, handled: Collection[str] = ("forward",)) -> C:
    """Class decorator: what NumPy or Python raises inside a method of this class becomes PyTorch's kind of error.

    Errors that the project raises, and those of the caller's own code (a dataset, a closure, a layer), pass
    unchanged. Methods named in `handled` are left as they are, since their caller, or they themselves, do the same:
    `Module.__call__` for `forward`.
    """
    for name, value in list(vars(cls).items()):
        if isinstance(value, classmethod):
            setattr(cls, name, classmethod(public_method(value.__func__)))
        elif isinstance(value, FunctionType) and (name[0] != "_" or name in _SPECIAL) and name not in handled:
            setattr(cls, name, public_method(value))
    return cls


def public_class_of_the_project(cls: type, handled: Collection[str] = ("forward",)) -> None:
    """`public_methods` for a class of the project, but not for one that a user derives from it."""
    if cls.__module__.startswith(("autograd.", "nn.")):
        public_methods(cls, handled)


def public_method(method: Any) -> Callable[..., Any]:
    """A method, which may be a generator, as users call it: see `public_methods`."""

    @functools.wraps(method)
    def called(*args: Any, **kwargs: Any) -> Any:
        try:
            return method(*args, **kwargs)
        except Exception as error:
            reraise_in_method(error, method, args, kwargs)

    @functools.wraps(method)
    def generated(*args: Any, **kwargs: Any) -> Any:
        try:
            return (yield from method(*args, **kwargs))
        except Exception as error:
            reraise_in_method(error, method, args, kwargs)

    return generated if inspect.isgeneratorfunction(method) else called


def reraise_in_method(error: Exception, method: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> NoReturn:
    """Within `except`: raise the error that a call of a method has met, as `public_methods` says."""
    if raised_on_purpose(error):
        hide_frames(error)
        raise  # noqa: PLE0704 - within the caller's except
    bound = method.__get__(args[0]) if args else method  # without arguments, it was called on the class
    reraise(error, bound, *args[1:], **kwargs)
