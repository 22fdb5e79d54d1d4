"""Page program: the compiler's program as JSON, for the NumPy of a page to run.

A statement is `[result, function, arguments, options, into]`, and a value is a number: `"$3"` among the arguments. What
depends on nothing that changes is not computed on the page: it is one of the arrays that the page is given, as are the
leaves and what the program writes and keeps.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..base.memory import owner_of
from ..compiler.blocks import without_blocks
from ..compiler.layout import offset_of, storage_of
from ..compiler.program import Program
from ..compiler.symbols import Number, Statement, Symbol, bare, parts
from ..compiler.trace import Trace
from ..core.primitive import registry
from .passes import Passes

#: A page with more entries of leaves shows them and does not compute: that would take seconds for each change.
MOST_ENTRIES = 20_000
#: The most bytes of all arrays that the program is given.
_MOST_BYTES = 500_000
#: Options that choose how NumPy computes; every value of the page has its dtype beside it.
_HOW = ("dtype", "order", "casting", "copy", "subok", "kind", "mode", "out", "like", "device")
#: Options that the page knows.
_OPTIONS = (
    "axis",
    "keepdims",
    "axis1",
    "axis2",
    "offset",
    "k",
    "ddof",
    "decimals",
    "fill_value",
    "shape",
    "min",
    "max",
    "axes",
    "norm",
)
#: Functions of NumPy that the engine passes to one of its own, and that the page knows.
_PASSED_ON = (np.linalg.inv, np.linalg.solve)


class NotForPages(Exception):
    """The program cannot run on a page; the message says why."""


class PageProgram:
    """The statements that compute some values.

    Attributes:
        json: the program as JSON data.

    Raises:
        NotForPages: it cannot run there.
    """

    def __init__(
        self, trace: Trace, wanted: Iterable[Any], changing: Iterable[Symbol], constant: Iterable[Symbol] = ()
    ) -> None:
        """Write a program.

        Args:
            trace: what was written down.
            wanted: the values to compute; those that are not symbols are ignored.
            changing: the values that a page may put others in place of, such as those of leaves.
            constant: wanted values that the page needs whole, also if they never change: gradients of leaves.
        """
        symbols = {id(v): v for v in wanted if type(v) is Symbol}
        program = Program(trace, trace.record.statements, [], list(symbols.values()), set(), elements=True)
        statements = without_blocks(program.statements)
        self._trace = trace
        self._places: dict[int, int] = {}  # the number of a value by the identity of its symbol
        self._dtypes: list[str] = []
        self._given: list[Any] = []
        self._views: list[Any] = []
        self._owners: dict[int, int] = {}
        self._settings: dict[str, float] = {}
        self._bytes = 0
        self._of_bits = _masks(statements)
        self._kept: list[Any] = []  # symbols, so that no identity is used twice
        self._written = {storage_of(v.real_array) for s in statements for v in s.written()}
        self._reads = False
        changing = [v for v in changing if storage_of(v.real_array) not in trace.record.made]
        lines = self._that_change(statements, changing)
        for v in changing:
            self._value(v)
        written = [self._statement(s) for s in lines]
        self._by_symbol = dict(zip(symbols, program.outputs))
        for v in constant:
            self._value(self._by_symbol[id(v)])
        self.json = {
            "dtypes": "".join(self._dtypes),
            "given": self._given,
            "changing": [self._places[id(v)] for v in changing],
            "views": self._views,
            "statements": written,
            "settings": self._settings,
            "reads": self._reads,
            "written": list(self._owners.values()),
        }

    @classmethod
    def of(cls, passes: Passes) -> PageProgram:
        """The program that computes every value of the graph and of its backward pass."""
        assert passes.trace is not None
        graph = passes.graph
        wanted = [v for entry in graph for v in (entry.value, *entry.saved.values())]
        constant = []
        for step in passes.backward:
            if not step.contributions and isinstance(step.cotangent, (np.ndarray, np.generic)):
                step.cotangent = passes.trace.record.symbol(step.cotangent)
                constant.append(step.cotangent)
            wanted.append(step.cotangent)
            for c in step.contributions:
                wanted += [c.computed, c.value, c.before, c.total]
        changing = [e.value for e in graph if e.kind in ("leaf", "parameter") or is_plane(e)]
        return cls(passes.trace, wanted, [v for v in changing if type(v) is Symbol], constant)

    def place(self, value: Any) -> int | None:
        """The number of a wanted value; None if it is none of the program's: it never changes."""
        if type(value) is not Symbol:
            return None
        return self._places.get(id(self._by_symbol.get(id(value), value)))

    def _that_change(self, statements: list[Statement], changing: list[Symbol]) -> list[Statement]:
        """The statements that compute with what changes: a value in `changing`, a setting, memory that is written."""
        live = {storage_of(v.real_array) for v in changing} | self._written
        literals = {v for s in statements for v in parts((s.args, s.kwargs)) if type(v) in (int, float)}
        found = []
        for s in statements:
            numbers = any(type(v) is Number and (id(v) in live or v.call is None) for v in s.args)
            arrays = any(storage_of(v.real_array) in live for v in (*s.reads(), *s.written(), *s.made()))
            if s.kind == "guard" and s.call in (int, float) and s.outs[0] not in literals:
                self._reads = True  # such as loss.item(), to be printed
            elif s.kind != "effect" and (numbers or arrays):
                live |= {storage_of(v.real_array) for v in s.made()} | {id(v) for v in s.outs if type(v) is Number}
                found.append(s)
        return found

    # -- values -----------------------------------------------------------------------------------------

    def _new(self, v: Any, dtype: str) -> int:
        place = self._places[id(v)] = len(self._dtypes)
        self._kept.append(v)
        self._dtypes.append(dtype)
        return place

    def _value(self, v: Symbol) -> str:
        """A value among the arguments; one that no statement made is given to the program."""
        if id(v) not in self._places:
            self._give(v)
        return f"${self._places[id(v)]}"

    def _give(self, v: Symbol) -> None:
        """An array that was there before: of memory that the program writes, once the whole, and this as a view."""
        array, storage = np.asarray(v.real_array), storage_of(v.real_array)
        if storage not in self._written:
            self._given.append([self._new(v, _char(array.dtype)), array.shape, self._bytes_of(array)])
            return
        whole = owner_of(array)
        if whole.dtype != array.dtype:
            raise NotForPages("it writes numbers that it also looks at as bits")
        if storage not in self._owners:
            self._owners[storage] = self._new(object(), _char(whole.dtype))
            self._given.append([self._owners[storage], [whole.size], self._bytes_of(whole.ravel("K"))])
        strides, at = [n // array.itemsize for n in array.strides], offset_of(array) // array.itemsize
        self._views.append([self._new(v, _char(array.dtype)), self._owners[storage], array.shape, strides, at])

    def _bytes_of(self, array: Any) -> str:
        """The elements, in the form that the page keeps them in."""
        self._bytes += array.nbytes
        if self._bytes > _MOST_BYTES:
            raise NotForPages(f"its data has more than {_MOST_BYTES:,} bytes")
        if array.dtype.kind == "c":
            return base64.b64encode(array.real.tobytes() + array.imag.tobytes()).decode()
        dtype = array.dtype if array.dtype.char in "fd?" else np.dtype(float)
        return base64.b64encode(np.ascontiguousarray(array, dtype).tobytes()).decode()

    def _argument(self, x: Any) -> Any:
        """An argument as JSON."""
        if type(x) is Symbol:
            return self._value(x)
        if type(x) is Number:
            if x.call is None and x.read is None or id(x) in self._places:
                return f"${self._places[id(x)]}"
            if x.call is None:
                self._settings[x.name] = x.value
                return {"setting": x.name}
            return {"call": x.call.__name__, "of": [self._argument(v) for v in x.operands]}
        if isinstance(x, (tuple, list)):
            return [self._argument(v) for v in x]
        if isinstance(x, slice):
            return {"slice": [self._argument(v) for v in (x.start, x.stop, x.step)]}
        if x is Ellipsis:
            return {"ellipsis": 1}
        if isinstance(x, np.ndarray):
            return self._value(self._trace.record.symbol(x))
        if isinstance(x, (np.dtype, type)):
            return {"dtype": _char(np.dtype(x))}
        if isinstance(x, (complex, np.complexfloating)):
            return {"complex": [x.real, x.imag]}
        if isinstance(x, (float, np.floating)) and not np.isfinite(x):
            return {"number": str(float(x))}
        if isinstance(x, np.generic):
            return x.item()
        if x is None or isinstance(x, (bool, int, float)):
            return x
        if isinstance(x, str):
            return {"text": x}
        if any(x is function for function in _PASSED_ON):
            return {"text": x.__name__}
        raise NotForPages(f"it needs {getattr(x, '__name__', f'a {type(x).__name__}')}")

    # -- statements -------------------------------------------------------------------------------------

    def _statement(self, s: Statement) -> list[Any]:
        if id(s) in self._of_bits:
            return self._without_bits(s)
        args = [self._argument(v) for v in s.args]
        if s.kind == "guard":
            return [None, "guard", [args[0], {"text": _name(s)}, self._argument(s.outs[0])]]
        if s.call == "copy" and "F" in (*s.args[1:], s.kwargs.get("order")):
            raise NotForPages("it needs an array in Fortran's order")
        kwargs = {key: self._argument(v) for key, v in s.kwargs.items() if key not in _HOW}
        if unknown := [key for key in kwargs if key not in _OPTIONS and (key, s.call) != ("where", np.copyto)]:
            raise NotForPages(f"it needs {_name(s)} with {unknown[0]}=")
        line: list[Any] = [None if s.into is not None else self._made(s), _name(s), args]
        if kwargs or s.into is not None:
            line.append(kwargs)
        if s.into is not None and s.kind != "write":
            line.append(self._value(s.into))
        return line

    def _without_bits(self, s: Statement) -> list[Any]:
        """The engine multiplies the bits of numbers by True and False, so that 0 · NaN is 0: here it is a choice."""
        out, dtype = s.outs[0], self._of_bits[id(s)]
        x, mask = s.args[0], s.args[-1]
        if s.call is not np.multiply:  # the numbers as bits, or the bits as numbers
            return [self._new(out, dtype), "view", [self._value(x)]]
        if id(x) not in self._places:  # bits that never change
            constant = np.asarray(x.real_array).view(dtype)
            self._given.append([self._new(x, dtype), constant.shape, self._bytes_of(constant)])
        return [self._new(out, dtype), "where", [self._value(mask), self._value(x), 0]]

    def _made(self, s: Statement) -> Any:
        """The numbers of what a statement makes."""
        if s.kind == "number":
            return self._new(s.outs[0], "d")
        places = [self._new(v, _char(v.dtype)) if type(v) is Symbol else None for v in s.outs]
        return places[0] if len(places) == 1 else places


def is_plane(entry: Any) -> bool:
    """Whether an entry of a graph is a constant of points in the plane."""
    if entry.kind != "constant" or type(entry.value) is not Symbol:
        return False
    array = np.asarray(bare(entry.value))
    return array.ndim == 2 and array.shape[1] == 2 and len(array) > 2 and array.dtype.kind == "f"


def _masks(statements: list[Statement]) -> dict[int, str]:
    """The statements that multiply the bits of numbers by a mask, by identity, each with the dtype of the numbers."""
    makers = {id(v): s for s in statements for v in s.made()}
    found: dict[int, str] = {}
    for s in statements:
        product = makers.get(id(s.args[0])) if s.call == "view" and s.outs[0].dtype.kind == "f" else None
        if product is not None and product.call is np.multiply and product.args[1].dtype == bool:
            bits = makers.get(id(product.args[0]))
            found |= {id(q): _char(s.outs[0].dtype) for q in (s, product, bits) if q is not None}
    return found


def _char(dtype: Any) -> str:
    """The dtype of a value by NumPy's letter, `d` for all integers, which the page keeps as float64."""
    if dtype.kind in "iu":
        return "l"
    if dtype.char not in "fd?FD":
        raise NotForPages(f"a value has the dtype {dtype}")
    return str(dtype.char)


def _name(s: Statement) -> str:
    """What the page calls a function: as NumPy does, or by the primitive whose forward it is."""
    if s.call == "view" and s.args[0].dtype != s.outs[0].dtype:
        if s.args[0].dtype.kind + s.outs[0].dtype.kind != "iu":
            raise NotForPages("it looks at the bits of numbers")
        return "unsigned"
    if isinstance(s.call, str):
        return s.call
    if isinstance(s.call, np.ufunc):
        return f"{s.call.__name__}.{s.method}" if s.method else s.call.__name__
    for primitive in registry.values():
        if primitive.forward is s.call:
            return primitive.name
    return str(getattr(s.call, "__name__", "a function"))
