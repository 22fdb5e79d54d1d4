"""dtypes: PyTorch's names, the default dtype, and the rules of promotion."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np

from . import names

#: An ndarray, or the NumPy scalar that stands for a 0-d array.
Array: TypeAlias = Any
NumpyDType: TypeAlias = "np.dtype[Any]"


class dtype:
    """The data type of a tensor's elements, such as `float32`.

    >>> float32.itemsize, float32.is_floating_point, int64.is_floating_point
    (4, True, False)
    """

    __slots__ = ("name", "numpy")

    def __init__(self, name: str) -> None:
        self.name = name
        self.numpy: NumpyDType = np.dtype(name)

    @property
    def dtype(self) -> NumpyDType:
        """NumPy's dtype, which NumPy looks for in `np.zeros(3, dtype=float32)`."""
        return self.numpy

    @property
    def itemsize(self) -> int:
        """The number of bytes of one element."""
        return self.numpy.itemsize

    @property
    def is_floating_point(self) -> bool:
        """Whether elements are real floating-point numbers."""
        return self.numpy.kind == "f"

    @property
    def is_complex(self) -> bool:
        """Whether elements are complex numbers."""
        return self.numpy.kind == "c"

    @property
    def is_signed(self) -> bool:
        """Whether elements can be negative."""
        return self.numpy.kind in "ifc"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, dtype):
            return self is other
        try:
            return bool(self.numpy == other)
        except TypeError:
            return NotImplemented

    def __hash__(self) -> int:
        return hash(self.numpy)

    def __repr__(self) -> str:
        return f"{names.package()}.{self.name}"

    def __reduce__(self) -> str:
        return "bool_" if self.name == "bool" else self.name


class _Unsupported(dtype):
    """A dtype of PyTorch's that NumPy does not have: it can be compared, but no tensor can be created with it."""

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def numpy(self) -> NumpyDType:  # type: ignore[override]  # an attribute of the base class
        """Raise: NumPy has no such dtype."""
        raise TypeError(f"{self.name} is not supported: NumPy has no such type; use float16 or float32")

    def __hash__(self) -> int:
        return hash(self.name)


float16 = half = dtype("float16")
bfloat16 = _Unsupported("bfloat16")
float32 = float_ = dtype("float32")
float64 = double = dtype("float64")
int8 = dtype("int8")
int16 = short = dtype("int16")
int32 = int_ = dtype("int32")
int64 = long = dtype("int64")
uint8 = dtype("uint8")
uint16 = dtype("uint16")
uint32 = dtype("uint32")
uint64 = dtype("uint64")
bool_ = dtype("bool")
complex64 = cfloat = dtype("complex64")
complex128 = cdouble = dtype("complex128")

_BY_NUMPY = {t.numpy: t for t in tuple(globals().values()) if type(t) is dtype}
_BY_PYTHON: dict[Any, dtype] = {float: float64, int: int64, bool: bool_, complex: complex128}
_CATEGORY = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3}


def from_numpy_dtype(numpy_dtype: NumpyDType) -> dtype:
    """The dtype for a NumPy dtype.

    Raises:
        TypeError: tensors do not support this dtype (objects, strings, dates, …).
    """
    found = _BY_NUMPY.get(numpy_dtype)
    if found is None:
        names = ", ".join(t.name for t in _BY_NUMPY.values())
        raise TypeError(f"can't make a tensor of {numpy_dtype!r} elements: the supported types are {names}")
    return found


def to_numpy_dtype(like: Any) -> NumpyDType:
    """NumPy's dtype for a `dtype`, a Python type, or anything that NumPy accepts as a dtype and tensors support."""
    if isinstance(like, dtype):
        return like.numpy
    if like in _BY_PYTHON:
        return _BY_PYTHON[like].numpy
    return from_numpy_dtype(np.dtype(like)).numpy


def category(numpy_dtype: NumpyDType) -> int:
    """The category of a dtype in type promotion: booleans 0, integers 1, floats 2, complex numbers 3."""
    return _CATEGORY[numpy_dtype.kind]


