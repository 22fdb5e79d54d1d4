"""Symbols: arrays and numbers that write down what is done with them.

A Symbol stands for one ndarray (or NumPy scalar) of the step that is traced, a Number for a Python number that may be
another one in the next call. A Symbol is no ndarray, so NumPy hands it every call; the call is done for real on the
real arrays, and a Statement is written down. What cannot be handed over raises or ends the trace, and never passes
in silence.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

import numpy as np

from ..base.along import QUICK
from ..base.symbolic import Symbolic
from .layout import identity_of, storage_of


class Statement:
    """One line of the program: `outs = call(*args, **kwargs)`, in which Symbols stand for arrays.

    Attributes:
        kind: "ufunc" (also its reduce, accumulate, …), "call" (any other function or method), "view" (the result
            shares memory with an argument), "write" (`call` writes into `into` in place), "draw" (of random numbers),
            "effect" (a function that changes what only it knows of), "number" (a Python number is read off an array)
            or "guard" (`outs` is the value that was seen).
        call: a function, or the name of a method of `args[0]`.
        into: the Symbol that is written instead of a new array.
        method: of a ufunc, such as "reduce".
        where: where in the user's program it came from (see `origin`).
        intos: of a block (see `blocks`), what it writes besides its `outs`.
    """

    __slots__ = ("args", "call", "into", "intos", "kind", "kwargs", "method", "outs", "where")

    def __init__(
        self, kind: str, call: Any, args: tuple[Any, ...], kwargs: dict[str, Any], outs: tuple[Any, ...],
        into: Symbol | None = None, method: str | None = None, where: Any = None, intos: tuple[Symbol, ...] = (),
    ) -> None:  # fmt: skip
        self.kind, self.call, self.args, self.kwargs, self.outs = kind, call, args, kwargs, outs
        self.into, self.method, self.where, self.intos = into, method, where, intos

    def reads(self) -> list[Symbol]:
        """The symbols among the arguments."""
        return [v for v in parts((self.args, self.kwargs)) if type(v) is Symbol]

    def written(self) -> list[Symbol]:
        """The symbols of what is written in place."""
        return [self.into] if self.into is not None else list(self.intos)

    def made(self) -> list[Symbol]:
        """The symbols of new values or views."""
        return [] if self.into is not None else [v for v in self.outs if type(v) is Symbol]

    def symbols(self) -> list[Symbol]:
        """The symbols of all that is read, made or written."""
        return [*self.reads(), *self.made(), *self.written()]

    @property
    def result(self) -> Any:
        """What is written or made, the first of several; None if there is nothing."""
        return self.into if self.into is not None else self.outs[0] if self.outs else None


def parts(x: Any) -> list[Any]:
    """The values in nested tuples, lists, dicts, slices and the expressions of Numbers."""
    found: list[Any] = []
    _gather(x, found)
    return found


def _gather(x: Any, found: list[Any]) -> None:
    kind = type(x)
    if kind is tuple or kind is list:
        for v in x:
            if type(v) is Symbol:
                found.append(v)
            else:
                _gather(v, found)
    elif kind is dict:
        _gather(tuple(x.values()), found)
    elif kind is slice:
        _gather((x.start, x.stop, x.step), found)
    else:
        found.append(x)
        if kind is Number:
            _gather(x.operands, found)


_NESTS = (tuple, list, dict, slice)


def mapped(function: Callable[[Any], Any], x: Any) -> Any:
    """`x` with `function(v)` in place of each value v in nested tuples, lists, dicts and slices."""
    kind = type(x)
    if kind is tuple or kind is list:
        return kind([mapped(function, v) if type(v) in _NESTS else function(v) for v in x])
    if kind is dict:
        return {key: mapped(function, v) for key, v in x.items()} if x else {}
    if kind is slice:
        return slice(*[mapped(function, v) for v in (x.start, x.stop, x.step)])
    return function(x)


def called(call: Any, method: str | None) -> Any:
    """What a statement calls: a function, or the method of a ufunc, in the form in which eager code calls it."""
    return call if method is None else QUICK.get((call, method)) or getattr(call, method)


def bare(x: Any) -> Any:
    """`x` with arrays in place of Symbols and Python's numbers in place of Numbers."""
    return mapped(lambda v: v.real_array if type(v) is Symbol else v.value if type(v) is Number else v, x)


def real_call(s: Statement) -> Any:
    """Do the call of a statement on the real arrays, and return what it returns."""
    args, kwargs = bare(s.args), bare(s.kwargs)
    if s.into is not None and s.kind != "write":
        kwargs["out"] = bare(s.into)
    if isinstance(s.call, str):
        return getattr(args[0], s.call)(*args[1:], **kwargs)
    return called(s.call, s.method)(*args, **kwargs)


