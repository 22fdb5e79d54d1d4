"""Expressions: values and calls as Python text, for every style in which a program is written."""

from __future__ import annotations

import math
import operator
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..base.along import QUICK, matrix_along
from ..base.symbolic import Symbolic
from .names import Names
from .program import Program
from .symbols import Number, Statement, Symbol, bare, parts
from .varying import Draw

OPERATORS = {
    np.add: "+", np.subtract: "-", np.multiply: "*", np.true_divide: "/", np.less: "<", np.less_equal: "<=",
    np.greater: ">", np.greater_equal: ">=", np.equal: "==", np.not_equal: "!=",
}  # fmt: skip
#: How strongly an operator binds; a comparison binds least, and what is no operation most.
_BINDS = {"&": 1, "|": 1, "^": 1, "+": 2, "-": 2, "*": 3, "/": 3, "@": 3, "**": 5}
UNARY, WHOLE = 4, 9
_OF_NUMBERS = {
    operator.add: "+", operator.sub: "-", operator.mul: "*", operator.truediv: "/", operator.floordiv: "//",
    operator.mod: "%", operator.pow: "**", operator.lt: "<", operator.le: "<=", operator.gt: ">", operator.ge: ">=",
    operator.eq: "==", operator.ne: "!=",
}  # fmt: skip
_SIGNS = {operator.neg: "-", operator.pos: "+"}
#: Functions that have a name in every program.
_BUILTINS = (abs, bool, pow, round)


