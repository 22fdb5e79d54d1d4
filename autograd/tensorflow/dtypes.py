"""dtypes under TensorFlow's names."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base import dtypes as core
from ..base.dtypes import NumpyDType

#: The names at the top level of `autograd.tensorflow`, where `bool_` is `bool`.
__all__ = [
    "DType", "as_dtype", "complex64", "complex128", "double", "float16", "float32", "float64", "half", "int8", "int16",
    "int32", "int64", "uint8", "uint16", "uint32", "uint64",
]  # fmt: skip


class DType(core.dtype):
    """The type of a tensor's elements, such as `tf.float32`.

    >>> float32, str(float32), float32.is_floating, float32 == np.float32, float32 == "float32"
    (tf.float32, "<dtype: 'float32'>", True, True, True)
    """

    __slots__ = ()

    @property
    def as_numpy_dtype(self) -> type[np.generic]:
        """The corresponding scalar type of NumPy."""
        return self.numpy.type

    @property
    def base_dtype(self) -> DType:
        """The dtype itself: there are no reference types."""
        return self

    @property
    def is_floating(self) -> bool:
        """Whether elements are real floating-point numbers."""
        return self.is_floating_point

    @property
    def is_integer(self) -> bool:
        """Whether elements are integers."""
        return self.numpy.kind in "iu"

    @property
    def is_bool(self) -> bool:
        """Whether elements are booleans."""
        return self.numpy.kind == "b"

    @property
    def size(self) -> int:
        """The size of an element in bytes."""
        return self.itemsize

    @property
    def min(self) -> Any:
        """The smallest finite number of this dtype."""
        return (np.finfo if self.is_floating else np.iinfo)(self.numpy).min

    @property
    def max(self) -> Any:
        """The largest finite number of this dtype."""
        return (np.finfo if self.is_floating else np.iinfo)(self.numpy).max

    def __eq__(self, other: object) -> bool:
        if isinstance(other, core.dtype):
            return self.numpy == other.numpy
        try:
            return self.numpy == np.dtype(other)  # type: ignore[call-overload]  # `other` may be any object
        except TypeError:
            return False

    def __hash__(self) -> int:
        return hash(self.numpy)

    def __repr__(self) -> str:
        return f"tf.{self.name}"

    def __str__(self) -> str:
        return f"<dtype: {self.name!r}>"

    def __reduce__(self) -> str:
        return "bool_" if self.name == "bool" else self.name


float16 = half = DType("float16")
float32 = DType("float32")
float64 = double = DType("float64")
int8 = DType("int8")
int16 = DType("int16")
int32 = DType("int32")
int64 = DType("int64")
uint8 = DType("uint8")
uint16 = DType("uint16")
uint32 = DType("uint32")
uint64 = DType("uint64")
bool_ = DType("bool")
complex64 = DType("complex64")
complex128 = DType("complex128")

#: The DType of each dtype of NumPy.
BY_NUMPY: dict[NumpyDType, DType] = {
    t.numpy: t
    for t in (
        float16, float32, float64, int8, int16, int32, int64,
        uint8, uint16, uint32, uint64, bool_, complex64, complex128,
    )
}  # fmt: skip


def as_dtype(type_value: Any) -> DType:
    """Convert a name, a NumPy dtype or a DType to a DType.

    Raises:
        TypeError: the dtype is not supported.

    >>> as_dtype("float32"), as_dtype(np.int64)
    (tf.float32, tf.int64)
    """
    if isinstance(type_value, core.dtype):
        return BY_NUMPY[type_value.numpy]
    # Python's number types are rejected, because TensorFlow and NumPy disagree about their sizes.
    ambiguous = any(type_value is t for t in (int, float, complex, None))
    try:
        found = None if ambiguous else BY_NUMPY.get(np.dtype(type_value))
    except (TypeError, ValueError):
        found = None
    if found is None:
        names = ", ".join(repr(t) for t in BY_NUMPY.values())
        raise TypeError(
            f"Cannot convert the argument `type_value`: {type_value!r} to a TensorFlow DType; use one of {names}"
        )
    return found
