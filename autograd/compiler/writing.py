"""Writing: the text of a program, as it runs.

The text has two parts: what is made once (memory, and views of what stays in place), and the function. It is the text
that is executed, and it runs alone: `save` adds where the arrays come from.
"""

from __future__ import annotations

import linecache
import math
import operator
import re
from typing import Any

import numpy as np

from ..base.symbolic import Symbolic
from .blocks import in_tiles, lines_of
from .names import Names, offset_of
from .program import Program, fills_with, is_copy, takes_memory
from .symbols import Number, Statement, Symbol, parts
from .trace import Draw, storage_of

_OPERATORS = {
    np.add: "+", np.subtract: "-", np.multiply: "*", np.true_divide: "/", np.less: "<", np.less_equal: "<=",
    np.greater: ">", np.greater_equal: ">=", np.equal: "==", np.not_equal: "!=",
}  # fmt: skip
_OF_NUMBERS = {operator.add: "+", operator.sub: "-", operator.mul: "*", operator.truediv: "/", operator.pow: "**"}
#: What reductions are called.
_ALONG = {
    "add": "sum_along", "multiply": "product_along", "maximum": "max_along", "minimum": "min_along",
    "logical_or": "any_along", "logical_and": "all_along",
}  # fmt: skip
#: The column at which the comment after a line starts.
_COMMENT = 76


