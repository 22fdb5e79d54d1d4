"""The operators of EagerTensor: TensorFlow's functions, put on the class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.tensor import Tensor
from ..ops.shape import indexing
from ..tape.tape_tensor import TapeTensor
from . import elementwise as e
from .errors import invalid
from .products import matmul
from .tensors import EagerTensor


def _reflected(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def reflected(self: Any, other: Any) -> Any:
        return function(other, self)

    return reflected


def _product(self: Any, other: Any) -> Any:
    return matmul(self, other)


def _equal(self: Any, other: Any) -> Any:
    return False if other is None else e.equal(self, other)


def _not_equal(self: Any, other: Any) -> Any:
    return True if other is None else e.not_equal(self, other)


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


class Operators(TapeTensor):
    """The operators of TensorFlow's tensors."""

    __slots__ = ()
    __hash__ = TapeTensor.__hash__

    __add__ = __iadd__ = e.add
    __radd__ = _reflected(e.add)
    __sub__ = __isub__ = e.subtract
    __rsub__ = _reflected(e.subtract)
    __mul__ = __imul__ = e.multiply
    __rmul__ = _reflected(e.multiply)
    __truediv__ = __itruediv__ = e.divide
    __rtruediv__ = _reflected(e.divide)
    __floordiv__ = __ifloordiv__ = e.floordiv
    __rfloordiv__ = _reflected(e.floordiv)
    __mod__ = __imod__ = e.floormod
    __rmod__ = _reflected(e.floormod)
    __pow__ = __ipow__ = e.pow
    __rpow__ = _reflected(e.pow)
    __matmul__ = __imatmul__ = _product
    __rmatmul__ = _reflected(_product)
    __neg__ = e.negative
    __abs__ = e.abs
    __invert__ = e.logical_not
    __and__ = __rand__ = e.logical_and
    __or__ = __ror__ = e.logical_or
    __xor__ = __rxor__ = e.logical_xor
    __lt__ = e.less
    __le__ = e.less_equal
    __gt__ = e.greater
    __ge__ = e.greater_equal
    __eq__ = _equal
    __ne__ = _not_equal
    __getitem__ = getitem


def _immutable(self: Any, key: Any, value: Any) -> None:
    raise TypeError(
        f"{type(self).__name__!r} object does not support item assignment: tensors do not change; compute a new one, "
        "or use a Variable and assign"
    )


def put_on_tensor() -> None:
    """Give EagerTensor the operators."""
    for name, function in vars(Operators).items():
        if callable(function) and name != "__hash__":
            setattr(EagerTensor, name, function)
    setattr(EagerTensor, "__setitem__", _immutable)  # noqa: B010
