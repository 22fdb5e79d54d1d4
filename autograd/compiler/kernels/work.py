"""Work: which statements a kernel can hold, and what each computes in C."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..expressions import is_quick
from ..program import fills_with, is_all
from ..symbols import Number, Statement, Symbol
from .functions import CLIP, OF_FORWARDS, OF_UFUNCS, TYPES


class Work(NamedTuple):
    """What a statement computes.

    Attributes:
        target: the symbol of the array that is written.
        kind: "each" of one element after the other; "row" and "column" for the reductions of a matrix.
        operands: symbols, Numbers and Python's and NumPy's numbers.
        types: the dtypes to which they are converted.
        text: the C of an element; of a reduction the name: sum, max or min.
        result: the dtype of what the C computes.
    """

    target: Symbol
    kind: str
    operands: tuple[Any, ...]
    types: tuple[Any, ...]
    text: str
    result: Any


_SUMS = {np.add: "sum", np.maximum: "max", np.minimum: "min"}


def work_of(s: Statement) -> Work | None:
    """What a statement computes; None if a kernel cannot hold it."""
    target = s.into if s.into is not None else s.outs[0] if len(s.outs) == 1 else None
    if type(target) is not Symbol or not _suits(target) or not target.size:
        return None
    work = _work(s, target)
    if work is None or not _converts(work.result, target.dtype):
        return None
    for v, dtype in zip(work.operands, work.types):
        if type(v) is Symbol and not (_suits(v) or _is_scalar(v) and v.dtype.kind == "f" and v.dtype == dtype):
            return None
        if type(v) is Number and not (dtype.kind == "f" and isinstance(v.value, (int, float))):
            return None
        if not isinstance(v, (Symbol, Number, bool, int, float, np.number, np.bool_)):
            return None
        if hasattr(v, "dtype") and not _converts(v.dtype, dtype):
            return None
    return work


def _work(s: Statement, target: Symbol) -> Work | None:
    if s.kind == "ufunc" and s.method == "reduce":
        return _reduction(s, target)
    if s.kind == "ufunc" and s.method is None and not s.kwargs.keys() - {"dtype"}:
        types = _loop(s)
        if types is None or s.kwargs and s.kwargs["dtype"] not in (types[0], types[0].type):
            return None
        text = OF_UFUNCS.get((s.call, types[0].char))
        if text is None or types[-1] != target.dtype and types[-1].kind not in "fb":
            return None
        return _each(target, s.args, types[:-1], text, types[-1])
    if s.kind == "write" and not s.kwargs:
        if s.call == "__setitem__" and is_all(s.args[1]):
            return _each(target, s.args[2:], (target.dtype,), "{0}")
        return _each(target, s.args[1:], (target.dtype,), "{0}") if s.call is np.copyto else None
    if s.kind != "call" or s.into is not None:
        return None
    if s.call is np.where and len(s.args) == 3 and not s.kwargs:
        return _each(target, s.args, (np.dtype(bool), target.dtype, target.dtype), "{0} ? {1} : {2}")
    if s.call is np.clip and len(s.args) == 3 and target.dtype.char in "fd" and type(s.args[0]) is Symbol:
        bounded = not s.kwargs and s.args[0].dtype == target.dtype and Symbol not in map(type, s.args[1:])
        return _each(target, s.args, (target.dtype,) * 3, CLIP) if bounded else None
    if s.call in ("astype", "copy", np.copy) and not s.kwargs:
        return _each(target, s.args[:1], (target.dtype,), "{0}")
    if any(s.call is call for call in OF_FORWARDS) and not s.kwargs and target.dtype.char == "f":
        return _each(target, s.args, (target.dtype,), OF_FORWARDS[s.call])
    value = fills_with(s)
    return None if value is None else _each(target, (value,), (target.dtype,), "{0}")


def _each(target: Symbol, operands: Any, types: Any, text: str, result: Any = None) -> Work | None:
    shape = target.shape
    for v in operands:
        if type(v) is Symbol and isinstance(v.real_array, np.ndarray) and v.ndim > len(shape):
            return None
    return Work(target, "each", tuple(operands), tuple(types), text, target.dtype if result is None else result)


def _loop(s: Statement) -> Any:
    """The dtypes in which a ufunc computes, those of the arguments first; None if they are not all one."""
    given = []
    for v in s.args:
        value = v.value if type(v) is Number else v
        given.append(value.dtype if hasattr(value, "dtype") else type(value))
    if s.call.nout != 1 or any(v is bool for v in given) or all(isinstance(v, type) for v in given):
        return None
    try:
        types = s.call.resolve_dtypes((*given, None))
    except TypeError:
        return None
    return types if len(set(types[:-1])) == 1 else None


def _reduction(s: Statement, target: Symbol) -> Work | None:
    given = dict(zip(("axis", "dtype", "out", "keepdims"), s.args[1:])) | s.kwargs
    x, axis = s.args[0], given.pop("axis", 0)
    given.pop("keepdims", None)
    dtype = given.pop("dtype", None)
    if s.call is np.add and is_quick(s):
        return None
    if s.call not in _SUMS or s.into is not None or any(v is not None for v in given.values()):
        return None
    if type(x) is not Symbol or x.dtype.char not in "fd" or dtype not in (None, x.dtype, x.dtype.type):
        return None
    if not isinstance(x.real_array, np.ndarray) or not (x.flags.c_contiguous and target.flags.c_contiguous):
        return None
    axes = (axis,) if isinstance(axis, int) else axis
    if type(axes) is not tuple or x.dtype != target.dtype or x.ndim < 2:
        return None
    along = {a % x.ndim for a in axes}
    if along == {x.ndim - 1}:
        kind = "row"
    elif along == set(range(x.ndim - 1)) and x.shape[-1] > 1:
        kind = "column"
    else:
        return None
    return Work(target, kind, (x,), (x.dtype,), _SUMS[s.call], x.dtype)


def _suits(v: Symbol) -> bool:
    """Whether a kernel can read or write an array."""
    a = v.real_array
    return (
        isinstance(a, np.ndarray) and a.dtype.name in TYPES and a.dtype.isnative and a.flags.aligned
        and all(stride % a.itemsize == 0 for stride in a.strides)
    )  # fmt: skip


def _is_scalar(v: Symbol) -> bool:
    return isinstance(v.real_array, np.generic)


def _converts(dtype: Any, to: Any) -> bool:
    """Whether C converts a type into another as NumPy does: what is not a number has no integer."""
    return dtype.kind != "f" or to.kind in "fb"