class Text:
    """The text of a program, and the objects that its names stand for.

    Attributes:
        once: lines that are run once.
        body: pairs of a statement (or None) and its line, of the function.
        space: the objects that are given: arrays of tensors, functions, constants.
        functions: for each function of NumPy that is used, what it is called.
    """

    def __init__(self, program: Program, names: Names, title: str, step_name: str, arguments: list[str]) -> None:
        self.program, self.names, self.title = program, names, title
        self.step_name, self.arguments = step_name, arguments
        self.space: dict[str, Any] = {"np": np}
        self.functions: dict[str, str] = {}
        self.settings: dict[str, Number] = {}
        self.once: list[str] = []
        self.body: list[tuple[Statement | None, str]] = []
        self.given: dict[str, Any] = {}
        self._defined: set[str] = set()
        self._memories: set[int] = set()
        self._constants: dict[int, str] = {}
        self._blocks = 0
        self._inner: dict[int, str] = {}
        self._optimizers: dict[Any, str] = {}
        section = None
        for s in program.statements:
            line = self._line(s)
            if line is None:
                continue
            if (heading := self._heading(s)) != section:
                section = heading
                self.body.append((None, f"# {heading}"))
            self.body.append((s, line))
        values = [self._value(v) for v in program.outputs]
        self.body.append(
            (None, f"return {', '.join(values)}{',' if len(values) == 1 else ''}" if values else "return ()")
        )

    # -- lines -----------------------------------------------------------------------------------------

    def source(self) -> str:
        """What is executed."""
        return "\n".join([*self.once, "", "", *self.function_lines(comments=False)]) + "\n"

    def function_lines(self, comments: bool = True) -> list[str]:
        """The lines of the function."""
        program = self.program
        shapes = ", ".join(f"{n} {v.shape}" for n, v in zip(self.arguments, program.inputs))
        head = f"def {self.step_name}({', '.join(self.arguments)}):"
        lines = [_with_comment(head, shapes) if comments and shapes else head]
        lines += [f"    {name} = {self._setting(number)}" for name, number in self.settings.items()]
        for s, line in self.body:
            note = _note(s) if comments and s is not None else ""
            lines.append(_with_comment(f"    {line}", note) if note else f"    {line}")
        return lines

    def _setting(self, number: Number) -> str:
        optimizer = number.read.optimizer
        if optimizer not in self._optimizers:
            name = self._optimizers[optimizer] = f"optimizer{len(self._optimizers) + 1 if self._optimizers else ''}"
            self.space[name] = optimizer
        return number.read.text(self._optimizers[optimizer])

    def _heading(self, s: Statement) -> str:
        where = s.where
        trace = self.program.trace
        if where.phase == "update":
            return type(where.owner).__name__
        forward = trace.origin_of(where.node) if where.phase == "backward" else where
        start = "backward of" if where.phase == "backward" else "forward:"
        if forward is None:
            return "backward"
        if path := self.names.modules.get(forward.owner):
            kind = "" if where.phase == "backward" else f" = {_constructor(forward.owner)}"
            return f"{start} {path}{kind}"
        if forward.owner is not None:
            return f"{start} {type(forward.owner).__name__}"
        line = linecache.getline(*forward.line).strip()
        return f"{start} {line}" if line else f"{start} {forward.primitive}"

    def _line(self, s: Statement) -> str | None:
        """The line of a statement; None for a view that is made once."""
        out = s.outs[0] if s.outs else None
        if s.kind == "guard":
            return f"if {s.call.__name__}({self._value(s.args[0])}) != {s.outs[0]!r}: raise Changed"
        if s.kind == "block":
            self._blocks += 1
            for v in s.outs:
                if storage_of(v.real_array) in self.program.runtime:  # it is returned: new in every call
                    new = f"{self._name(v)} = np.empty({v.shape}, {_dtype(v.dtype)})"
                    self.body.append((s, new))
            definition, line = lines_of(s, self, self._blocks)
            self.once += definition
            self.space["in_tiles"] = in_tiles
            return line
        if s.kind == "number":
            return f"{self._name(out)} = {s.call.__name__}({self._value(s.args[0])})"
        if s.kind == "view" and self._stays(s.args[0]) and all(self._is_constant(v) for v in s.args[1:]):
            if s.call == "transpose" and len(s.args) == 1:
                self.names.derived(out, f"{self._name(s.args[0])}_T")
            name = self._name(out)
            if name not in self._defined:
                self._defined.add(name)
                if storage_of(out.real_array) not in self.program.memory_of:
                    self.once.append(f"{name} = {self._call(s)}")
            return None
        if s.kind == "write":
            return self._write(s)
        if s.into is not None:
            return self._call(s, self._value(s.into))
        if type(out) is Symbol and isinstance(out.real_array, np.ndarray) and len(s.outs) == 1:
            storage = storage_of(out.real_array)
            if s.kind != "view" and (storage in self.program.memory_of or storage in self.program.kept):
                if (value := fills_with(s)) is not None and takes_memory(s):
                    return f"{self._value(out)}.fill({self._value(value)})"
                if is_copy(s) and takes_memory(s):
                    return (
                        f"{self._function(np.copyto)}({self._value(out)}, {self._value(s.args[0])}, casting='unsafe')"
                    )
                if takes_memory(s):
                    return self._call(s, self._value(out))
                return f"{self._function(np.copyto)}({self._value(out)}, {self._call(s)})"
        names = ", ".join(self._name(v) if type(v) is Symbol else "_" for v in s.outs)
        return f"{names} = {self._call(s)}"

    def _write(self, s: Statement) -> str:
        x, *rest = s.args
        if s.call == "__setitem__":
            key, value = rest
            if key is Ellipsis or key == ():
                return f"{self._function(np.copyto)}({self._value(x)}, {self._value(value)}, casting='unsafe')"
            return f"{self._value(x)}[{self._key(key)}] = {self._value(value)}"
        return self._call(s)

    def _call(self, s: Statement, out: str | None = None) -> str:
        options = [f"{key}={self._value(value)}" for key, value in s.kwargs.items()]
        args = [self._plain_number(v, s) or self._value(v) for v in s.args]
        if s.call == "__getitem__":
            return f"{args[0]}[{self._key(s.args[1])}]"
        if s.call == "transpose" and len(args) == 1 and not options:
            return f"{args[0]}.T"
        if isinstance(s.call, str):
            if s.call == "dot" and out is not None:
                return f"{self._function(np.dot)}({', '.join([*args, f'out={out}'])})"
            return f"{args[0]}.{s.call}({', '.join([*args[1:], *options, *([f'out={out}'] if out else [])])})"
        if out is None and s.kind == "ufunc" and s.method is None and not options and s.call in _OPERATORS:
            return f"{args[0]} {_OPERATORS[s.call]} {args[1]}"
        if s.method == "reduce":
            return f"{self._function(s.call, s.method)}({', '.join(_reduction(s, args, self._value))}{f', out={out}' if out else ''})"
        if out is not None:
            options.append(f"out={out}")
        return f"{self._function(s.call, s.method)}({', '.join([*args, *options])})"

    # -- values ----------------------------------------------------------------------------------------

    def _stays(self, x: Any) -> bool:
        """Whether an array is the same object's memory in every call."""
        return (
            type(x) is Symbol
            and isinstance(x.real_array, np.ndarray)
            and storage_of(x.real_array) not in self.program.runtime
        )

    def _is_constant(self, x: Any) -> bool:
        return not any(type(v) in (Symbol, Number) for v in parts(x))

    def _name(self, v: Any) -> str:
        """The name of a value; what it stands for is defined at its first use."""
        if type(v) is Number:
            return self.names.known(v) or self.names.give(v, v.name)
        program, array = self.program, v.real_array
        storage = storage_of(array)
        memory = program.memory_of.get(storage)
        if memory is not None and isinstance(array, np.ndarray):
            over = program.in_place_of.get(id(v))
            name = self.names.of(v, None if over is None else self._name(over))
            if name not in self._defined:
                self._define(name, array, memory)
            return name
        known = self.names.known(v)
        name = self.names.of(v)
        if known is None and isinstance(array, np.ndarray) and storage not in program.runtime:
            if self._is_given(v):
                self.space[name] = self.given[name] = array
                self._defined.add(name)
        return name

    def _is_given(self, v: Symbol) -> bool:
        """Whether an array comes from outside, or outlives the calls, and is not a view that the text makes."""
        made = self.program.trace.made
        storage = storage_of(v.real_array)
        if storage in made and storage not in self.program.kept:
            return False
        return id(v) not in self._views()

    def _views(self) -> set[int]:
        if not hasattr(self, "_view_ids"):
            self._view_ids = {id(v) for s in self.program.statements if s.kind == "view" for v in s.made()}
        return self._view_ids

    def _define(self, name: str, array: Any, memory: int) -> None:
        self._defined.add(name)
        if memory not in self._memories:
            self._memories.add(memory)
            self.once.append(f"memory{memory} = np.empty({self.program.sizes[memory]}, np.uint8)")
        place = f"({array.shape}, {_dtype(array.dtype)}, memory{memory}"
        at = offset_of(array)
        if not array.flags.c_contiguous:
            place += f", {at}, {array.strides}"
        elif at:
            place += f", {at}"
        self.once.append(f"{name} = np.ndarray{place})")

    def _value(self, x: Any) -> str:
        kind = type(x)
        if kind is Symbol and id(x) in self._inner:
            return self._inner[id(x)]
        if kind is Symbol:
            if isinstance(x.real_array, np.generic) and id(x.real_array) not in self.program.trace.made:
                if self.names.known(x) is None:
                    return _scalar(x.real_array)
            return self._name(x)
        if kind is Number:
            return self._number(x)
        if kind is tuple:
            return f"({', '.join(map(self._value, x))}{',' if len(x) == 1 else ''})"
        if kind is list:
            return f"[{', '.join(map(self._value, x))}]"
        if kind is slice:
            return f"slice({self._value(x.start)}, {self._value(x.stop)}, {self._value(x.step)})"
        if x is Ellipsis:
            return "..."
        if isinstance(x, np.dtype):
            return _dtype(x)
        if isinstance(x, np.generic):
            return _scalar(x)
        if x is None or isinstance(x, (bool, int, str)):
            return repr(x)
        if isinstance(x, (float, complex)):
            return (
                repr(x) if np.isfinite(x) else f"float({str(x)!r})" if isinstance(x, float) else f"complex({str(x)!r})"
            )
        if isinstance(x, type) and issubclass(x, np.generic):
            return f"np.{x.__name__}"
        if id(x) not in self._constants:
            name = self._constants[id(x)] = f"constant{len(self._constants) + 1}"
            self.space[name] = self.given[name] = x
        return self._constants[id(x)]

    def _plain_number(self, v: Any, s: Statement) -> str | None:
        """A NumPy scalar beside an array of its dtype as a Python number, which is cast to the same."""
        if s.kind == "ufunc" and isinstance(v, np.generic) and not isinstance(v, Symbolic) and v.dtype.kind in "fi":
            if np.isfinite(v) and any(isinstance(x, np.ndarray) and x.dtype == v.dtype for x in s.args):
                return str(v)
        return None

    def call_with(self, s: Statement, out: str, inner: dict[int, str]) -> str:
        """The line of a statement of a block, in which some values have other names."""
        self._inner = inner
        try:
            return self._call(s, out)
        finally:
            self._inner = {}

    @staticmethod
    def dtype_of(name: str, scratch: dict[str, str]) -> str | None:
        """The dtype of a scratch array."""
        return scratch.get(name)

    def _key(self, key: Any) -> str:
        if type(key) is tuple and key:
            return ", ".join(map(self._key, key)) + ("," if len(key) == 1 else "")
        if type(key) is slice:
            ends = ["" if v is None else self._value(v) for v in (key.start, key.stop, key.step)]
            return ":".join(ends[:2] if not ends[2] else ends)
        return self._value(key)

    def _number(self, x: Number) -> str:
        if x.call is None:
            known = self.names.known(x)
            if known is None:
                known = self.names.give(x, x.name)
                if x.name != "count":
                    self.settings[known] = x
            return known
        values = [self._value(v) for v in x.operands]
        if x.call in _OF_NUMBERS:
            return f"({values[0]} {_OF_NUMBERS[x.call]} {values[1]})"
        return f"(-{values[0]})" if x.call is operator.neg else f"{self._function(x.call)}({values[0]})"

    def _function(self, call: Any, method: str | None = None) -> str:
        """The name of a function, which the text imports."""
        if isinstance(call, Draw):
            self.space["rng"] = call.generator
            return self._constant_call(call)
        name = getattr(call, "__name__", "f")
        module = _module(call)
        if method is not None:
            whole = _ALONG[name] if method == "reduce" and name in _ALONG else f"{name}_{method}"
            self.functions[whole] = f"np.{name}.{method}"
            self.space[whole] = getattr(call, method)
            return whole
        if module == "numpy" and getattr(np, name, None) is call:
            self.functions[name] = f"np.{name}"
            self.space[name] = call
            return name
        if module == "numpy.linalg" and getattr(np.linalg, name, None) is call:
            return f"np.linalg.{name}"
        if module.startswith("numpy.fft") and getattr(np.fft, name, None) is call:
            return f"np.fft.{name}"
        if module == "math":
            self.space["math"] = math
            return f"math.{name}"
        return self._constant_call(call)

    def _constant_call(self, call: Any) -> str:
        if id(call) not in self._constants:
            name = getattr(call, "__name__", "f").strip("_<>")
            name = name if name.isidentifier() else "forward"
            free, i = name, 1
            while free in self.space:
                i += 1
                free = f"{name}{i}"
            self._constants[id(call)] = free
            self.space[free] = self.given[free] = call
        return self._constants[id(call)]