class Writer(ABC):
    """Writes the statements of a program, one line each; a style is a subclass.

    Attributes:
        program, names: what is written, and what its values are called.
        statements: those of the program.
        space: the objects that the names of the text stand for.
        given: those of them that do not come from NumPy: arrays of tensors, constants, functions.
        settings: the numbers that are read at the start of each call, by name.
    """

    #: An expression that is used once stands within the statement that uses it if it is not longer than this.
    longest = 56

    def __init__(self, program: Program, names: Names, statements: list[Statement]) -> None:
        self.program, self.names, self.statements = program, names, statements
        self.space: dict[str, Any] = {"np": np}
        self.given: dict[str, Any] = {}
        self.settings: dict[str, Number] = {}
        self._constants: dict[int, str] = {}
        self._pending: dict[int, tuple[Symbol, Statement, str, int]] = {}  # expressions that wait to be used
        self._primitive = ""  # of the statement that is being written
        self._within = self._used_once()

    # -- what a style decides ---------------------------------------------------------------------------

    @abstractmethod
    def name(self, v: Symbol) -> str:
        """The name of a value; what it stands for is defined at its first use."""

    @abstractmethod
    def function(self, call: Any, method: str | None = None) -> str:
        """What a function of NumPy is called."""

    @abstractmethod
    def check(self, condition: str) -> str:
        """The line that ends the call if a condition is true."""

    @abstractmethod
    def assignment(self, s: Statement) -> str | None:
        """The line of a statement that writes into an array or makes one value; None if it needs none."""

    @abstractmethod
    def write(self, s: Statement) -> str:
        """The line of a call that writes into its first argument."""

    @abstractmethod
    def reduced(self, s: Statement) -> tuple[str, Any, dict[str, Any]] | None:
        """The function or method, the arguments and the options of a reduction; None if it is a call like others."""

    @abstractmethod
    def expression(self, s: Statement) -> tuple[str, int]:
        """What a statement computes, and how strongly its outermost operator binds."""

    @abstractmethod
    def needs_no_memory(self, v: Symbol) -> bool:
        """Whether a value is a new object in every call."""

    def operands(self, s: Statement) -> Any:
        """What the text of a statement reads."""
        return s.args, s.kwargs

    def may_stand_within(self, s: Statement, other: Statement) -> bool:
        """Whether what a statement computes may be written within the other one, which uses it."""
        return True

    def is_made_once(self, s: Statement) -> bool:
        """Whether a statement has no line in the function."""
        return False

    # -- lines ------------------------------------------------------------------------------------------

    def lines(self) -> Iterator[tuple[Statement, str]]:
        """Each statement that has a line of its own, with the line."""
        for s in self.statements:
            self._primitive = s.where.primitive
            if id(s) in self._within:
                waiting = dict(self._pending)
                text, binds = self.expression(s)
                if len(text) <= self.longest:
                    self._pending[id(s.outs[0])] = (s.outs[0], s, text, binds)
                    continue
                self._pending = waiting
            line = self.line(s)
            for out, earlier, text, _ in list(self._pending.values()):
                del self._pending[id(out)]
                self.names.apart(out)  # the line may still read what this value overwrites
                yield earlier, f"{self.name(out)} = {text}"
            if line is not None:
                yield s, line

    def line(self, s: Statement) -> str | None:
        """The line of a statement; None if it needs none."""
        if s.kind == "guard":
            return self.check(_differs(s, self.value(s.args[0])))
        if s.kind == "number":
            return f"{self.number(s.outs[0])} = {s.call.__name__}({self.value(s.args[0])})"
        if s.kind == "write":
            return self.write(s)
        if s.into is not None or (len(s.outs) == 1 and type(s.outs[0]) is Symbol):
            return self.assignment(s)
        text = self.call(s)
        return f"{', '.join(self.name(v) if type(v) is Symbol else '_' for v in s.outs)} = {text}"

    def call(self, s: Statement, out: Any = None) -> str:
        """A statement as a call; `out` is where its result goes, as text or as a function that tells it."""
        if out is None and (text := self.by_brackets(s)):
            return text
        if s.method == "reduce" and (found := self.reduced(s)) is not None:
            start, rest, options = found
        elif isinstance(s.call, str) and not (s.call == "dot" and out is not None):
            start, rest, options = f"{self.value(s.args[0], WHOLE)}.{s.call}", s.args[1:], s.kwargs
        else:
            start, rest = self.function(np.dot if s.call == "dot" else s.call, s.method), s.args
            options = options_of(s)
        words = [self.operand(v, s) for v in rest] + [f"{key}={self.value(value)}" for key, value in options.items()]
        if out is not None:
            words.append(f"out={out() if callable(out) else out}")
        return f"{start}({', '.join(words)})"

    def _used_once(self) -> set[int]:
        """The statements whose value is used once, by the next statement that has a line."""
        uses: Counter[int] = Counter()
        user: dict[int, int] = {}
        statements = self.statements
        for i, s in enumerate(statements):
            for v in parts(self.operands(s)):
                if type(v) is Symbol:
                    uses[id(v)] += 1
                    user[id(v)] = i
            if s.into is not None:
                uses[id(s.into)] += 2  # what is written needs a name
        returned = {id(v) for v in self.program.outputs}
        found: set[int] = set()
        for i in range(len(statements) - 1, -1, -1):
            s = statements[i]
            if s.kind not in ("ufunc", "call", "view") or s.into is not None or len(s.outs) != 1 or unlocked(s, "x"):
                continue
            out = s.outs[0]
            if (
                type(out) is Symbol and uses[id(out)] == 1 and id(out) not in returned
                and self.names.proposed(out) is None and self.needs_no_memory(out) and not self.is_made_once(s)
                and self.may_stand_within(s, statements[user[id(out)]])
                and statements[user[id(out)]].kind != "block"  # which is a function of arrays
                and all(id(k) in found or self.is_made_once(k) for k in statements[i + 1 : user[id(out)]])
            ):  # fmt: skip
                found.add(id(s))
        return found

    # -- values -----------------------------------------------------------------------------------------

    def value(self, x: Any, within: int = 0) -> str:
        """A value as text; in parentheses if its operator binds less than the one that it stands `within`."""
        kind = type(x)
        if kind is Symbol:
            if id(x) in self._pending:
                _, _, text, binds = self._pending.pop(id(x))
                return f"({text})" if binds < within else text
            of_the_trace = x.storage in self.program.made or self.names.known(x) is not None
            if isinstance(x.real_array, np.generic) and not of_the_trace:  # which nothing can write
                if (name := self.names.proposed(x)) is None:
                    return scalar(x.real_array)
                return self.constant(x.real_array, name)
            return self.name(x)
        if kind is Number:
            return self.number(x)
        if kind is tuple and any(type(v) is slice for v in x):
            return f"np.s_[{self.key(x)}]"
        found = nested(x, self.value) or literal(x)
        kind_of = type(x).__name__.lower() if hasattr(x, "_fields") else "constant"
        return self.constant(x, kind_of) if found is None else found

    def operand(self, v: Any, s: Statement, within: int = 0) -> str:
        """An argument of a statement as text."""
        return plain_number(v, s) or self.value(v, within)

    def joined(self, s: Statement, symbol: str) -> tuple[str, int]:
        """A statement of two arguments with an operator between them."""
        binds = _BINDS.get(symbol, 0)
        first = binds + 1 if symbol == "**" else binds  # which groups from the right
        left, right = self.operand(s.args[0], s, first), self.operand(s.args[1], s, binds + 1)
        return f"{left} {symbol} {right}", binds

    def by_brackets(self, s: Statement) -> str | None:
        """A part x[…], a transpose x.T or another shape x.reshape(…) of an array; None for another statement."""
        if s.call == "__getitem__":
            return f"{self.value(s.args[0], WHOLE)}[{self.key(s.args[1]) or '()'}]"
        if is_transpose(s):
            return f"{self.value(s.args[0], WHOLE)}.T"
        if s.call in ("reshape", "transpose") and len(s.args) == 2 and type(s.args[1]) is tuple and not s.kwargs:
            sizes = ", ".join(map(self.value, s.args[1])) or "()"
            return f"{self.value(s.args[0], WHOLE)}.{s.call}({sizes})"
        return None

    def negated(self, s: Statement) -> tuple[str, int]:
        """A statement that changes the sign."""
        return f"-{self.value(s.args[0], UNARY)}", UNARY

    def key(self, key: Any) -> str:
        """An index, as it stands in brackets."""
        if type(key) is tuple and key:
            return ", ".join(map(self.key, key)) + ("," if len(key) == 1 else "")
        if type(key) is slice:
            ends = ["" if v is None else self.value(v) for v in (key.start, key.stop, key.step)]
            return ":".join(ends[:2] if not ends[2] else ends)
        return self.value(key)

    def number(self, x: Number) -> str:
        """A number that may be another one in the next call."""
        if x.call is None:
            known = self.names.known(x)
            if known is None:
                known = self.names.give(x, x.name)
                if x.read is not None:
                    self.settings[known] = x
            return known
        values = [self.value(v) for v in x.operands]
        if x.call in _OF_NUMBERS:
            return f"({values[0]} {_OF_NUMBERS[x.call]} {values[1]})"
        if x.call in _SIGNS:
            return f"({_SIGNS[x.call]}{values[0]})"
        return f"{self.named_function(x.call)}({', '.join(values)})"

    def named_function(self, call: Any) -> str:
        """What a function is called that is not one of NumPy's ufuncs and functions."""
        name = getattr(call, "__name__", "f")
        if name in ("<lambda>", "checked"):  # the forward of a primitive, which has a name
            name = self._primitive or name
        if isinstance(call, Draw):
            return f"{self.constant(call.generator, 'rng')}.numpy.{name}"
        module = getattr(call, "__module__", "") or ""
        if module == "numpy.linalg" and getattr(np.linalg, name, None) is call:
            return f"np.linalg.{name}"
        if module.startswith("numpy.fft") and getattr(np.fft, name, None) is call:
            return f"np.fft.{name}"
        if call in _BUILTINS:
            return name
        if module == "math":
            self.space["math"] = math
            return f"math.{name}"
        name = name.strip("_<>")
        return self.constant(call, name if name.isidentifier() and name != "lambda" else "forward")

    def constant(self, x: Any, name: str) -> str:
        """What an object is called that comes from outside."""
        if id(x) not in self._constants:
            free = self._constants[id(x)] = self.names.reserve(name)
            self.space[free] = self.given[free] = x
        return self._constants[id(x)]