#: Methods of an array that return a new array or a view, and change nothing.
_PURE = (
    "all", "any", "argmax", "argmin", "argsort", "clip", "conj", "conjugate", "copy", "cumprod", "cumsum", "diagonal",
    "dot", "flatten", "max", "mean", "min", "nonzero", "prod", "ravel", "repeat", "reshape", "round", "searchsorted",
    "squeeze", "std", "sum", "swapaxes", "take", "trace", "transpose", "var", "view",
)  # fmt: skip
_IN_PLACE = ("fill", "partition", "put", "sort")
_BINARY = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.true_divide, "floordiv": np.floor_divide,
    "mod": np.remainder, "pow": np.power, "matmul": np.matmul, "and": np.bitwise_and, "or": np.bitwise_or,
    "xor": np.bitwise_xor, "lshift": np.left_shift, "rshift": np.right_shift,
}  # fmt: skip
_COMPARISONS = {
    "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal, "eq": np.equal, "ne": np.not_equal,
}  # fmt: skip
#: Functions that are asked about arrays and not for elements.
_QUESTIONS = (np.shape, np.ndim, np.size, np.may_share_memory, np.shares_memory, np.result_type, np.can_cast)
#: Functions that write into their first argument.
_WRITERS = (np.copyto, np.put, np.place, np.putmask, np.put_along_axis, np.fill_diagonal)


class Symbol(Symbolic):
    """Stands for one array; `isinstance(symbol, np.ndarray)` is true for Python, while NumPy itself knows better."""

    __slots__ = ("__weakref__", "real_array", "trace_")

    def __init__(self, trace: Any, array: Any) -> None:
        self.trace_, self.real_array = trace, array

    __class__ = property(lambda self: type(self.real_array))  # what isinstance asks
    dtype = property(attrgetter("real_array.dtype"))
    shape = property(attrgetter("real_array.shape"))
    ndim = property(attrgetter("real_array.ndim"))
    size = property(attrgetter("real_array.size"))
    strides = property(attrgetter("real_array.strides"))
    itemsize = property(attrgetter("real_array.itemsize"))
    nbytes = property(attrgetter("real_array.nbytes"))
    flags = property(attrgetter("real_array.flags"))

    storage = property(lambda self: storage_of(self.real_array))  # the identity of the memory of the array
    identity = property(lambda self: identity_of(self.real_array))  # that of the array

    @property
    def base(self) -> Any:
        """The symbol of the array that owns the memory."""
        base = getattr(self.real_array, "base", None)
        return self.trace_.record.symbol(base) if isinstance(base, np.ndarray) else base

    T = property(lambda self: self.trace_.record.do("call", "transpose", (self,)))
    mT = property(lambda self: self.trace_.record.do("call", "swapaxes", (self, -1, -2)))

    @property
    def real(self) -> Any:
        """The real part: a view, or the array itself if it is real."""
        return self if self.dtype.kind != "c" else self.trace_.record.do("call", np.real, (self,))

    @property
    def imag(self) -> Any:
        """The imaginary part."""
        return self.trace_.record.do("call", np.imag, (self,))

    # -- what NumPy hands over ---------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        out = kwargs.pop("out", None)
        if out is not None and len(out) > 1:
            return self.trace_.refuse(f"{ufunc.__name__} with several out=", lambda: getattr(ufunc, method)(
                *bare(inputs), out=bare(out), **bare(kwargs)
            ))  # fmt: skip
        into = None if out is None else out[0]
        if method == "at":
            return self.trace_.record.do("write", ufunc, inputs, kwargs, inputs[0], method)
        return self.trace_.record.do("ufunc", ufunc, inputs, kwargs, into, None if method == "__call__" else method)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function in _QUESTIONS:
            return function(*bare(args), **bare(kwargs))
        kwargs = {key: value for key, value in kwargs.items() if key != "like"}
        if function in _WRITERS:
            return self.trace_.record.do("write", function, args, kwargs, args[0])
        return self.trace_.record.do("call", function, args, kwargs, kwargs.pop("out", None))

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        return np.asarray(self.trace_.elements(self, "np.asarray"), *args)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or not hasattr(self.real_array, name):
            raise AttributeError(f"{type(self.real_array).__name__!r} object has no attribute {name!r}")
        return getattr(self.trace_.elements(self, f".{name}"), name)

    # -- Python's own questions, whose answers are guarded -------------------------------------------

    def __bool__(self) -> bool:
        return bool(self.trace_.readings.guard(self, bool(self.real_array)))

    def __int__(self) -> int:
        return int(self.trace_.readings.guard(self, int(self.real_array)))

    def __float__(self) -> float:
        return float(self.trace_.readings.guard(self, float(self.real_array)))

    def __complex__(self) -> complex:
        return complex(self.trace_.readings.guard(self, complex(self.real_array)))

    def __index__(self) -> int:
        return int(self.trace_.readings.guard(self, operator.index(self.real_array)))

    def item(self, *args: Any) -> Any:
        """The value as a Python number."""
        return self.trace_.readings.item(self[args] if args else self)

    def tolist(self) -> Any:
        """The values as Python numbers; those of more than one element end the trace."""
        return self.item() if self.size == 1 and not self.ndim else self.trace_.elements(self, ".tolist()").tolist()

    def elements(self) -> Any:
        """The array itself, which the program cannot follow."""
        return self.trace_.elements(self, ".numpy()")

    def number(self, kind: type) -> Number:
        """The value as a number that the program reads in every call."""
        return self.trace_.readings.read_number(self, kind)

    def __len__(self) -> int:
        return len(self.real_array)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __hash__(self) -> int:
        return id(self)

    def __copy__(self) -> Any:
        return self.trace_.record.do("call", "copy", (self,))

    def __repr__(self) -> str:
        return repr(self.real_array)

    def __str__(self) -> str:  # of a message
        return str(self.trace_.elements(self, "str()"))

    def __format__(self, spec: str) -> str:
        return format(self.trace_.elements(self, "format()"), spec)

    # -- elements -----------------------------------------------------------------------------------

    def __getitem__(self, key: Any) -> Any:
        if isinstance(self.real_array, np.generic) and type(key) is tuple and not key:
            return self
        return self.trace_.record.do("call", "__getitem__", (self, key))

    def __setitem__(self, key: Any, value: Any) -> None:
        if value is not self:
            self.trace_.record.do("write", "__setitem__", (self, key, value), {}, self)

    def astype(
        self, dtype: Any, order: str = "K", casting: str = "unsafe", subok: bool = True, copy: bool = True
    ) -> Any:
        """A copy with elements of another type."""
        dtype = np.dtype(dtype)
        if not copy and self.dtype == dtype:
            return self
        kwargs = {} if order == "K" or self.ndim < 2 else {"order": order}
        return self.trace_.record.do("call", "astype", (self, dtype), kwargs)


