"""The names of constructors in error messages: `ReLU(foo=1)` names ReLU, and not the private base that defines it."""

from __future__ import annotations

from inspect import unwrap
from types import FunctionType


def name_inherited_constructor(cls: type) -> None:
    """Give a public class of this package that inherits its constructor from a private base a copy with its own name.

    Only a private base: a copy of a public one's, such as `Module.__init__`, would hide the constructor of a mixin
    that a user's class inherits from after `cls`.
    """
    owner = next(base for base in cls.__mro__ if "__init__" in vars(base))
    inherited = unwrap(vars(owner)["__init__"])
    if not cls.__module__.startswith("nn.") or cls.__name__.startswith("_") or not owner.__name__.startswith("_"):
        return
    copy = FunctionType(
        inherited.__code__, inherited.__globals__, "__init__", inherited.__defaults__, inherited.__closure__
    )
    copy.__kwdefaults__, copy.__annotations__ = inherited.__kwdefaults__, inherited.__annotations__
    copy.__module__, copy.__qualname__ = cls.__module__, f"{cls.__qualname__}.__init__"
    cls.__init__ = copy  # type: ignore[misc]  # mypy forbids assigning to __init__
