"""Names: what a program calls its values.

A parameter is called after its path in the module (`fc1_weight`), a gradient after what it is the gradient of
(`d_fc1_weight`), a value as the user's program calls it, or after the module or the primitive that returned it
(`fc1_out`, `softmax`). What is left is called after what was done (`largest`, `product`), with a number if there are
several. All names are Python identifiers, so that the text of a program runs.
"""

from __future__ import annotations

import copy
import keyword
import re
from typing import Any

import numpy as np

from .blocks import without_blocks
from .layout import is_layout
from .program import Program
from .source import target_at
from .state.tensors import array_in
from .symbols import Number, Symbol
from .trace import Trace

#: Names that the text of a program uses itself.
RESERVED = {"Changed", "abs", "bool", "complex", "empty", "float", "int", "math", "np", "pow", "round", "slice"}
#: What the result of a function is called if it has no better name.
_WORDS = {
    "add": "total", "subtract": "difference", "multiply": "product", "divide": "quotient", "true_divide": "quotient",
    "dot": "product", "matmul": "product", "exp": "exponentials", "log": "logarithm", "log1p": "logarithm",
    "sqrt": "root", "square": "square", "power": "power", "maximum": "larger", "minimum": "smaller",
    "negative": "negated", "absolute": "magnitude", "sign": "signs", "take": "picked", "where": "chosen",
    "astype": "converted", "copy": "copied", "concatenate": "joined", "stack": "stacked", "argmax": "place",
    "reciprocal": "inverse",
    "zeros": "zeros", "zeros_like": "zeros", "ones": "ones", "ones_like": "ones", "ravel": "flat", "clip": "clipped",
    "cumsum": "sums", "random": "drawn", "standard_normal": "drawn", "less": "mask", "less_equal": "mask",
    "greater": "mask", "greater_equal": "mask", "equal": "mask", "not_equal": "mask", "logical_and": "mask",
    "logical_or": "mask", "logical_not": "mask", "invert": "mask", "isnan": "mask", "isfinite": "mask",
    "add.reduce": "sums", "maximum.reduce": "largest", "minimum.reduce": "smallest", "multiply.reduce": "product",
}  # fmt: skip
#: What a view is called after the value that it shows.
_VIEWS = {"transpose": "T", "swapaxes": "T", "reshape": "rows", "ravel": "flat", "view": "bits", "__getitem__": "part"}


