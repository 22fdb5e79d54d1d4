"""Places: where a step finds a value around it, and whether the value that stands there is the same."""

from __future__ import annotations

import builtins
import contextvars
from enum import Enum
from types import CellType
from typing import Any, NamedTuple, TypeAlias

from ...base.dtypes import dtype

#: Values that are compared as such; other ones must be the same object.
PLAIN = (bool, int, float, complex, str, bytes, type(None))
#: Where a variable stands: the identity of what holds it, and the key there.
Place: TypeAlias = tuple[int, Any]


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

    @property
    def in_cell(self) -> bool:
        """Whether it stands in a closure's cell: a key may be None in a dict too."""
        return type(self.holder) is CellType

    @property
    def place(self) -> Place:
        """Where it stands."""
        return id(self.holder), self.key

    def now(self) -> Any:
        """What stands there now; raises an Exception if there is nothing."""
        return self.holder.cell_contents if self.in_cell else self.holder[self.key]

    def __call__(self) -> Any:
        return self.now()

    def text(self, holder: str) -> str:
        """The expression that reads it."""
        return f"{holder}.cell_contents" if self.in_cell else f"{holder}[{self.key!r}]"

    def put(self, value: Any) -> None:
        """Assign to it."""
        if self.in_cell:
            self.holder.cell_contents = value
        else:
            self.holder[self.key] = value

    def holds(self) -> bool:
        """Whether it is still the same."""
        try:
            return same(self.now(), self.value)
        except Exception:
            return False


class Attributes:
    """The attributes of an object, by name, wherever they stand."""

    def __init__(self, owner: Any) -> None:
        self._owner = owner

    def __getitem__(self, name: str) -> Any:
        return getattr(self._owner, name)


class Context:
    """The value of a context variable, in whatever context."""

    def __init__(self, variable: contextvars.ContextVar[Any]) -> None:
        self._variable = variable

    def __getitem__(self, name: str) -> Any:
        return self._variable.get(None)


class Bytes:
    """What a bytearray or an array of Python holds."""

    def __init__(self, values: Any) -> None:
        self._values = values

    def __getitem__(self, name: str) -> bytes:
        return bytes(self._values)


def is_constant(x: Any) -> bool:
    """Whether a value is the same in every call: of Python's plain ones, an enum's, a dtype, or a tuple of these."""
    if isinstance(x, tuple):
        return all(map(is_constant, x))
    return type(x) in (*PLAIN, dtype) or isinstance(x, Enum) or any(x is v for v in vars(builtins).values())


def same(a: Any, b: Any) -> bool:
    """Whether two values are one object, or equal numbers or strings; 0.0 and -0.0 are not."""
    return a is b or (type(a) is type(b) and type(a) in PLAIN and repr(a) == repr(b))


def same_items(container: Any, items: tuple[Any, ...]) -> bool:
    """Whether a container still holds the same, in the same order."""
    return len(container) == len(items) and all(map(same, container, items))