class _Default:
    """The default dtype: that of tensors created from Python floats."""

    real: NumpyDType = float32.numpy


def get_default_dtype() -> dtype:
    """The dtype of tensors created from Python floats: float32, unless `set_default_dtype` has changed it.

    >>> get_default_dtype()
    autograd.float32
    """
    return from_numpy_dtype(_Default.real)


def set_default_dtype(d: Any) -> None:
    """Set the dtype of tensors created from Python floats.

    Raises:
        TypeError: `d` is not a floating-point dtype.
    """
    numpy_dtype = to_numpy_dtype(d)
    if numpy_dtype.kind != "f":
        raise TypeError(f"set_default_dtype: only floating-point types are supported as the default type, got {d}")
    _Default.real = numpy_dtype


def default_float() -> NumpyDType:
    """NumPy's dtype for Python floats."""
    return _Default.real


def default_complex() -> NumpyDType:
    """NumPy's dtype for Python complex numbers: its parts have the default float dtype, and at least float32."""
    return complex64.numpy if _Default.real.itemsize <= 4 else complex128.numpy


def default_for(value: Any) -> NumpyDType:
    """NumPy's dtype for a Python number."""
    if isinstance(value, bool):
        return bool_.numpy
    if isinstance(value, int):
        return int64.numpy
    if isinstance(value, float):
        return _Default.real
    return default_complex()


def number_as(value: Any, numpy_dtype: NumpyDType) -> Array:
    """A number as a NumPy scalar of a dtype. In an unsigned dtype negative integers wrap around, as in PyTorch.

    Raises:
        RuntimeError: the number does not fit: it is out of range, or has an imaginary part where none can be kept.

    >>> int(number_as(-1, uint8.numpy))
    255
    """
    given = value = value.item() if isinstance(value, (np.ndarray, np.generic)) else value
    if numpy_dtype.kind == "f" and isinstance(value, (int, float)):  # the usual case
        out = numpy_dtype.type(value)
        if math.isfinite(out) or not math.isfinite(value):
            return out
    fits = True
    if isinstance(value, complex) and numpy_dtype.kind in "iuf":
        fits, value = value.imag == 0, value.real
    if numpy_dtype.kind in "iu":
        limits = np.iinfo(numpy_dtype)
        lowest = -limits.max if numpy_dtype.kind == "u" and isinstance(value, int) else limits.min
        fits = fits and lowest <= value <= limits.max  # False for NaN
        if fits:
            value = int(value) if value >= limits.min else int(value) + limits.max + 1
    if fits:
        out = numpy_dtype.type(value)
        if numpy_dtype.kind not in "fc" or np.isfinite(out) or not np.isfinite(complex(value)):
            return out
    name = from_numpy_dtype(numpy_dtype).name
    raise RuntimeError(f"value cannot be converted to type {name} without overflow: {given!r:.60}")


def element_as(value: Any, numpy_dtype: NumpyDType) -> Array:
    """As `number_as`, but in float16 what is out of range becomes infinite: `x[mask] = -1e9` is a usual mask."""
    return numpy_dtype.type(value) if numpy_dtype == float16.numpy and is_real(value) else number_as(value, numpy_dtype)


def is_real(value: Any) -> bool:
    """Whether a number is not complex."""
    return not isinstance(value, (complex, np.complexfloating))


