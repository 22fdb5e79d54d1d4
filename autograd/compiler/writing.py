"""Writing: the text of a program, as it runs.

The text has two parts: what is made once (memory, and views of what stays in place), and the function. It is the text
that is executed, and NumPy is all that it needs: `saved` adds where the arrays come from.
"""

from __future__ import annotations

from types import CellType
from typing import Any

import numpy as np

from ..base.along import QUICK
from ..base.symbolic import Symbolic
from .blocks import body_of, in_tiles, lines_of, without_blocks
from .expressions import OPERATORS, WHOLE, Writer, dtype_text, is_numpys, is_quick, options_of, reduction, unlocked
from .kernels.choice import InText, contiguous
from .kernels.grouping import Kernel
from .layout import offset_of, storage_of
from .names import Names
from .program import Program, fills_with, is_copy, takes_memory
from .sections import Sections
from .symbols import Number, Statement, Symbol, parts

#: What reductions are called.
_ALONG = {
    "add": "sum_along", "multiply": "product_along", "maximum": "max_along", "minimum": "min_along",
    "logical_or": "any_along", "logical_and": "all_along",
}  # fmt: skip
#: What holds a number that is read, if it has no name around the step.
_HOLDERS: dict[type, str] = {CellType: "variable", dict: "variables", list: "values"}
#: What arrays of numbers are called; another one is called c_0_1.
_NUMBERS = {"0": "zero", "1": "one", "2": "two", "0.5": "half"}
#: The column at which the comment after a line starts, and the longest line of what is made once.
_COMMENT, _WIDTH = 68, 110
#: The longest first line of the function; with more arguments, each stands on a line of its own.
_LONGEST = 150


