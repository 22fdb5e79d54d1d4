"""Containers: sequences and mappings of modules and of parameters."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from operator import index as as_index, itemgetter
from typing import Any, NoReturn, Self, overload

from autograd.core.tensor import Tensor

from ..module import Module, indent
from ..parameter import Parameter

__all__ = ["Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict"]


class _ModuleSequence(Module):
    """The base of Sequential and ModuleList: modules named "0", "1", …."""

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())  # type: ignore[arg-type]  # a None stands for no layer, and is rare

    @overload
    def __getitem__(self, index: int) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> Module | Self:
        if isinstance(index, slice):
            return type(self)._of(list(zip(self._modules, self, strict=True))[index])
        return list(self)[_position(index, len(self))]

    def __setitem__(self, index: int, module: Module) -> None:
        name = list(self._modules)[_position(index, len(self))]
        self.add_module(name, module)

    def __delitem__(self, index: int | slice) -> None:
        modules = list(self)
        del modules[index if isinstance(index, slice) else _position(index, len(self))]
        self._replace(modules)

    def __add__(self, other: Iterable[Module]) -> Self:
        return type(self)._of((str(i), module) for i, module in enumerate([*self, *other]))

    def __iadd__(self, other: Iterable[Module]) -> Self:
        return self.extend(other)

    def append(self, module: Module) -> Self:
        """Append a module.

        Raises:
            TypeError: `module` is not a Module.
        """
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Append modules, in order.

        Raises:
            TypeError: `modules` is not iterable, or an element is not a Module.
        """
        if not isinstance(modules, Iterable):
            name = type(self).__name__
            raise TypeError(f"{name}.extend should be called with an iterable, but got {type(modules).__name__}")
        for module in _checked(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Self:
        """Insert a module before `index`.

        Raises:
            IndexError: `index` is out of range.
            TypeError: `module` is not a Module.
        """
        _checked([module])
        if not -len(self) <= index <= len(self):
            raise IndexError(f"Index out of range: {index}")
        modules = list(self)
        modules.insert(index, module)
        self._replace(modules)
        return self

    def pop(self, key: int = -1) -> Module:
        """Remove the module at `key` and return it."""
        module = self[key]
        del self[key]
        return module

    @classmethod
    def _of(cls, named: Iterable[tuple[str, Module]]) -> Self:
        new = cls()
        for name, module in named:
            new.add_module(name, module)
        return new

    def _replace(self, modules: list[Module]) -> None:
        for name in list(self._modules):
            delattr(self, name)
        for position, module in enumerate(modules):
            self.add_module(str(position), module)


class Sequential(_ModuleSequence):
    """Modules applied in order, each to the output of the one before.

    Args:
        modules: the modules in order, or one OrderedDict that names them.

    Raises:
        TypeError: an argument is not a Module.

    >>> from nn import Linear, ReLU
    >>> Sequential(Linear(2, 3), ReLU())
    Sequential(
      (0): Linear(in_features=2, out_features=3, bias=True)
      (1): ReLU()
    )
    """

    def __init__(self, *modules: Module | OrderedDict[str, Module]) -> None:
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], OrderedDict):
            for name, named in modules[0].items():
                self.add_module(name, named)
        else:
            self.extend(_checked(modules))

    def __mul__(self, times: int) -> Self:
        """The modules repeated: the same ones, with the same parameters.

        Raises:
            TypeError: `times` is not an int.
            ValueError: `times` is not positive.
        """
        return type(self)._of((str(i), module) for i, module in enumerate(self._repeated(times)))

    __rmul__ = __mul__

    def __imul__(self, times: int) -> Self:
        return self.extend(self._repeated(times)[len(self) :])

    def _repeated(self, times: int) -> list[Module]:
        if not isinstance(times, int):
            raise TypeError(f"unsupported operand type(s) for *: 'Sequential' and '{type(times).__name__}'")
        if times <= 0:
            raise ValueError(f"Non-positive multiplication factor {times} for Sequential")
        return list(self) * times

    def forward(self, input: Any) -> Any:
        """The last module's output."""
        for module in self._modules.values():
            input = module(input)  # type: ignore[misc]  # TypeError for None
        return input


