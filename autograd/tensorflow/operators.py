"""The operators of EagerTensor: TensorFlow's functions, set on the class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.tensor import Tensor
from ..ops.shape import indexing
from . import elementwise as e
from .errors import invalid
from .products import matmul
from .tensors import EagerTensor


def getitem(self: Any, key: Any) -> EagerTensor:
    """`self[key]`: integers, slices, `...`, tf.newaxis, scalar integer tensors, or one boolean mask.

    Raises:
        TypeError: another kind of index.
        InvalidArgumentError: an index is out of range.
    """
    parts = key if isinstance(key, tuple) else (key,)
    for part in parts:
        plain = part is None or part is Ellipsis or isinstance(part, (int, slice, np.integer))
        array = part.array if isinstance(part, Tensor) else part
        if not plain and not (isinstance(array, (np.ndarray, np.generic)) and _is_index(array)):
            raise TypeError(
                "Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`), scalar tf.int32/tf.int64 tensors "
                f"and boolean masks are valid indices, got {part!r:.80}; use tf.gather for lists of indices"
            )
    try:
        return EagerTensor.result(indexing.getitem(self, key))
    except IndexError as error:
        raise invalid("StridedSlice", str(error)) from None


def _is_index(array: Any) -> bool:
    return array.dtype.kind == "b" or array.dtype.kind in "iu" and not array.ndim


def _reflected(function: Callable[[Any, Any], EagerTensor]) -> Callable[[Any, Any], EagerTensor]:
    return lambda self, other: function(other, self)


def _equal(self: Any, other: Any) -> Any:
    return False if other is None else e.equal(self, other)


def _not_equal(self: Any, other: Any) -> Any:
    return True if other is None else e.not_equal(self, other)


#: Operators with a reflected form (`1.0 + x`), and an in-place form (`x += y`), which computes a new tensor.
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "add": e.add,
    "sub": e.subtract,
    "mul": e.multiply,
    "truediv": e.divide,
    "floordiv": e.floordiv,
    "mod": e.floormod,
    "pow": e.pow,
    "matmul": matmul,
}

#: Operators without such forms; the logical ones are symmetric.
_OTHERS: dict[str, Callable[..., Any]] = {
    "__neg__": e.negative,
    "__abs__": e.abs,
    "__invert__": e.logical_not,
    "__and__": e.logical_and,
    "__rand__": e.logical_and,
    "__or__": e.logical_or,
    "__ror__": e.logical_or,
    "__xor__": e.logical_xor,
    "__rxor__": e.logical_xor,
    "__lt__": e.less,
    "__le__": e.less_equal,
    "__gt__": e.greater,
    "__ge__": e.greater_equal,
    "__eq__": _equal,
    "__ne__": _not_equal,
    "__getitem__": getitem,
}


def set_operators() -> None:
    """Set the operators on EagerTensor, which declares them."""
    for name, function in _ARITHMETIC.items():
        setattr(EagerTensor, f"__{name}__", function)
        setattr(EagerTensor, f"__i{name}__", function)
        setattr(EagerTensor, f"__r{name}__", _reflected(function))
    for name, function in _OTHERS.items():
        setattr(EagerTensor, name, function)