def _differs(s: Statement, value: str) -> str:
    """The condition under which a value is another one than was seen."""
    seen = s.outs[0]
    if type(seen) is bool:
        return f"not {value}" if seen else value
    if s.call is np.shape:
        return f"{value}.shape != {seen!r}"
    return f"{s.call.__name__}({value}) != {seen!r}"


def options_of(s: Statement) -> dict[str, Any]:
    """The keyword arguments of a statement, without a dtype that its arguments have anyway."""
    dtype = s.kwargs.get("dtype")
    if s.kind != "ufunc" or dtype is None or not s.reads():
        return s.kwargs
    its_own = all(v.dtype == dtype if type(v) is Symbol else type(v) in (int, float) for v in s.args)
    return {key: value for key, value in s.kwargs.items() if key != "dtype" or not its_own}


def unlocked(s: Statement, name: str) -> str:
    """What makes a view writable that NumPy makes read-only, if the step writes through it."""
    diagonal = s.kind == "view" and (s.call is np.diagonal or s.call == "diagonal")
    return f"{name}.flags.writeable = True" if diagonal and s.outs[0].real_array.flags.writeable else ""


def is_transpose(s: Statement) -> bool:
    """Whether a statement is x.T."""
    if s.call != "transpose" or s.kwargs:
        return False
    axes = s.args[1] if len(s.args) == 2 and type(s.args[1]) is tuple else s.args[1:]
    return not axes or tuple(axes) == tuple(range(s.outs[0].ndim))[::-1]