def promote_numpy(a: NumpyDType, b: NumpyDType) -> NumpyDType:
    """The smallest dtype that holds both; an integer and a float give the dtype of the float, however small it is."""
    if a is b or a == b:
        return a
    first, second = sorted((a, b), key=lambda t: _CATEGORY[t.kind])
    if _CATEGORY[first.kind] <= 1 and _CATEGORY[second.kind] >= 2:
        return second
    if first.kind == "f" and second.kind == "c":
        return complex128.numpy if first.itemsize == 8 else second
    return np.result_type(a, b)


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The dtype of the sum of two tensors of these dtypes.

    >>> promote_types(int64, float16)
    autograd.float16
    """
    return from_numpy_dtype(promote_numpy(type1.numpy, type2.numpy))


def _combine(higher: NumpyDType | None, lower: NumpyDType | None) -> NumpyDType | None:
    """The dtype of the operands of higher rank, unless those of lower rank have a wider category."""
    if higher is None or lower is None:
        return lower if higher is None else higher
    if _CATEGORY[lower.kind] <= _CATEGORY[higher.kind]:
        return higher
    if higher.kind == "f":
        return complex128.numpy if higher.itemsize == 8 else complex64.numpy
    return promote_numpy(higher, lower)


def result_numpy(operands: tuple[Any, ...]) -> NumpyDType:
    """NumPy's dtype for the result of an operation on arrays and Python numbers, by PyTorch's rules.

    Arrays with dims determine it. 0-d arrays, and after them Python numbers, only widen the category (boolean,
    integer, float, complex).
    """
    ranks: list[NumpyDType | None] = [None, None, None]
    for operand in operands:
        if isinstance(operand, (np.ndarray, np.generic)):
            rank, kind = (0 if operand.ndim else 1), operand.dtype
        else:
            rank, kind = 2, default_for(operand)
        before = ranks[rank]
        ranks[rank] = kind if before is None else promote_numpy(before, kind)
    result = _combine(_combine(ranks[0], ranks[1]), ranks[2])
    assert result is not None
    return result


def result_type(tensor: Any, other: Any) -> dtype:
    """The dtype of the result of an operation on two tensors or numbers.

    Raises:
        TypeError: one of them is something else.

    >>> from autograd import ones
    >>> result_type(ones(2, dtype=float16), 2.5)
    autograd.float16
    """
    operands = tuple(getattr(value, "array", value) for value in (tensor, other))
    for value in operands:
        if not isinstance(value, (np.ndarray, np.generic, bool, int, float, complex)):
            raise TypeError(f"result_type() takes tensors and numbers, but got {type(value).__name__}: {value!r:.60}")
    return from_numpy_dtype(result_numpy(operands))


def can_cast(from_: dtype, to: dtype) -> bool:
    """Whether a result of one dtype may be written into a tensor of another, which must not be of a narrower category.

    >>> can_cast(int64, float16), can_cast(float32, int64)
    (True, False)
    """
    return category(to.numpy) >= category(from_.numpy)


class finfo:
    """The limits of a floating-point dtype: `eps`, `min`, `max`, `tiny`, `bits`, `resolution`.

    >>> finfo(float32).eps
    1.1920928955078125e-07
    """

    def __init__(self, type: Any = None) -> None:
        numpy_dtype = _Default.real if type is None else to_numpy_dtype(type)
        if numpy_dtype.kind not in "fc":
            raise TypeError(f"finfo() takes a floating-point dtype, but got {type}: use iinfo()")
        limits = np.finfo(numpy_dtype)
        self.dtype = limits.dtype.name  # of the parts, where numbers are complex
        self.bits = int(limits.bits)
        self.eps, self.min, self.max = float(limits.eps), float(limits.min), float(limits.max)
        self.tiny = self.smallest_normal = float(limits.tiny)
        self.resolution = 10.0**-limits.precision

    def __repr__(self) -> str:
        return _shown(self, "resolution", "min", "max", "eps", "smallest_normal", "tiny")


class iinfo:
    """The limits of an integer dtype: `min`, `max`, `bits`.

    >>> iinfo(int8).max
    127
    """

    def __init__(self, type: Any) -> None:
        if to_numpy_dtype(type).kind not in "iu":
            raise TypeError(f"iinfo() takes an integer dtype, but got {type}: use finfo()")
        limits = np.iinfo(to_numpy_dtype(type))
        self.dtype = from_numpy_dtype(to_numpy_dtype(type)).name
        self.bits, self.min, self.max = int(limits.bits), int(limits.min), int(limits.max)

    def __repr__(self) -> str:
        return _shown(self, "min", "max")


def _shown(limits: finfo | iinfo, *names: str) -> str:
    values = ", ".join(f"{name}={vars(limits)[name]:.6g}" for name in names)
    return f"{type(limits).__name__}({values}, dtype={limits.dtype})"