class ModuleList(_ModuleSequence):
    """A list of modules, which are registered as submodules; it has no `forward`. An element may be None.

    >>> from nn import Linear
    >>> layers = ModuleList([Linear(4, 4) for _ in range(3)])
    >>> layers
    ModuleList(
      (0-2): 3 x Linear(in_features=4, out_features=4, bias=True)
    )
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.extend(modules)

    @classmethod
    def _of(cls, named: Iterable[tuple[str, Module]]) -> Self:
        return cls(module for _, module in named)

    def _child_lines(self, children: list[tuple[str, str]]) -> list[str]:
        lines = []
        start = 0
        for text, repeats in groupby(text for _, text in children):
            count = len(list(repeats))
            if count == 1:
                lines.append(f"({start}): {indent(text)}")
            else:
                lines.append(f"({start}-{start + count - 1}): {count} x {indent(text)}")
            start += count
        return lines


class ModuleDict(Module):
    """A dict of modules, which are registered as submodules; it has no `forward`.

    >>> from nn import ReLU, Tanh
    >>> choices = ModuleDict({"relu": ReLU(), "tanh": Tanh()})
    >>> choices["tanh"]
    Tanh()
    """

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Module:
        if key not in self._modules:
            raise KeyError(key)
        return self._modules[key]  # type: ignore[return-value]  # an entry may be None, but rarely is

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        if key not in self._modules:
            raise KeyError(key)
        delattr(self, key)

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: str) -> bool:
        return key in self._modules

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._modules.keys()

    def values(self) -> Iterable[Module]:
        """The modules."""
        return self._modules.values()  # type: ignore[return-value]  # a dict holds no None

    def items(self) -> Iterable[tuple[str, Module]]:
        """Names and modules."""
        return self._modules.items()  # type: ignore[return-value]  # a dict holds no None

    def clear(self) -> None:
        """Remove all modules."""
        for name in list(self._modules):
            delattr(self, name)

    def pop(self, key: str) -> Module:
        """Remove the module with this name and return it."""
        module = self[key]
        del self[key]
        return module

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]]) -> None:
        """Add or replace modules by name.

        Raises:
            TypeError: an element is not a pair of a name and a Module.
        """
        if not isinstance(modules, Iterable):
            raise TypeError(
                "ModuleDict.update should be called with an iterable of key/value pairs, "
                f"but got {type(modules).__name__}"
            )
        pairs = list(modules.items()) if isinstance(modules, (Mapping, ModuleDict)) else list(modules)
        for position, pair in enumerate(pairs):
            element = f"ModuleDict update sequence element #{position}"
            if not isinstance(pair, Iterable):
                raise TypeError(f"{element} should be Iterable; is {type(pair).__name__}")
            if len(pair) != 2:
                raise ValueError(f"{element} has length {len(pair)}; 2 is required")
        _checked(module for _, module in pairs)
        for name, module in pairs:
            self.add_module(name, module)


def _checked(modules: Iterable[Any]) -> list[Module]:
    modules = list(modules)
    for module in modules:
        if not isinstance(module, Module) and module is not None:
            raise TypeError(f"{type(module).__name__} is not a Module subclass")
    return modules


class ParameterList(Module):
    """A list of parameters; a plain Tensor becomes a Parameter.

    >>> from autograd import zeros
    >>> ParameterList([zeros(2), zeros(2, 3)])
    ParameterList(
        (0): Parameter containing: [autograd.float32 of size 2]
        (1): Parameter containing: [autograd.float32 of size 2x3]
    )
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        if values is not None:
            self.extend(values)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Any]:
        return (getattr(self, str(position)) for position in range(self._size))

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)(list(self)[index])
        return getattr(self, str(_position(index, self._size)))

    def __setitem__(self, index: int, value: Any) -> None:
        setattr(self, str(_position(index, self._size)), _as_parameter(value))

    def __iadd__(self, values: Iterable[Any]) -> Self:
        return self.extend(values)

    def append(self, value: Any) -> Self:
        """Append a value."""
        setattr(self, str(self._size), _as_parameter(value))
        self._size += 1
        return self

    def extend(self, values: Iterable[Any]) -> Self:
        """Append values, in order.

        Raises:
            TypeError: `values` is not iterable, or is a single Tensor.
        """
        if not isinstance(values, Iterable) or isinstance(values, Tensor):
            kind = type(values).__name__
            raise TypeError(f"ParameterList.extend should be called with an iterable, but got {kind}")
        for value in values:
            self.append(value)
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raises RuntimeError: a list of parameters computes nothing."""
        raise RuntimeError("ParameterList should not be called.")

    def extra_repr(self) -> str:
        return _listing(enumerate(self), lambda tensor: tensor.dtype)


class ParameterDict(Module):
    """A dict of parameters; a plain Tensor becomes a Parameter.

    >>> from autograd import zeros
    >>> ParameterDict({"weight": zeros(2)})["weight"].requires_grad
    True
    """

    def __init__(self, parameters: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None) -> None:
        super().__init__()
        self._names: dict[str, None] = {}
        if parameters is not None:
            self.update(parameters)

    def __getitem__(self, key: str) -> Any:
        if key not in self._names:
            raise KeyError(key)
        return getattr(self, key)

    def __setitem__(self, key: str, value: Any) -> None:
        if key not in self._names and hasattr(self, key):
            raise KeyError(f"attribute '{key}' already exists")
        setattr(self, key, _as_parameter(value))
        self._names[key] = None

    def __delitem__(self, key: str) -> None:
        if key not in self._names:
            raise KeyError(key)
        del self._names[key]
        delattr(self, key)

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __contains__(self, key: str) -> bool:
        return key in self._names

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._names)

    def __or__(self, other: ParameterDict) -> ParameterDict:
        """A new dict with the values of both; those of `other` win."""
        copy = self.copy()
        copy.update(other)
        return copy

    def __ior__(self, other: ParameterDict) -> Self:
        self.update(other)
        return self

    def copy(self) -> ParameterDict:
        """A new dict with the same values."""
        return ParameterDict(OrderedDict(self.items()))

    def fromkeys(self, keys: Iterable[str], default: Any = None) -> ParameterDict:
        """A new dict with `default` for each name."""
        return ParameterDict([(key, default) for key in keys])

    def get(self, key: str, default: Any = None) -> Any:
        """The value of this name, or `default`."""
        return self[key] if key in self._names else default

    def setdefault(self, key: str, default: Any = None) -> Any:
        """The value of this name, which is `default` if it was missing."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: str) -> Any:
        """Remove the value of this name and return it."""
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Remove the last name and its value, and return them.

        Raises:
            KeyError: the dict is empty.
        """
        if not self._names:
            raise KeyError("popitem(): the ParameterDict is empty")
        key = next(reversed(self._names))
        return key, self.pop(key)

    def clear(self) -> None:
        """Remove all values."""
        for key in list(self._names):
            del self[key]

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._names.keys()

    def values(self) -> Iterable[Any]:
        """The values."""
        return [self[name] for name in self._names]

    def items(self) -> Iterable[tuple[str, Any]]:
        """Names and values."""
        return [(name, self[name]) for name in self._names]

    def update(self, parameters: Mapping[str, Any] | Iterable[tuple[str, Any]] | ParameterDict) -> None:
        """Add or replace values by name; those of a plain dict in the order of their names, as in PyTorch.

        Raises:
            TypeError: `parameters` is neither a mapping nor an iterable of pairs.
        """
        if not isinstance(parameters, (Iterable, ParameterDict)):
            raise TypeError(
                f"ParametersDict.update should be called with an iterable of key/value pairs, "
                f"but got {type(parameters).__name__}"
            )
        pairs: Iterable[tuple[str, Any]]
        if isinstance(parameters, (OrderedDict, ParameterDict)):
            pairs = parameters.items()
        else:
            pairs = sorted(parameters.items(), key=itemgetter(0)) if isinstance(parameters, Mapping) else parameters
        for name, value in pairs:
            self[name] = value

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raises RuntimeError: a dict of parameters computes nothing."""
        raise RuntimeError("ParameterDict should not be called.")

    def extra_repr(self) -> str:
        return _listing(self.items(), Tensor.type)


def _position(index: int, length: int) -> int:
    """The index counted from the front, checked."""
    if not hasattr(index, "__index__"):
        raise TypeError(f"{type(index).__name__!r} object cannot be interpreted as an integer")
    position = as_index(index)
    if not -length <= position < length:
        raise IndexError(f"index {position} is out of range")
    return position % length


def _as_parameter(value: Any) -> Any:
    return Parameter(value) if isinstance(value, Tensor) and not isinstance(value, Parameter) else value


def _listing(items: Iterable[tuple[Any, Any]], kind_of: Callable[[Tensor], Any]) -> str:
    lines = []
    for name, value in items:
        if isinstance(value, Tensor):
            size = "x".join(str(length) for length in value.shape)
            lines.append(f"  ({name}): Parameter containing: [{kind_of(value)} of size {size}]")
        else:
            lines.append(f"  ({name}): Object of type: {type(value).__name__}")
    return "\n".join(lines)