def is_numpys(call: Any) -> bool:
    """Whether a function is one of NumPy's own, found in the module itself."""
    module = "numpy" if isinstance(call, np.ufunc) else getattr(call, "__module__", "")
    return module == "numpy" and getattr(np, getattr(call, "__name__", ""), None) is call


def literal(x: Any) -> str | None:
    """A constant as Python text; None if there is no such text."""
    if x is Ellipsis:
        return "..."
    if isinstance(x, np.dtype):
        return dtype_text(x)
    if isinstance(x, np.generic):
        return scalar(x)
    if x is None or isinstance(x, (bool, int, str)):
        return repr(x)
    if isinstance(x, float):
        return repr(x) if math.isfinite(x) else f"float({str(x)!r})"
    if isinstance(x, complex):
        return repr(x) if np.isfinite(x) else f"complex({str(x)!r})"
    if isinstance(x, type) and issubclass(x, np.generic):
        return f"np.{x.__name__}"
    return None


def nested(x: Any, text: Callable[[Any], str]) -> str | None:
    """A tuple, list, dict or slice as Python text, with `text(v)` for each value v; None for anything else."""
    kind = type(x)
    if kind is tuple:
        return f"({', '.join(map(text, x))}{',' if len(x) == 1 else ''})"
    if kind is list:
        return f"[{', '.join(map(text, x))}]"
    if kind is dict:
        return f"{{{', '.join(f'{text(key)}: {text(v)}' for key, v in x.items())}}}"
    return f"slice({text(x.start)}, {text(x.stop)}, {text(x.step)})" if kind is slice else None


def plain_number(v: Any, s: Statement) -> str | None:
    """A NumPy scalar beside a value of its dtype as a Python number, which is cast to the same."""
    if s.kind != "ufunc" or not isinstance(v, np.generic) or isinstance(v, Symbolic) or v.dtype.kind not in "fi":
        return None
    beside = any(type(x) is Symbol and x.dtype == v.dtype for x in s.args)
    return str(v) if beside and np.isfinite(v) else None


def reduction(s: Statement) -> tuple[Any, dict[str, Any]]:
    """The axis of a reduction (of one axis its number), and its other options without the defaults."""
    given = dict(zip(("axis", "dtype", "out", "keepdims"), s.args[1:])) | s.kwargs
    axis = given.pop("axis", 0)
    if type(axis) is tuple and len(axis) == 1:
        axis = axis[0]
    dtype = given.pop("dtype", None)
    options = {"dtype": np.dtype(dtype)} if dtype is not None and np.dtype(dtype) != s.args[0].dtype else {}
    options |= {key: value for key, value in given.items() if value is not None and value is not False}
    return axis, options


def is_quick(s: Statement) -> bool:
    """Whether a statement is a reduction with a quicker form than NumPy's."""
    return (s.call, s.method) in QUICK and matrix_along(bare(s.args[0]), reduction(s)[0]) is not None


def dtype_text(dtype: Any) -> str:
    """A dtype as an attribute of np."""
    return f"np.{dtype.name}" if dtype.name != "bool" else "np.bool_"


def scalar(x: Any) -> str:
    """A NumPy scalar as Python text."""
    if x.dtype.kind in "fc" and not np.isfinite(x):
        return f"np.{type(x).__name__}({str(x)!r})"
    text = repr(x)
    return text if text.startswith("np.") else f"np.{type(x).__name__}({x!r})"