def function_names(program: Program) -> set[str]:
    """The names of the functions that a program calls, which no value may have."""
    found = {"copyto", "dot"}
    for s in program.statements:
        if not isinstance(s.call, str):
            name = getattr(s.call, "__name__", "f").strip("_<>")
            found |= {name, f"{name}_{s.method}", _ALONG.get(name, name)}
    return found


def _reduction(s: Statement, args: list[str], value: Any) -> list[str]:
    """The arguments of a reduction: of several axes a tuple, of one its number; no defaults."""
    given = dict(zip(("axis", "dtype", "out", "keepdims"), s.args[1:])) | s.kwargs
    axis = given.pop("axis", 0)
    if type(axis) is tuple and len(axis) == 1:
        axis = axis[0]
    dtype = given.pop("dtype", None)
    if dtype is not None and np.dtype(dtype) != s.args[0].dtype:
        given["dtype"] = np.dtype(dtype)
    if given.get("keepdims") is False:
        del given["keepdims"]
    return [args[0], f"axis={value(axis)}", *[f"{k}={value(v)}" for k, v in given.items() if v is not None]]


def _module(call: Any) -> str:
    return "numpy" if isinstance(call, np.ufunc) else getattr(call, "__module__", "") or ""


def _dtype(dtype: Any) -> str:
    return f"np.{dtype.name}" if dtype.name != "bool" else "np.bool_"


def _scalar(x: Any) -> str:
    text = repr(x)
    return text if text.startswith("np.") else f"np.{type(x).__name__}({x!r})"


def _note(s: Statement) -> str:
    shapes = [v.shape for v in ([s.into] if s.into is not None else s.made())]
    return str(shapes[0]) if shapes else ""


def _with_comment(line: str, comment: str) -> str:
    return f"{line:<{_COMMENT}} # {comment}" if len(line) < _COMMENT else f"{line}  # {comment}"


def _constructor(module: Any) -> str:
    text = repr(module)
    if "\n" in text:
        return type(module).__name__
    return re.sub(r"([(,] ?)(?:in|out)_\w+=", r"\1", text).replace(", bias=True", "")
