"""Skeletons: nested plain values as JSON, with tensors and arrays taken out and numbered.

JSON's own null, booleans, numbers, strings and lists stand for themselves; everything else is an
object with a `type`. Only the types below can be written, and reading makes only these.
"""

from __future__ import annotations

import base64
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from ..base import dtypes
from ..base.dtypes import Array, dtype
from ..core.tensor import Size, Tensor, wrap

#: Nests deeper than this are refused; so are structures that contain themselves.
_DEEPEST = 200


class LoadError(RuntimeError):
    """A file that cannot be loaded: truncated, damaged, of another format, or made to deceive."""


def take_apart(obj: Any) -> tuple[Any, list[Array]]:
    """The skeleton of `obj`, and its arrays.

    Raises:
        TypeError: a value cannot be saved.
        ValueError: the nest is too deep, or contains itself.
    """
    writer = _Writer()
    return writer.write(obj, 0), writer.arrays


class _Writer:
    def __init__(self) -> None:
        self.arrays: list[Array] = []
        self._numbers: dict[int, int] = {}
        self._objects: dict[int, int] = {}

    def write(self, obj: Any, depth: int) -> Any:
        """The JSON of a value."""
        if depth > _DEEPEST:
            raise ValueError(f"save: the structure is nested more than {_DEEPEST} deep, or contains itself")
        kind = type(obj)
        if obj is None or kind in (bool, int, str):
            return obj
        if kind is float:
            return obj
        if kind is list:
            return [self.write(item, depth + 1) for item in obj]
        if kind in (tuple, set, frozenset, Size):
            return {"type": kind.__name__, "items": [self.write(item, depth + 1) for item in obj]}
        if kind in (dict, OrderedDict, Counter):
            items = [[self.write(key, depth + 1), self.write(value, depth + 1)] for key, value in obj.items()]
            return {"type": kind.__name__, "items": items}
        if isinstance(obj, Tensor):
            name = "Parameter" if kind.__name__ == "Parameter" else "Tensor"
            return self._tensor(name, obj)
        if isinstance(obj, (np.ndarray, np.generic)):
            name = "ndarray" if isinstance(obj, np.ndarray) else "scalar"
            return {"type": name, "array": self._array(np.asarray(obj))}
        if kind is complex:
            return {"type": "complex", "parts": [obj.real, obj.imag]}
        if kind in (bytes, bytearray):
            return {"type": kind.__name__, "base64": base64.b64encode(obj).decode()}
        if kind is slice or kind is range:
            return {"type": kind.__name__, "items": [self.write(v, depth + 1) for v in (obj.start, obj.stop, obj.step)]}
        if isinstance(obj, dtype):
            return {"type": "dtype", "name": obj.name}
        hint = "; save its state_dict()" if hasattr(obj, "state_dict") else ""
        raise TypeError(
            f"save: a {kind.__module__}.{kind.__qualname__} can't be saved, only tensors, arrays and plain values{hint}"
        )

    def _tensor(self, name: str, tensor: Tensor) -> Any:
        # Tensors that are one object, or show the same array, are written once.
        found = {"type": name, "array": self._array(tensor._shared()), "requires_grad": tensor.requires_grad}
        found["object"] = self._objects.setdefault(id(tensor), len(self._objects))
        return found

    def _array(self, array: Array) -> int:
        if array.dtype.kind not in "biufc":
            raise TypeError(f"save: an array of {array.dtype} can't be saved, only numbers")
        if id(array) not in self._numbers:
            self._numbers[id(array)] = len(self.arrays)
            self.arrays.append(array)
        return self._numbers[id(array)]


def put_together(skeleton: Any, array: Callable[[int], Array]) -> Any:
    """What a skeleton stands for.

    Args:
        skeleton: parsed JSON.
        array: the array of a number.

    Raises:
        LoadError: it is no skeleton.
    """
    return _Reader(array).read(skeleton)


class _Reader:
    def __init__(self, array: Callable[[int], Array]) -> None:
        self.array = array
        self.objects: dict[int, Tensor] = {}

    def read(self, node: Any) -> Any:
        """The value that JSON stands for."""
        if node is None or isinstance(node, (bool, int, float, str)):
            return node
        if isinstance(node, list):
            return [self.read(item) for item in node]
        kind = node.get("type") if isinstance(node, dict) else None
        reader = _READERS.get(kind) if isinstance(kind, str) else None
        if reader is None:
            raise LoadError(f"load: the skeleton has something of type {kind!r:.40}, which is not known")
        try:
            return reader(self, node)
        except (KeyError, TypeError, ValueError) as error:
            raise LoadError(f"load: the skeleton's {kind} is malformed: {error!r:.200}") from error

    def numbered(self, node: dict[str, Any]) -> Array:
        """The array that an object names."""
        number = node["array"]
        if type(number) is not int or number < 0:
            raise LoadError(f"load: an array's number can't be {number!r:.40}")
        return self.array(number)

    def tensor(self, node: dict[str, Any]) -> Tensor:
        """A Tensor or Parameter; the same for the same object."""
        number = node["object"]
        if type(number) is not int:
            raise LoadError(f"load: an object's number can't be {number!r:.40}")
        if number not in self.objects:
            made = wrap(self.numbered(node))
            if node["type"] == "Parameter":
                from nn.parameter import Parameter

                made = Parameter(made, bool(node["requires_grad"]))
            elif node["requires_grad"]:
                made.requires_grad_()
            self.objects[number] = made
        return self.objects[number]

    def pairs(self, node: dict[str, Any]) -> list[tuple[Any, Any]]:
        """The items of a dict."""
        return [(self.read(key), self.read(value)) for key, value in node["items"]]

    def items(self, node: dict[str, Any]) -> list[Any]:
        """The items of a sequence."""
        if not isinstance(node["items"], list):
            raise LoadError("load: items must be a list")
        return [self.read(item) for item in node["items"]]


_READERS: dict[str, Callable[[_Reader, dict[str, Any]], Any]] = {
    "dict": lambda r, node: dict(r.pairs(node)),
    "OrderedDict": lambda r, node: OrderedDict(r.pairs(node)),
    "Counter": lambda r, node: Counter(dict(r.pairs(node))),
    "tuple": lambda r, node: tuple(r.items(node)),
    "set": lambda r, node: set(r.items(node)),
    "frozenset": lambda r, node: frozenset(r.items(node)),
    "Size": lambda r, node: Size(r.items(node)),
    "slice": lambda r, node: slice(*r.items(node)),
    "range": lambda r, node: range(*r.items(node)),
    "Tensor": _Reader.tensor,
    "Parameter": _Reader.tensor,
    "ndarray": lambda r, node: r.numbered(node),
    "scalar": lambda r, node: r.numbered(node)[()],
    "complex": lambda r, node: complex(*node["parts"]),
    "bytes": lambda r, node: base64.b64decode(node["base64"], validate=True),
    "bytearray": lambda r, node: bytearray(base64.b64decode(node["base64"], validate=True)),
    "dtype": lambda r, node: _dtype(node["name"]),
}


def _dtype(name: Any) -> dtype:
    for value in vars(dtypes).values():
        if isinstance(value, dtype) and value.name == name:
            return value
    raise LoadError(f"load: there is no dtype {name!r:.40}")