def _pure(name: str) -> Callable[..., Any]:
    def method(self: Symbol, *args: Any, **kwargs: Any) -> Any:
        return self.trace_.record.do("call", name, (self, *args), kwargs, kwargs.pop("out", None))

    return method


def _in_place(name: str) -> Callable[..., Any]:
    def method(self: Symbol, *args: Any, **kwargs: Any) -> None:
        self.trace_.record.do("write", name, (self, *args), kwargs, self)

    return method


def power(x: Symbol, exponent: Any) -> Any:
    """x ** exponent. NumPy has other functions for some exponents, and another algorithm for scalars."""
    quick = {2: np.square, 0.5: np.sqrt, -1: np.reciprocal}
    if isinstance(x.real_array, np.generic) or isinstance(exponent, np.ndarray):
        return x.trace_.record.do("call", pow, (x, exponent))
    if type(exponent) in (int, float) and x.dtype.kind in "fc" and exponent in quick:
        return x.trace_.record.do("ufunc", quick[exponent], (x,))
    return x.trace_.record.do("ufunc", np.power, (x, exponent))


def _operator(ufunc: Any) -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    """The operator of a ufunc, the reflected one, and the one in place."""

    def forward(self: Symbol, other: Any) -> Any:
        if ufunc is np.power:
            return power(self, other)
        return self.trace_.record.do("ufunc", ufunc, (self, other))

    def reflected(self: Symbol, other: Any) -> Any:
        if ufunc is np.power:
            return self.trace_.record.do("call", pow, (other, self))
        return self.trace_.record.do("ufunc", ufunc, (other, self))

    def in_place(self: Symbol, other: Any) -> Any:
        if isinstance(self.real_array, np.generic):
            return forward(self, other)
        return self.trace_.record.do("ufunc", ufunc, (self, other), {}, self)

    return forward, reflected, in_place


for _name in _PURE:
    setattr(Symbol, _name, _pure(_name))
for _name in _IN_PLACE:
    setattr(Symbol, _name, _in_place(_name))
for _name, _ufunc in (_BINARY | _COMPARISONS).items():
    _forward, _reflected, _write = _operator(_ufunc)
    setattr(Symbol, f"__{_name}__", _forward)
    if _name in _BINARY:
        setattr(Symbol, f"__r{_name}__", _reflected)
        setattr(Symbol, f"__i{_name}__", _write)