class Names:
    """Gives each value of a program a name, and no name to two values that live at the same time.

    Attributes:
        modules: for each module of the step, what it is called.
    """

    def __init__(self, program: Program, step: Any, arguments: list[str], functions: set[str]) -> None:
        self._program, self.modules = program, program.origins.paths
        self._statements = without_blocks(program.statements)
        self._taken = RESERVED | functions
        self._functions = functions
        self._names: dict[int, str] = {}
        self._given_names: dict[int, str] = {}  # by the identity of the array
        self._proposed = dict(program.origins.names)
        self._makers = {id(v): s for s in self._statements for v in s.made()}
        self._stems: dict[str, str] = {}  # what a name was before a number was put after it
        self._numbers: dict[str, int] = {}  # the last number that was put after a name
        self._around = surroundings_of(step)
        self._changes = self._updates()
        self._arguments = arguments
        for symbol, name in zip(program.inputs, arguments):
            self.give(symbol, name)
        self._propose_targets()
        outputs = program.origins.outputs
        #: For each cotangent, the value that it is the cotangent of: both by the identity of the array.
        self._cotangents = {
            s.where.cotangent: outputs[s.where.node] for s in self._statements if s.where.node in outputs
        }  # fmt: skip
        tables: tuple[dict[int, Any], ...] = (self._proposed, self._cotangents)
        for old, new in program.replaced.items():
            for table in tables:
                if old in table:
                    table.setdefault(new, table[old])
        self._primitives = {
            value: where.primitive for node, value in outputs.items() if (where := program.origins.of_node(node))
        }  # fmt: skip

    def _propose_targets(self) -> None:
        """What is returned is called after the variable to which the user's line assigns it."""
        for v in self._program.outputs:
            maker = self._makers.get(id(v))
            if type(v) is Symbol and maker is not None and (target := target_at(maker.where.line, maker.where.column)):
                self.propose(v, target)

    def renewed(self, functions: set[str]) -> Names:
        """Names for another text of the same program, which calls these functions."""
        other = copy.copy(self)
        other._taken, other._functions = RESERVED | functions, functions
        other._names, other._given_names, other._stems, other._numbers = {}, {}, {}, {}
        other._proposed = dict(self._proposed)
        for symbol, name in zip(self._program.inputs, self._arguments):
            other.give(symbol, name)
        return other

    def propose(self, symbol: Symbol, name: str) -> None:
        """Call a value so, if the name is free when it is named."""
        self._proposed.setdefault(symbol.identity, name)

    def note(self, symbol: Symbol, name: str) -> None:
        """What a value would be called that has no name of its own in the text; its cotangent is d_ and this."""
        self._given_names.setdefault(symbol.identity, name)

    def reserve(self, name: str) -> str:
        """A free name, with a number after it if it is taken."""
        name = identifier(name)
        free, i = name, self._numbers.get(name, 1)
        while free in self._taken:
            i += 1
            free = f"{name}_{i}"
        self._numbers[name] = i
        self._taken.add(free)
        self._stems[free] = name
        return free

    def give(self, value: Symbol | Number, name: str) -> str:
        """Give a value a name."""
        free = self._names[id(value)] = self.reserve(name)
        if type(value) is Symbol:
            self._given_names.setdefault(value.identity, free)
        return free

    def around(self, value: Any) -> str | None:
        """What an object is called around the step."""
        return next((name for name, found in self._around.items() if found is value), None)

    @property
    def taken(self) -> set[str]:
        """All names that are in use."""
        return self._taken

    def path_of(self, module: Any) -> str | None:
        """What a module is called; a layer, loss or metric of Keras has a name of its own."""
        found = self.modules.get(module)
        return found if found is not None else getattr(module, "name", None) if hasattr(module, "get_config") else None

    def of_array(self, array: Any) -> str | None:
        """What an array of the watched call is called that has a name."""
        return self._given_names.get(id(array))

    def known(self, value: Symbol | Number) -> str | None:
        """The name of a value that has one."""
        return self._names.get(id(value))

    def proposed(self, symbol: Symbol) -> str | None:
        """What the user or a module calls an array, or whose gradient it is."""
        array = symbol.identity
        found = self._proposed.get(array)
        if found is None and array in self._cotangents:
            value = self._cotangents[array]
            name = self._given_names.get(value) or self._proposed.get(value)
            return f"d_{self._stems.get(name, name)}" if name else None
        return found

    def of(self, symbol: Symbol) -> str:
        """The name of a value."""
        found = self._names.get(id(symbol))
        if found is not None:
            return found
        over = self._program.in_place_of.get(id(symbol))
        before = None if over is None else self.of(over)
        own = self.proposed(symbol)
        if before is not None and (own is None or identifier(own) == self._stems[before]):
            self._names[id(symbol)] = before  # what overwrites a value, and has no name of its own, keeps its name
            self._given_names.setdefault(symbol.identity, before)
            return before
        return self.give(symbol, own or self._described(symbol))

    def apart(self, symbol: Symbol) -> str:
        """The name of a value, which is not the one that it overwrites."""
        return self._names.get(id(symbol)) or self.give(symbol, self.proposed(symbol) or self._described(symbol))

    def _updates(self) -> dict[int, tuple[Symbol, str]]:
        """For each value that an update reads, such as lr · gradient: what is updated, and the ending of the name."""
        made = self._program.made
        return {
            id(v): (s.into, "new" if s.where.phase == "gradients" else "change") for s in self._statements
            if s.into is not None and s.kind == "ufunc" and s.into.storage not in made
            for v in s.reads() if id(v) in self._makers
        }  # fmt: skip

    def _described(self, symbol: Symbol) -> str:
        """A name for a value that nobody has named, after what it is."""
        s = self._makers.get(id(symbol))
        if s is None:
            return "row_starts" if counts_up(symbol.real_array) else "constant"
        array = symbol.identity
        call = s.call if isinstance(s.call, str) else getattr(s.call, "__name__", "value").strip("_<>")
        if (
            s.call == "view" and symbol.dtype.kind == "f" and s.args[0].dtype.kind in "iu"
        ):  # numbers, seen as bits before
            return self._stems[self.of(s.args[0])].removesuffix("_bits")
        if s.kind == "view" and s.call in _VIEWS and type(s.args[0]) is Symbol:
            stem = self._stems[self.of(s.args[0])]
            before, _, ending = stem.rpartition("_")
            return f"{before if before and ending in _VIEWS.values() else stem}_{_VIEWS[s.call]}"
        if symbol.dtype == bool and call in ("astype", "bitwise_and", "bitwise_or", "bitwise_xor"):
            return "mask"
        if call == "__getitem__" and type(s.args[0]) is Symbol:
            return self._stems[self.of(s.args[0])] + ("" if type(s.args[1]) is tuple and not s.args[1] else "_part")
        if id(symbol) in self._changes:
            updated, ending = self._changes[id(symbol)]
            return f"{self.of(updated)}_{ending}"
        if s.call is np.add and any(id(v) not in self._makers and counts_up(v.real_array) for v in s.reads()):
            return "places"
        word = _WORDS.get(f"{call}.{s.method}" if s.method else call)
        primitive = self._primitives.get(array)
        if primitive and not (word and (primitive in _ARITHMETIC or primitive in self._functions)):
            return primitive
        return word or (f"{call}_out" if call.isidentifier() else "value")