class Text(Writer):
    """The text of a program in the running style, and the objects that its names stand for.

    Attributes:
        body: for each line of the function, the statement that it came from, or None.
        sections: tells where each statement belongs.
        kernels: kernel1, kernel2, …
    """

    def __init__(self, program: Program, names: Names, step_name: str, arguments: list[str]) -> None:
        super().__init__(program, names, program.statements)
        self.step_name, self.parameters = step_name, arguments
        self.sections = Sections(program, names)
        self._functions: dict[str, str] = {}  # what is imported from NumPy
        self._quick = {(s.call, s.method) for s in without_blocks(program.statements) if is_quick(s)}
        self._places: dict[int, dict[str, Any]] = {}  # for each memory, the arrays that stand in it
        self._views: list[str] = []
        self._blocks: list[list[str]] = []
        self.kernels: list[InText] = []
        self._inner: dict[int, str] = {}  # what the values of a block are called within it
        self._in_block = False
        self._numbers: dict[Any, tuple[str, str]] = {}  # for each number as an array its name, and its text
        self._defined: set[str] = set()
        self._placed: set[int] = set()  # the values for which it has been told where their array stands
        self._of_blocks = {v.storage for s in program.statements if s.kind == "block" for v in s.outs}
        self._view_ids = {id(v) for s in program.statements if s.kind == "view" for v in s.made()}
        written = list(self.lines())
        returned = [self.name(v) if type(v) is Symbol else self.value(v) for v in program.outputs]
        self.body = self._settings() + self._with_headings(written)
        self.body.append((None, f"    return ({', '.join(returned)}{',' if len(returned) == 1 else ''})"))
        self.once = self._once()

    # -- the whole --------------------------------------------------------------------------------------

    def source(self) -> str:
        """What is executed."""
        return "\n".join([*self.once, "", "", self.head, *[line for _, line in self.body]]) + "\n"

    def line_number(self, i: int) -> int:
        """The number in the source of a line of the body."""
        return len(self.once) + 4 + self.head.count("\n") + i

    @property
    def head(self) -> str:
        """The first line of the function."""
        shapes = ", ".join(f"{n} {v.shape}" for n, v in zip(self.parameters, self.program.inputs))
        line = with_comment(f"def {self.step_name}({', '.join(self.parameters)}):", shapes)
        if len(line) <= _LONGEST:
            return line
        pairs = zip(self.parameters, self.program.inputs)
        arguments = "".join(f"{with_comment(f'    {name},', str(v.shape))}\n" for name, v in pairs)
        return f"def {self.step_name}(\n{arguments}):"

    def _settings(self) -> list[tuple[Statement | None, str]]:
        lines: list[tuple[Statement | None, str]] = []
        for name, number in self.settings.items():
            holder = number.read.holder
            text = self.constant(holder, self.names.around(holder) or _HOLDERS.get(type(holder), "optimizer"))
            lines.append((None, f"    {name} = {number.read.text(text)}"))
        return lines

    def _with_headings(self, written: list[tuple[Statement, str]]) -> list[tuple[Statement | None, str]]:
        """The lines under headings, and the shape of each new value."""
        body: list[tuple[Statement | None, str]] = []
        heading = ""
        beneath = iter(self.kernels)
        seen: set[str] = set()
        for s, line in written:
            section = self.sections.of(s)
            if section.heading != heading:
                heading = section.heading
                body.append((None, f"    # {heading}"))
            note = ""
            v = s.result
            if type(v) is Symbol and v.shape and section.part not in ("update", "gradients"):
                name = self.names.known(v)
                if name is not None and name not in seen:
                    seen.add(name)
                    note = str(v.shape)
            body.append((s, with_comment(f"    {line}", note)))
            if s.kind == "block" and isinstance(s.call, Kernel):
                body += [(None, f"    #   {inner}") for inner in next(beneath).lines]
        return body

    # -- what is made once ------------------------------------------------------------------------------

    def _once(self) -> list[str]:
        lines = ["import numpy as np"]
        from_numpy = sorted(name for name, text in self._functions.items() if text == f"np.{name}")
        for start in range(0, len(from_numpy), 10):
            lines.append(f"from numpy import {', '.join(from_numpy[start : start + 10])}")
        others = {name: text for name, text in sorted(self._functions.items()) if name not in from_numpy}
        if others:
            lines.append(f"{', '.join(others)} = {', '.join(others.values())}")
        if self._numbers:
            lines += ["", "# numbers as arrays, which NumPy need not convert in each call"]
            lines += [f"{name} = {text}" for name, text in self._numbers.values()]
        memory, views = [], []
        for number, arrays in self._places.items():
            made, seen = self._memory(number, arrays)
            memory += made
            views += seen
        if memory:
            lines += [
                "",
                f"# memory, {self.program.nbytes:,} bytes, used again in each call; where an array has several",
            ]
            lines += ["# names, each value takes the place of the one before", *memory]
        views += self._views
        if views:
            lines += ["", "# views: the same elements in another shape, order or type", *views]
        for block in self._blocks:
            lines += ["", *block]
        return lines

    def _memory(self, number: int, arrays: dict[str, Any]) -> tuple[list[str], list[str]]:
        """The lines that make one memory, and those that show it in other ways."""
        size = self.program.sizes[number]
        first = next((n for n, a in arrays.items() if a.flags.c_contiguous and a.nbytes == size), None)
        if first is None:
            base = self.names.reserve(f"memory_{number + 1}")
            return [f"{base} = np.empty({size}, np.uint8)"], [
                f"{name} = {_in_memory(array, base)}" for name, array in arrays.items()
            ]
        shape, dtype = arrays[first].shape, arrays[first].dtype
        same = [n for n, a in arrays.items() if (a.shape, a.dtype) == (shape, dtype) and a.flags.c_contiguous]
        made = _assigned(same, f"np.empty({_shape(shape)}, {dtype_text(dtype)})")
        seen = []
        for name, array in arrays.items():
            if name in same:
                continue
            if not array.flags.c_contiguous or array.nbytes != size:
                seen.append(f"{name} = {_in_memory(array, first)}")
                continue
            text = first
            if array.dtype != dtype:
                text += f"{'' if len(shape) == 1 else '.reshape(-1)'}.view({dtype_text(array.dtype)})"
            if array.ndim != 1 or array.dtype == dtype:
                text += f".reshape({', '.join(map(str, array.shape)) or '()'})"
            seen.append(f"{name} = {text}")
        return made, seen

    # -- lines ------------------------------------------------------------------------------------------

    def needs_no_memory(self, v: Symbol) -> bool:
        storage = v.storage
        return storage not in self.program.memory_of and storage not in self.program.kept

    def is_made_once(self, s: Statement) -> bool:
        """Whether a statement is a view of what stays in place."""
        return s.kind == "view" and self._stays(s.args[0]) and not any(
            type(v) in (Symbol, Number) for x in s.args[1:] for v in parts(x)
        )  # fmt: skip

    def _stays(self, x: Any) -> bool:
        return type(x) is Symbol and isinstance(x.real_array, np.ndarray) and x.storage not in self.program.runtime

    def line(self, s: Statement) -> str | None:
        if s.kind == "block":
            new = [v for v in s.outs if v.storage in self.program.runtime]  # returned by the program
            if isinstance(s.call, Kernel):
                line = self._kernel(s.call)
            else:
                self._blocks.append([])
                self._blocks[-1], line = lines_of(s, self, len(self._blocks))
                self.space["in_tiles"] = in_tiles
            return "; ".join([*[f"{self.name(v)} = np.empty({v.shape}, {dtype_text(v.dtype)})" for v in new], line])
        if self.is_made_once(s):
            name = self.name(s.outs[0])
            if name not in self._defined:
                self._defined.add(name)
                self._views.append(f"{name} = {self.call(s)}")
                self._views += filter(None, [unlocked(s, name)])
            return None
        return super().line(s)

    def _kernel(self, kernel: Kernel) -> str:
        """The line that calls a kernel."""
        self.kernels.append(InText(kernel, *body_of(kernel, self)))
        written = {s.result.storage for s in kernel.statements}
        words = []
        for v in kernel.arrays:
            words.append(self.name(v))
            if v.storage in self.program.runtime and v.storage not in self._of_blocks:  # of any layout
                self.space["contiguous"] = contiguous
                ending = ", written=True" if v.storage in written else ""
                words[-1] = f"contiguous({words[-1]}, {v.shape}, {dtype_text(v.dtype)}{ending})"
        words += [self.value(v) if type(v) is Number else f"float({self.value(v)})" for v in kernel.numbers]
        return f"kernel{len(self.kernels)}({', '.join(words)})"

    def check(self, condition: str) -> str:
        return f"if {condition}: raise Changed"

    def assignment(self, s: Statement) -> str:
        if s.into is not None:
            return self.call(s, self.value(s.into))
        out = s.outs[0]
        if isinstance(out.real_array, np.ndarray) and s.kind != "view" and not self.needs_no_memory(out):
            return self._into_memory(s, out)
        text = self.expression(s)[0]
        return "; ".join(filter(None, [f"{self.name(out)} = {text}", unlocked(s, self.name(out))]))

    def _into_memory(self, s: Statement, out: Symbol) -> str:
        """A statement that writes its result into memory that there is."""
        if not takes_memory(s):
            text = self.call(s)
            return f"{self.function(np.copyto)}({self.name(out)}, {text})"
        if (value := fills_with(s)) is not None:
            return f"{self.name(out)}.fill({self.value(value)})"
        if is_copy(s):
            return self._copy(out, s.args[0])
        return self.call(s, lambda: self.name(out))

    def _copy(self, out: Symbol, x: Any) -> str:
        """A copy with a change of type; what is not 0 is True."""
        source = self.value(x)
        dtype = getattr(x, "dtype", None)
        if out.dtype.kind == "b" and dtype is not None and dtype.kind != "b":
            return f"{self.function(np.not_equal)}({source}, 0, out={self.name(out)})"
        safe = dtype is not None and np.can_cast(dtype, out.dtype, "same_kind")
        casting = "" if safe else ", casting='unsafe'"
        return f"{self.function(np.copyto)}({self.name(out)}, {source}{casting})"

    def write(self, s: Statement) -> str:
        x, *rest = s.args
        if s.call != "__setitem__":
            return self.call(s)
        key, value = rest
        if key is Ellipsis or (type(key) is tuple and not key):
            if not isinstance(value, Symbolic) and isinstance(value, (int, float, np.bool_, np.integer, np.floating)):
                return f"{self.value(x)}.fill({value.item() if isinstance(value, np.generic) else value!r})"
            return self._copy(x, value)
        return f"{self.value(x)}[{self.key(key)}] = {self.value(value)}"

    def expression(self, s: Statement) -> tuple[str, int]:
        if s.call is pow:
            return self.joined(s, "**")
        if s.kind == "ufunc" and s.method is None and not options_of(s):
            if s.call in OPERATORS:
                return self.joined(s, OPERATORS[s.call])
            if s.call is np.negative:
                return self.negated(s)
        return self.call(s), WHOLE

    def reduced(self, s: Statement) -> tuple[str, Any, dict[str, Any]]:
        axis, options = reduction(s)
        return self.function(s.call, s.method), s.args[:1], {"axis": axis, **options}

    def inner_line(self, s: Statement, names: dict[int, str]) -> str:
        """The line of a statement of a block, in which some values have other names."""
        self._inner, self._in_block = names, True
        if s.kind == "write":
            line = self.write(s)
        else:
            line = self._into_memory(s, s.outs[0]) if s.into is None else self.call(s, self.value(s.into))
        self._inner, self._in_block = {}, False
        return line

    def operand(self, v: Any, s: Statement, within: int = 0) -> str:
        """An argument of a statement as text; a number beside an array, for a result that is one, as an array too."""
        dtype = None if self._in_block else _dtype_beside(v, s)
        if dtype is None or s.into is None and self.needs_no_memory(s.outs[0]):
            return super().operand(v, s, within)
        text = str(v)
        if (text, dtype) not in self._numbers:
            name = _NUMBERS.get(text.removesuffix(".0"), f"c_{text}".replace("c_-", "minus_"))
            self._numbers[text, dtype] = self.names.reserve(name), f"np.array({text}, {dtype_text(dtype)})"
        return self._numbers[text, dtype][0]

    # -- names ------------------------------------------------------------------------------------------

    def name(self, v: Symbol) -> str:
        program, array = self.program, v.real_array
        if id(v) in self._inner:
            return self._inner[id(v)]
        name = self.names.of(v)
        if id(v) in self._placed or not isinstance(array, np.ndarray) or id(v) in self._view_ids:
            return name
        self._placed.add(id(v))
        storage = storage_of(array)
        memory = program.memory_of.get(storage)
        if memory is not None:
            if name not in self._defined:
                self._defined.add(name)
                self._places.setdefault(memory, {})[name] = array
        elif storage not in program.runtime and (storage not in program.made or storage in program.kept):
            self.space[name] = self.given[name] = array
            self._defined.add(name)
        return name

    def function(self, call: Any, method: str | None = None) -> str:
        name = getattr(call, "__name__", "f")
        if (call, method) in self._quick:
            whole = _ALONG[name]
            self.space[whole] = self.given[whole] = QUICK[call, method]
            return whole
        if method is not None:
            whole = _ALONG[name] if method == "reduce" and name in _ALONG else f"{name}_{method}"
            self._functions[whole] = f"np.{name}.{method}"
            return whole
        if is_numpys(call):
            self._functions[name] = f"np.{name}"
            return name
        return self.named_function(call)