for _name, _ufunc in {"neg": np.negative, "invert": np.invert, "abs": np.absolute, "pos": np.positive}.items():
    setattr(Symbol, f"__{_name}__", lambda self, _ufunc=_ufunc: self.trace_.record.do("ufunc", _ufunc, (self,)))


class Number(Symbolic):
    """A Python number that may change between calls: a setting of an optimizer, a counter, what is computed of them.

    Attributes:
        value: what it is now.
        call: None for what is read (a setting, a variable, a value of a tensor); else the function that computes it
            of the `operands`.
        name: of what is read, in the program.
        read: for a setting or a variable, a function that returns what it is now.
        inner: for a number that the user's code holds, the one that it stands for.
    """

    __slots__ = ("__weakref__", "call", "inner", "name", "operands", "read", "trace_", "value")

    def __init__(
        self, trace: Any, value: Any, name: str = "", call: Any = None, operands: tuple[Any, ...] = (),
        read: Any = None, inner: Number | None = None,
    ) -> None:  # fmt: skip
        self.trace_, self.value, self.name, self.call, self.operands = trace, value, name, call, operands
        self.read, self.inner = read, inner

    __class__ = property(lambda self: type(self.value))  # what isinstance asks

    @property
    def own(self) -> Number:
        """The number of the program."""
        return self if self.inner is None else self.inner

    def _of(self, call: Any, *operands: Any) -> Any:
        if any(type(v) is Symbol for v in operands):
            return NotImplemented
        if any(type(v) is complex for v in operands):
            return call(*[v._seen() if type(v) is Number else v for v in operands])
        if not all(isinstance(v, (int, float)) for v in operands):
            return NotImplemented
        value = call(*bare(operands))
        if not self.trace_.on():
            return value
        numbers = [v for v in operands if type(v) is Number]
        made = Number(self.trace_, value, "", call, tuple([v.own if type(v) is Number else v for v in operands]))
        return made if all(v.inner is None for v in numbers) else self.trace_.readings.hand_out(made)

    def _seen(self) -> Any:
        return self.trace_.readings.guard_number(self)

    def sqrt(self) -> Any:
        """The square root, as math.sqrt."""
        return self._of(math.sqrt, self)

    def astype(self, dtype: Any, copy: bool = True) -> Any:
        """The number as a NumPy scalar."""
        return self.trace_.record.do("call", np.dtype(dtype).type, (self,))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        out = kwargs.pop("out", None)
        into = None if out is None else out[0]
        return self.trace_.record.do("ufunc", ufunc, inputs, kwargs, into, None if method == "__call__" else method)

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        return np.asarray(self._seen(), *args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._seen(), name)

    def __hash__(self) -> int:
        return hash(self._seen())

    def __repr__(self) -> str:
        return repr(self.value if self.inner is None else self._seen())

    def __str__(self) -> str:
        return str(self._seen())

    def __format__(self, spec: str) -> str:
        return format(self._seen(), spec)

    def __copy__(self) -> Number:
        return self

    def __deepcopy__(self, memo: Any) -> Number:
        return self

    def __reduce__(self) -> Any:
        return type(self.value), (self._seen(),)

    def __round__(self, digits: int | None = None) -> Any:
        return self._of(round, self) if digits is None else self._of(round, self, digits)

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    def __bool__(self) -> bool:
        truth = self if type(self.value) is bool else self._of(bool, self)
        return bool(truth._seen())

    __int__ = __trunc__ = lambda self: int(self._seen())
    __floor__, __ceil__ = lambda self: math.floor(self._seen()), lambda self: math.ceil(self._seen())
    __invert__ = lambda self: ~self._seen()
    __float__ = lambda self: float(self._seen())
    __index__ = lambda self: operator.index(self._seen())


def _arithmetic(call: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    return (lambda self, other: self._of(call, self, other)), (lambda self, other: self._of(call, other, self))


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
    _forward, _reflected = _arithmetic(getattr(operator, _name))  # of other parameters
    setattr(Number, f"__{_name}__", _forward)
    setattr(Number, f"__r{_name}__", _reflected)
for _name in ("and", "or", "xor", "lshift", "rshift"):  # of the value that was seen
    _call = getattr(operator, f"__{_name}__")
    setattr(Number, f"__{_name}__", lambda self, other, _call=_call: _call(self._seen(), other))
    setattr(Number, f"__r{_name}__", lambda self, other, _call=_call: _call(other, self._seen()))
for _name, _call in {"neg": operator.neg, "pos": operator.pos, "abs": abs}.items():
    setattr(Number, f"__{_name}__", lambda self, _call=_call: self._of(_call, self))
for _name in _COMPARISONS:
    setattr(Number, f"__{_name}__", _arithmetic(getattr(operator, _name))[0])
