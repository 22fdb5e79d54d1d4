"""Symbols: what stands for an array while the compiler writes down what NumPy does with it.

Here is only what code below the compiler needs to know of them; they are defined in `autograd.compiler.symbols`. A
symbol is handed every call of NumPy (`__array_ufunc__`, `__array_function__`) and every method of an array. What cannot
be handed over is `np.asarray` and the like, and functions of `math`: use the functions of this module instead.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .dtypes import Array


class Symbolic:
    """The base of symbols."""

    __slots__ = ()

    if TYPE_CHECKING:  # what the compiler's symbols have, as arrays and numbers do

        def __getattr__(self, name: str) -> Any: ...
        def __getitem__(self, key: Any) -> Any: ...


class Untraceable(BaseException):
    """A forward asked for the elements of a symbol: it cannot be looked into, and becomes one statement.

    Derived from BaseException so that no `except Exception` between NumPy and the primitive takes it for a failure.
    """

    def __init__(self, trace: Any) -> None:
        super().__init__("the elements of a symbol were asked for")
        self.trace = trace

    def as_one_statement(self, forward: Callable[..., Any], args: Sequence[Any]) -> Any:
        """What `forward(*args)` returns, written down as one call."""
        self.__traceback__ = None  # its frames would keep tensors alive
        return self.trace.record.one_statement(forward, args)


class _Current(threading.local):
    trace: Any = None


#: The trace that is being written in this thread, if any.
current = _Current()


def as_array(x: Any, numpy_dtype: Any = None) -> Array:
    """np.asarray; a symbol stays one."""
    if isinstance(x, Symbolic):
        return x.astype(numpy_dtype, copy=False) if numpy_dtype is not None else x
    return np.asarray(x, numpy_dtype)


def contiguous(array: Array) -> Array:
    """np.ascontiguousarray of an array with dims; a symbol stays one."""
    return array if array.flags.c_contiguous else contiguous_copy(array)


def contiguous_copy(array: Array) -> Array:
    """`array.copy()`; of a large transposed matrix in strips of columns, so narrow that the cache holds them."""
    suits = type(array) is np.ndarray and array.ndim == 2 and array.size >= 2**16 and min(array.shape) >= 64
    if not suits or not array.flags.f_contiguous:
        return array.copy()
    out = np.empty(array.shape, array.dtype)
    for i in range(0, array.shape[1], 16):
        out[:, i : i + 16] = array[:, i : i + 16]
    return out


def elements(array: Array) -> Array:
    """An array that is handed to the user: never a symbol, which would outlive the trace."""
    return array.elements() if isinstance(array, Symbolic) else array


def real(array: Any) -> Any:
    """The array that a symbol stands for; to be asked about its memory, never for its elements."""
    return array.real_array if type(array) is not np.ndarray and isinstance(array, Symbolic) else array


def given(array: Array) -> Array:
    """An array of the user; while a step is traced its symbol, so that it is read in every call."""
    return array if current.trace is None or isinstance(array, Symbolic) else current.trace.record.symbol(array)


def as_one_call(function: Callable[..., Any], *args: Any) -> Any:
    """`function(*args)`, which may ask for elements; of symbols, one statement of the program."""
    symbols = [x for x in args if isinstance(x, Symbolic)]
    return symbols[0].trace_.record.do("call", function, args) if symbols else function(*args)


def number(x: Any, kind: type = float) -> Any:
    """float(x) or int(x), of a value that changes from step to step; of a symbol, a number that the program reads."""
    return x.number(kind) if isinstance(x, Symbolic) else kind(x)


def depends_on(holder: Any, changing: frozenset[str] = frozenset()) -> None:
    """Tell a trace that what runs now depends on the attributes of an object, but for the names in `changing`."""
    if current.trace is not None:
        current.trace.depends_on(holder, changing)


def afterwards(action: Callable[[], Any]) -> None:
    """Do something whose effect the rest of the step does not see: now, or, in a trace, after each call."""
    if current.trace is None:
        action()
    else:
        current.trace.afterwards(action)


def outside(function: Callable[..., Any], *args: Any) -> Any:
    """`function(*args)`, of arrays; a trace does not look into it: the program calls it, whatever it changes."""
    return function(*args) if current.trace is None else current.trace.record.outside(function, args)


def sqrt(x: Any) -> Any:
    """math.sqrt, also of a number that the program computes."""
    return x.sqrt() if isinstance(x, Symbolic) else math.sqrt(x)
