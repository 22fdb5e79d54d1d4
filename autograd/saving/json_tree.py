"""Nested plain values as JSON trees, in which tensors and arrays are replaced by numbers.

JSON's null, booleans, numbers, strings and lists represent themselves; every other value is an object with a `type`.
Two of these types, "object" and "global", name classes and functions, which are imported only on request; the others
are listed in `_READERS`. An object that appears several times is written once, in `objects`.
"""

from __future__ import annotations

import base64
import json
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..base import dtypes
from ..base.device import device
from ..base.dtypes import Array, dtype
from ..base.size import Size
from ..core.tensor import Tensor, wrap
from .files import LoadError, is_number
from .objects import import_by_name, is_global, name_of, new_instance, safe, set_state, state_of

#: The depth of a JSON tree. What is nested deeper is a tree of its own, in `parts`, since Python's JSON is recursive.
_DEPTH_OF_A_PART = 50

#: Python neither writes nor reads integers with thousands of decimal digits, which take quadratic time.
_LARGEST_INTEGER = 2**1024

#: The most keys with the same hash. Integers chosen to have one hash would make reading a dict take quadratic time.
_MOST_COLLISIONS = 100


def encode(obj: Any) -> tuple[dict[str, Any], list[Array]]:
    """The JSON trees of `obj`, {"root": …, "objects": […], "parts": […]}, and its arrays by their numbers.

    Raises:
        TypeError: a value cannot be saved.
        ValueError: the structure contains itself.
    """
    writer = _Writer()
    trees: dict[str, Any] = {"root": writer.write(obj, 0), "objects": [], "parts": []}
    objects, parts = trees["objects"], trees["parts"]
    while len(objects) < len(writer.instances) or len(parts) < len(writer.deeper):  # writing one may add others
        if len(objects) < len(writer.instances):
            instance, state = writer.instances[len(objects)]
            objects.append({"class": name_of(type(instance)), "state": writer.part(state, frozenset())})
        else:
            parts.append(writer.part(*writer.deeper[len(parts)]))
    return {name: tree for name, tree in trees.items() if tree or name == "root"}, writer.arrays


class _Writer:
    """Turns values into JSON trees, and collects the arrays, objects and deeper parts that these refer to by number."""

    def __init__(self) -> None:
        self.arrays: list[Array] = []
        #: The numbers of the arrays by their ids, and those of the tensors and other objects.
        self._numbers: dict[int, int] = {}
        self._objects: dict[int, int] = {}
        #: The objects to write, by their numbers, each with its state, which is kept so that no id is used twice.
        self.instances: list[tuple[Any, Any]] = []
        #: The values to write as parts, by their numbers, each with the ids of the values around it.
        self.deeper: list[tuple[Any, frozenset[int]]] = []
        #: The ids of the lists, dicts, … around the value that is being written.
        self._around: set[int] = set()

    def part(self, obj: Any, around: frozenset[int]) -> Any:
        """The JSON tree of a value inside others."""
        self._around = set(around)
        return self.write(obj, 0)

    def write(self, obj: Any, depth: int) -> Any:
        """The JSON tree of a value."""
        kind = type(obj)
        if kind is int and abs(obj) >= _LARGEST_INTEGER:
            return {"type": "int", "hex": hex(obj)}
        if obj is None or kind in (bool, int, float, str):
            return obj
        if isinstance(obj, dict) and kind is not dict and obj.__reduce_ex__(4)[:2] == (dict, ()):
            obj, kind = dict(obj), dict  # its class copies and pickles it as a plain dict: a registry of a module
        if kind in (list, tuple, set, frozenset, Size, slice, range, dict, OrderedDict, Counter):
            if id(obj) in self._around:
                raise ValueError(f"save: the structure contains itself: a {kind.__name__} is inside itself")
            if depth == _DEPTH_OF_A_PART:
                self.deeper.append((obj, frozenset(self._around)))
                return {"type": "part", "number": len(self.deeper) - 1}
            self._around.add(id(obj))
            tree = self._container(obj, kind, depth + 1)
            self._around.remove(id(obj))
            return tree
        if isinstance(obj, Tensor):
            return self._tensor("Parameter" if kind.__name__ == "Parameter" else "Tensor", obj)
        if isinstance(obj, (np.ndarray, np.generic)):
            name = "ndarray" if isinstance(obj, np.ndarray) else "scalar"
            return {"type": name, "array": self._array(np.asarray(obj))}
        if kind is complex:
            return {"type": "complex", "parts": [obj.real, obj.imag]}
        if kind in (bytes, bytearray):
            return {"type": kind.__name__, "base64": base64.b64encode(obj).decode()}
        if isinstance(obj, dtype):
            return {"type": "dtype", "name": obj.name}
        if isinstance(obj, device):
            return {"type": "device", "name": str(obj)}
        try:
            return {"type": "global", "name": name_of(obj)} if is_global(obj) else self._instance(obj)
        except TypeError as error:
            hint = "; save its state_dict()" if hasattr(obj, "state_dict") else ""
            raise TypeError(f"save: a {kind.__module__}.{kind.__qualname__} can't be saved: {error}{hint}") from error

    def _instance(self, obj: Any) -> Any:
        if id(obj) not in self._objects:
            self.instances.append((obj, state_of(obj)))
            self._objects[id(obj)] = len(self.instances) - 1
        return {"type": "object", "number": self._objects[id(obj)]}

    def _container(self, obj: Any, kind: type, depth: int) -> Any:
        if issubclass(kind, dict):
            pairs = [[self.write(key, depth), self.write(value, depth)] for key, value in obj.items()]
            return {"type": kind.__name__, "items": pairs}
        parts = (obj.start, obj.stop, obj.step) if kind in (slice, range) else obj
        items = [self.write(part, depth) for part in parts]
        if kind is list:
            return items
        if kind in (set, frozenset):  # the order of a set differs from run to run
            items.sort(key=lambda item: json.dumps(item, sort_keys=True))
        return {"type": kind.__name__, "items": items}

    def _tensor(self, name: str, tensor: Tensor) -> Any:
        # An array that several tensors share is written once; "object" tells whether two tensors are the same one.
        return {
            "type": name,
            "array": self._array(tensor._shared()),
            "requires_grad": tensor.requires_grad,
            "object": self._objects.setdefault(id(tensor), len(self._objects)),
        }

    def _array(self, array: Array) -> int:
        if not is_number(array.dtype):
            raise TypeError(f"save: an array of {array.dtype} can't be saved, only numbers of the types of tensors")
        if id(array) not in self._numbers:
            self._numbers[id(array)] = len(self.arrays)
            self.arrays.append(array)
        return self._numbers[id(array)]