def _dtype_beside(v: Any, s: Statement) -> Any:
    """The dtype to which NumPy converts a number among the arguments of a statement; None for another argument."""
    if s.kind != "ufunc" or s.method is not None or s.kwargs or isinstance(v, Symbolic) or len(s.args) != 2:
        return None
    x = s.args[1] if v is s.args[0] else s.args[0]
    if type(x) is not Symbol or type(v) not in (int, float) and not isinstance(v, np.generic) or not np.isfinite(v):
        return None
    if type(v) is int and abs(v) > (1024 if x.dtype.kind == "f" else 127):  # beyond what each dtype holds exactly
        return None
    given = [x.dtype, type(v) if type(v) in (int, float) else v.dtype]
    types = s.call.resolve_dtypes((*(given if x is s.args[0] else given[::-1]), None))
    return x.dtype if types[0] == types[1] == x.dtype and x.dtype.kind in "fi" else None


def function_names(program: Program) -> set[str]:
    """The names of the functions of NumPy that a program calls, which no value may have."""
    found = {"contiguous", "copyto", "dot", "in_tiles", "not_equal"}
    count = sum(s.kind == "block" for s in program.statements)
    found |= {f"{kind}{i + 1}" for kind in ("block", "kernel") for i in range(count)}
    for s in without_blocks(program.statements):
        if not isinstance(s.call, str) and is_numpys(s.call):
            name = s.call.__name__
            found |= {name, f"{name}_{s.method}", _ALONG.get(name, name)}
    return found


def with_comment(line: str, comment: str, column: int = _COMMENT) -> str:
    """A line with a comment at its right, if there is one."""
    if not comment:
        return line
    return f"{line:<{column}} # {comment}" if len(line) < column else f"{line}  # {comment}"


def _assigned(names: list[str], text: str) -> list[str]:
    """Lines that give the same value to several names."""
    lines, line = [], ""
    for name in names:
        if line and len(line) + len(name) + len(text) + 3 > _WIDTH:
            lines.append(line + text)
            line, text = "", names[0]
        line += f"{name} = "
    return [*lines, line + text]


def _shape(shape: tuple[int, ...]) -> str:
    return str(shape[0]) if len(shape) == 1 else str(shape)


def _in_memory(array: Any, memory: str) -> str:
    """An array of any layout in a given memory."""
    place = f"np.ndarray({array.shape}, {dtype_text(array.dtype)}, {memory}"
    at = offset_of(array)
    if not array.flags.c_contiguous:
        return f"{place}, {at}, {array.strides})"
    return f"{place}, {at})" if at else f"{place})"
