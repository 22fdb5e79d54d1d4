"""Nested plain values as JSON trees, in which tensors and arrays are replaced by numbers.

JSON's null, booleans, numbers, strings and lists represent themselves; every other value is an object with a `type`.
Only the types below can be written, and reading creates no others.
"""

from __future__ import annotations

import base64
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from ..base import dtypes
from ..base.dtypes import Array, dtype
from ..base.size import Size
from ..core.tensor import Tensor, wrap

#: The greatest depth of a nest. A structure that contains itself exceeds it.
_MAX_DEPTH = 200


class LoadError(RuntimeError):
    """A file cannot be loaded: it is truncated, damaged, of another format, or malicious."""


def encode(obj: Any) -> tuple[Any, list[Array]]:
    """The JSON tree of `obj`, and its arrays in the order of their numbers.

    Raises:
        TypeError: a value cannot be saved.
        ValueError: the structure is nested too deep, or contains itself.
    """
    writer = _Writer()
    return writer.write(obj, 0), writer.arrays


class _Writer:
    def __init__(self) -> None:
        self.arrays: list[Array] = []
        self._numbers: dict[int, int] = {}
        self._objects: dict[int, int] = {}

    def write(self, obj: Any, depth: int) -> Any:
        """The JSON tree of a value."""
        if depth > _MAX_DEPTH:
            raise ValueError(f"save: the structure is nested more than {_MAX_DEPTH} deep, or contains itself")
        kind = type(obj)
        if obj is None or kind in (bool, int, float, str):
            return obj
        if kind is list:
            return [self.write(item, depth + 1) for item in obj]
        if kind in (tuple, set, frozenset, Size):
            return {"type": kind.__name__, "items": [self.write(item, depth + 1) for item in obj]}
        if kind in (dict, OrderedDict, Counter):
            items = [[self.write(key, depth + 1), self.write(value, depth + 1)] for key, value in obj.items()]
            return {"type": kind.__name__, "items": items}
        if isinstance(obj, Tensor):
            return self._tensor("Parameter" if kind.__name__ == "Parameter" else "Tensor", obj)
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
        # An array that several tensors share is written once; "object" tells whether two tensors are the same one.
        return {
            "type": name,
            "array": self._array(tensor._shared()),
            "requires_grad": tensor.requires_grad,
            "object": self._objects.setdefault(id(tensor), len(self._objects)),
        }

    def _array(self, array: Array) -> int:
        if array.dtype.kind not in "biufc":
            raise TypeError(f"save: an array of {array.dtype} can't be saved, only numbers")
        if id(array) not in self._numbers:
            self._numbers[id(array)] = len(self.arrays)
            self.arrays.append(array)
        return self._numbers[id(array)]


def decode(tree: Any, array: Callable[[int], Array]) -> Any:
    """The value that a JSON tree represents.

    Args:
        tree: parsed JSON.
        array: returns the array of a number.

    Raises:
        LoadError: the tree is malformed.
    """
    return _Reader(array).read(tree)


class _Reader:
    def __init__(self, array: Callable[[int], Array]) -> None:
        self.array = array
        self.objects: dict[int, Tensor] = {}

    def read(self, node: Any) -> Any:
        """The value that a JSON tree represents."""
        if node is None or isinstance(node, (bool, int, float, str)):
            return node
        if isinstance(node, list):
            return [self.read(item) for item in node]
        kind = node.get("type") if isinstance(node, dict) else None
        reader = _READERS.get(kind) if isinstance(kind, str) else None
        if reader is None:
            raise LoadError(f"load: the JSON tree has a value of unknown type {kind!r:.40}")
        try:
            return reader(self, node)
        except (KeyError, TypeError, ValueError) as error:
            raise LoadError(f"load: a {kind} in the JSON tree is malformed: {error!r:.200}") from error

    def numbered(self, node: dict[str, Any]) -> Array:
        """The array whose number a node of the tree holds."""
        number = node["array"]
        if type(number) is not int or number < 0:
            raise LoadError(f"load: the number of an array must be a non-negative integer, but got {number!r:.40}")
        return self.array(number)

    def tensor(self, node: dict[str, Any]) -> Tensor:
        """A Tensor or Parameter; nodes of the same object give the same one."""
        number = node["object"]
        if type(number) is not int:
            raise LoadError(f"load: the number of an object must be an integer, but got {number!r:.40}")
        if number not in self.objects:
            tensor = wrap(self.numbered(node))
            if node["type"] == "Parameter":
                from nn.parameter import Parameter  # nn, which autograd does not import, is above this module

                tensor = Parameter(tensor, bool(node["requires_grad"]))
            elif node["requires_grad"]:
                tensor.requires_grad_()
            self.objects[number] = tensor
        return self.objects[number]

    def pairs(self, node: dict[str, Any]) -> list[tuple[Any, Any]]:
        """The (key, value) pairs of a dict."""
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