#: Primitives whose names say less than the word for their result.
_ARITHMETIC = (
    "add", "sub", "mul", "div", "neg", "pow", "matmul", "mm", "bmm", "sum", "mean", "getitem", "where", "abs", "dot",
)  # fmt: skip


def counted(array: Any) -> str:
    """The text of an array that counts up."""
    dtype = "" if array.dtype == np.int64 else f", dtype=np.{array.dtype.name}"
    return f"np.arange(0, {len(array) * array[1]}, {array[1]}{dtype})"


def counts_up(array: Any) -> bool:
    """Whether an array is 0, k, 2k, …: where the rows of a flat array start."""
    return (
        isinstance(array, np.ndarray) and array.ndim == 1 and array.dtype.kind == "i" and array.size > 1
        and not is_layout(array) and array[0] == 0 and array[1] > 0 and bool((np.diff(array) == array[1]).all())
    )  # fmt: skip


def identifier(path: str) -> str:
    """A Python identifier for a path such as "0.weight"."""
    name = re.sub(r"\W", "_", path).strip("_") or "x"
    return f"layer{name}" if name[0].isdigit() else f"{name}_" if keyword.iskeyword(name) else name


def settle(trace: Trace, step: Any) -> None:
    """Note what the text of the program needs to know of the tensors, once the step has ended."""
    origins, touched = trace.origins, trace.tensors.touched.values()
    origins.paths = _module_paths(trace, step)
    origins.names = _proposed_names(trace, step)
    origins.tensors = {id(array) for _, array, _ in touched}
    origins.plain = {id(array) for _, array, node in touched if node is None}
    origins.learnt = {id(leaf.variable.array) for leaf in trace.grads.assigned if leaf.variable is not None}
    origins.written = set(trace.record.written)


def _proposed_names(trace: Trace, step: Any) -> dict[int, str]:
    """Names for the arrays of tensors, by the identity of the array."""
    proposed: dict[int, str] = {}
    tensors: dict[int, str] = {}
    origins = trace.origins
    for module, path in origins.paths.items():
        for table in (module._parameters, module._buffers):
            for name, tensor in table.items():
                if tensor is not None:
                    tensors.setdefault(id(tensor), f"{path}_{name}" if path else name)
    for name, value in surroundings_of(step).items():
        tensors.setdefault(id(value), name)
    by_array = {id(array): tensors[id(t)] for t, array, _ in trace.tensors.touched.values() if id(t) in tensors}
    for optimizer in trace.optimizers.stepped:
        for parameter, state in optimizer.state.items():
            for key, value in state.items() if isinstance(state, dict) else ():
                if hasattr(value, "array") and id(parameter) in tensors:
                    proposed.setdefault(id(array_in(value)), f"{tensors[id(parameter)]}_{key}")
    proposed.update(by_array)
    for leaf in trace.grads.assigned:
        tensor, grad = leaf.variable, leaf.grad
        if grad is not None and tensor is not None:
            its = tensors.get(id(tensor)) or origins.names.get(id(array_in(tensor)))
            if its:
                proposed.setdefault(id(array_in(grad)), f"d_{its}")
    for leaf, found in trace.grads.read.items():
        if found is not None and leaf.variable is not None and (its := tensors.get(id(leaf.variable))):
            proposed.setdefault(id(array_in(found)), f"d_{its}")
    for key, name in origins.names.items():
        proposed.setdefault(key, name)
    for key, module in origins.returned.items():
        if where := origins.paths.get(module):
            proposed.setdefault(key, f"{where}_out")
    return proposed


def _module_paths(trace: Trace, step: Any) -> dict[Any, str]:
    """For each module that was called, or is part of one, its path: below the only root without a prefix."""
    inner = {id(child) for module in trace.modules for child in module.modules() if child is not module}
    roots = [module for module in trace.modules if id(module) not in inner]
    around = {id(value): name for name, value in surroundings_of(step).items()}
    paths: dict[Any, str] = {}
    for root in roots:
        with_children = any(True for _ in root.children())
        name = around.get(id(root), type(root).__name__.lower())
        alone = len([r for r in roots if any(True for _ in r.parameters())]) == 1 and with_children
        for path, module in root.named_modules():
            whole = ".".join(filter(None, ["" if alone else name, path]))
            paths.setdefault(module, identifier(whole) if whole else "")
    return paths


def surroundings_of(step: Any) -> dict[str, Any]:
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