def decode(trees: Mapping[str, Any], array: Callable[[int], Array], classes: bool = False) -> Any:
    """The value that JSON trees represent, as `encode` returns them.

    Args:
        trees: parsed JSON.
        array: returns the array of a number.
        classes: whether to import all classes and functions that the trees name, or only those in `safe`.

    Raises:
        LoadError: the tree is malformed, or names classes or functions that are not to be imported.
    """
    parts, instances = trees.get("parts", []), trees.get("objects", [])
    if not isinstance(parts, list) or not isinstance(instances, list):
        raise LoadError("the parts and the objects of the JSON tree must be lists")
    names = [instance.get("class") if isinstance(instance, dict) else None for instance in instances]
    if unsafe := {str(name) for name in names if not classes and str(name) not in safe}:
        raise LoadError(_NOT_PLAIN.format(", ".join(sorted(unsafe))[:200]))
    reader = _Reader(array, classes)
    reader.instances = [new_instance(name) for name in names]  # before their states, which may refer to any of them
    for number in range(len(parts) - 1, -1, -1):  # a part refers to later ones only
        reader.parts[number] = reader.read(parts[number])
    for obj, instance in zip(reversed(reader.instances), reversed(instances)):  # an object before those that hold it
        set_state(obj, reader.read(instance.get("state")))
    return reader.read(trees.get("root"))


#: Why a file is not loaded without weights_only=False.
_NOT_PLAIN = (
    "the file holds more than tensors and plain values: {}. To make such objects, their modules are imported and their "
    "code runs: load(…, weights_only=False) does so, if you trust the file, and add_safe_globals allows single classes"
)


