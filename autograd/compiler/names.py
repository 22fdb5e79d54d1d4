"""Names: what a program calls its values.

A parameter is called after its path in the module (`fc1_weight`), a gradient after what it is the gradient of
(`d_fc1_weight`), a value as the user's program calls it, or after the module that returned it (`fc1_out`). What is left
gets a number. All names are Python identifiers, so that the text of a program runs.
"""

from __future__ import annotations

import keyword
import re
from typing import Any

import numpy as np

from .symbols import Number, Statement, Symbol
from .trace import Trace, array_in

#: Names that the text of a program uses itself.
RESERVED = {"Changed", "bool", "complex", "float", "int", "math", "np", "rng", "settings", "slice"}


class Names:
    """Gives each value of a program a name, and no name to two values."""

    def __init__(self, trace: Trace, step: Any, arguments: list[tuple[Symbol, str]], functions: set[str]) -> None:
        self._trace = trace
        self._taken = RESERVED | functions
        self._names: dict[int, str] = {}
        self._proposed: dict[int, str] = {}
        self._numbered = 0
        self.modules = _module_paths(trace, step)
        for symbol, name in arguments:
            self.give(symbol, name)
        self._propose(step)

    def _propose(self, step: Any) -> None:
        """Names for the arrays of tensors: by the id of the array."""
        proposed, trace = self._proposed, self._trace
        tensors: dict[int, str] = {}
        for module, path in self.modules.items():
            for table in (module._parameters, module._buffers):
                for name, tensor in table.items():
                    if tensor is not None:
                        tensors.setdefault(id(tensor), f"{path}_{name}" if path else name)
        for name, value in _surroundings(step).items():
            tensors.setdefault(id(value), name)
        by_array = {id(array): tensors[id(t)] for t, array, _ in trace.touched.values() if id(t) in tensors}
        for optimizer in trace.groups:
            for parameter, state in optimizer.state.items():
                for key, value in state.items() if isinstance(state, dict) else ():
                    if hasattr(value, "array") and id(parameter) in tensors:
                        proposed.setdefault(id(array_in(value)), f"{tensors[id(parameter)]}_{key}")
        proposed.update(by_array)
        for leaf in trace.grads_set:
            tensor, grad = leaf.variable, leaf.grad
            if grad is not None and tensor is not None:
                name = tensors.get(id(tensor)) or trace.names.get(id(array_in(tensor)))
                if name:
                    proposed.setdefault(id(array_in(grad)), f"d_{name}")
        for key, name in trace.names.items():
            proposed.setdefault(key, name)
        for key, module in trace.returned.items():
            if path := self.modules.get(module):
                proposed.setdefault(key, f"{path}_out")

    def name_cotangents(self, statements: list[Statement]) -> None:
        """Call the cotangent of a value d_ and its name."""
        outputs = self._trace.node_outputs
        for s in statements:
            if name := self._proposed.get(outputs.get(s.where.node, 0)):
                self._proposed.setdefault(s.where.cotangent, f"d_{name}")

    def give(self, value: Symbol | Number, name: str) -> str:
        """Give a value a name, with a number after it if the name is taken."""
        name = identifier(name)
        free, i = name, 1
        while free in self._taken:
            i += 1
            free = f"{name}_{i}"
        self._taken.add(free)
        self._names[id(value)] = free
        return free

    def derived(self, symbol: Symbol, name: str) -> None:
        """Propose a name for a value that has none."""
        self._proposed.setdefault(id(symbol.real_array), name)

    def _number(self) -> str:
        """A name for a value that nobody has named."""
        self._numbered += 1
        name = f"t{self._numbered}"
        return self._number() if name in self._taken else name

    def fresh(self) -> str:
        """A new name for a value that nobody has named."""
        name = self._number()
        self._taken.add(name)
        return name

    def known(self, value: Symbol | Number) -> str | None:
        """The name of a value that has one."""
        return self._names.get(id(value))

    def proposed(self, symbol: Symbol) -> str | None:
        """What the user or a module calls an array."""
        return self._proposed.get(id(symbol.real_array))

    def of(self, symbol: Symbol, over: str | None = None) -> str:
        """The name of a value; `over` is the name of the one that it overwrites, which it keeps if it has no own."""
        found = self._names.get(id(symbol))
        if found is None:
            own = self.proposed(symbol)
            found = self.give(symbol, own) if own else over or self._number()
            self._names[id(symbol)] = found
        return found


def identifier(path: str) -> str:
    """A Python identifier for a path such as "0.weight"."""
    name = re.sub(r"\W", "_", path).strip("_") or "x"
    return f"layer{name}" if name[0].isdigit() else f"{name}_" if keyword.iskeyword(name) else name


def offset_of(array: Any) -> int:
    """The bytes from the start of the memory to the first element."""
    owner = array
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    return int(array.__array_interface__["data"][0] - owner.__array_interface__["data"][0])


def _module_paths(trace: Trace, step: Any) -> dict[Any, str]:
    """For each module that was called, or is part of one, its path: below the only root without a prefix."""
    inner = {id(child) for module in trace.modules for child in module.modules() if child is not module}
    roots = [module for module in trace.modules if id(module) not in inner]
    around = {id(value): name for name, value in _surroundings(step).items()}
    paths: dict[Any, str] = {}
    for root in roots:
        with_children = any(True for _ in root.children())
        name = around.get(id(root), type(root).__name__.lower())
        alone = len([r for r in roots if any(True for _ in r.parameters())]) == 1 and with_children
        for path, module in root.named_modules():
            whole = ".".join(filter(None, ["" if alone else name, path]))
            paths.setdefault(module, identifier(whole) if whole else "")
    return paths


def _surroundings(step: Any) -> dict[str, Any]:
    """The variables that the step uses from around it."""
    found: dict[str, Any] = {}
    function = getattr(step, "__func__", step)
    function = getattr(function, "__wrapped__", function)
    owner = getattr(step, "__self__", None)
    if owner is not None and hasattr(owner, "__dict__"):
        found.update(vars(owner))
    code = getattr(function, "__code__", None)
    if code is None:
        return found
    for name, cell in zip(code.co_freevars, function.__closure__ or ()):
        try:
            found[name] = cell.cell_contents
        except ValueError:
            continue  # not assigned yet
    found.update({name: function.__globals__[name] for name in code.co_names if name in function.__globals__})
    return found