class _Reader:
    """Turns JSON trees back into values; the arguments are those of `decode`."""

    def __init__(self, array: Callable[[int], Array], classes: bool) -> None:
        self.array = array
        self.classes = classes
        self.instances: list[Any] = []
        self.objects: dict[int, Tensor] = {}
        self.parts: dict[int, Any] = {}

    def read(self, node: Any) -> Any:
        """The value that a JSON tree represents."""
        if node is None or isinstance(node, (bool, int, float, str)):
            return node
        if isinstance(node, list):
            return [self.read(item) for item in node]
        kind = node.get("type") if isinstance(node, dict) else None
        reader = _READERS.get(kind) if isinstance(kind, str) else None
        if reader is None:
            raise LoadError(f"the JSON tree has a value of unknown type {kind!r:.40}")
        try:
            return reader(self, node)
        except (KeyError, TypeError, ValueError) as error:
            raise LoadError(f"a {kind} in the JSON tree is malformed: {error!r:.200}") from error

    def numbered(self, node: dict[str, Any]) -> Array:
        """The array whose number a node of the tree holds."""
        number = node["array"]
        if type(number) is not int or number < 0:
            raise LoadError(f"the number of an array must be a non-negative integer, but got {number!r:.40}")
        return self.array(number)

    def tensor(self, node: dict[str, Any]) -> Tensor:
        """A Tensor or Parameter; nodes of the same object give the same one."""
        number = node["object"]
        if type(number) is not int:
            raise LoadError(f"the number of an object must be an integer, but got {number!r:.40}")
        if number not in self.objects:
            tensor = wrap(self.numbered(node))
            if node["type"] == "Parameter":
                from nn.parameter import Parameter  # nn, which autograd does not import, is above this module

                tensor = Parameter(tensor, bool(node["requires_grad"]))
            elif node["requires_grad"]:
                tensor.requires_grad_()
            self.objects[number] = tensor
        return self.objects[number]

    def named(self, node: dict[str, Any]) -> Any:
        """A class or function."""
        if not self.classes and str(node["name"]) not in safe:
            raise LoadError(_NOT_PLAIN.format(node["name"])[:400])
        return import_by_name(node["name"])

    def pairs(self, node: dict[str, Any]) -> list[tuple[Any, Any]]:
        """The (key, value) pairs of a dict."""
        pairs = [(self.read(key), self.read(value)) for key, value in node["items"]]
        _check_hashes([key for key, _ in pairs])
        return pairs

    def members(self, node: dict[str, Any]) -> list[Any]:
        """The items of a set."""
        items = self.items(node)
        _check_hashes(items)
        return items

    def items(self, node: dict[str, Any]) -> list[Any]:
        """The items of a sequence."""
        if not isinstance(node["items"], list):
            raise LoadError("items must be a list")
        return [self.read(item) for item in node["items"]]


def _check_hashes(keys: list[Any]) -> None:
    collisions = Counter(map(hash, keys)).most_common(1)
    if collisions and collisions[0][1] > _MOST_COLLISIONS:
        raise LoadError(f"{collisions[0][1]} keys of a dict or set have the same hash: they were chosen to be slow")


_READERS: dict[str, Callable[[_Reader, dict[str, Any]], Any]] = {
    "dict": lambda r, node: dict(r.pairs(node)),
    "OrderedDict": lambda r, node: OrderedDict(r.pairs(node)),
    "Counter": lambda r, node: Counter(dict(r.pairs(node))),
    "tuple": lambda r, node: tuple(r.items(node)),
    "set": lambda r, node: set(r.members(node)),
    "frozenset": lambda r, node: frozenset(r.members(node)),
    "Size": lambda r, node: Size(r.items(node)),
    "slice": lambda r, node: slice(*r.items(node)),
    "range": lambda r, node: range(*r.items(node)),
    "Tensor": _Reader.tensor,
    "Parameter": _Reader.tensor,
    "ndarray": lambda r, node: r.numbered(node),
    "scalar": lambda r, node: r.numbered(node)[()],
    "int": lambda r, node: int(node["hex"], 16),
    "part": lambda r, node: r.parts[node["number"]],
    "complex": lambda r, node: complex(*node["parts"]),
    "bytes": lambda r, node: base64.b64decode(node["base64"], validate=True),
    "bytearray": lambda r, node: bytearray(base64.b64decode(node["base64"], validate=True)),
    "dtype": lambda r, node: _dtype(node["name"]),
    "device": lambda r, node: device(node["name"]),
    "object": lambda r, node: r.instances[_index(node["number"], len(r.instances))],
    "global": _Reader.named,
}


def _index(number: Any, count: int) -> int:
    if type(number) is not int or not 0 <= number < count:
        raise LoadError(f"the number of an object must be below {count}, but got {number!r:.40}")
    return number


def _dtype(name: Any) -> dtype:
    for value in vars(dtypes).values():
        if isinstance(value, dtype) and value.name == name:
            return value
    raise LoadError(f"there is no dtype {name!r:.40}")
