"""Elementwise functions: arithmetic, elementary functions and comparison, with TensorFlow's dtype rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.operation import cast as cast_array
from ..core.tensor import Tensor, wrap
from ..ops.elementwise import arithmetic, comparison, complex_numbers, elementary, selection
from ..ops.special import error_function
from .dtypes import as_dtype
from .errors import InvalidArgumentError, invalid
from .tensors import EagerTensor, checked, described, operation, tensor_of

#: The names at the top level of `autograd.tensorflow`; the others are in tf.math only.
__all__ = [
    "abs", "acos", "acosh", "add", "asin", "asinh", "atan", "atan2", "atanh", "cast", "clip_by_value", "cos", "cosh",
    "divide", "equal", "exp", "floor", "greater", "greater_equal", "less", "less_equal", "logical_and", "logical_not",
    "logical_or", "maximum", "minimum", "multiply", "negative", "not_equal", "pow", "round", "sigmoid", "sign", "sin",
    "sinh", "sqrt", "square", "subtract", "tan", "tanh", "truediv",
]  # fmt: skip

Unary = Callable[..., EagerTensor]
Binary = Callable[..., EagerTensor]

#: The kinds of all numbers, by NumPy's letters: integers, unsigned integers, floating-point and complex numbers.
_ALL = "iufc"


# -- operands --------------------------------------------------------------------------------------------


def pair(op: str, x: Any, y: Any) -> tuple[EagerTensor, EagerTensor]:
    """Convert two operands to tensors of the same dtype; a number or array takes the dtype of the other operand.

    Raises:
        InvalidArgumentError: the dtypes differ, because TensorFlow does not promote dtypes.
    """
    if not isinstance(x, Tensor) and isinstance(y, Tensor):
        b = tensor_of(y)
        a = tensor_of(x, hint=b.array.dtype)
    else:
        a = tensor_of(x)
        b = tensor_of(y, hint=a.array.dtype)
        if a.array.dtype != b.array.dtype:
            a = tensor_of(x, hint=b.array.dtype)
    if a.array.dtype != b.array.dtype:
        raise invalid(
            op,
            f"cannot compute {op} as input #1(zero-based) was expected to be a {_short(a)} tensor but is a {_short(b)} "
            "tensor; dtypes are not promoted implicitly: use tf.cast",
        )
    return a, b


def _short(x: EagerTensor) -> str:
    """The name of the dtype in TensorFlow's message."""
    return {"float32": "float", "float64": "double", "float16": "half"}.get(x.dtype.name, x.dtype.name)


def floats(op: str, x: Any, kinds: str = "fc") -> EagerTensor:
    """Convert an operand to a tensor whose dtype is of one of the `kinds` (NumPy's letters).

    Raises:
        InvalidArgumentError: the dtype is of another kind.
    """
    tensor = tensor_of(x)
    if tensor.array.dtype.kind not in kinds:
        raise invalid(
            op,
            f"Value for attr 'T' of {tensor.dtype.name} is not in the list of allowed values: {op} needs floating-"
            "point numbers; use tf.cast, or write 1.0 instead of 1",
        )
    return tensor


def unary(op: str, function: Callable[[Any], Tensor], doc: str, kinds: str = "fc") -> Unary:
    """TensorFlow's operation `op` from an elementwise function of one tensor; `doc` is its docstring."""

    @described(op.lower(), doc)
    def elementwise(x: Any, name: str | None = None) -> EagerTensor:
        return EagerTensor.result(function(floats(op, x, kinds)))

    return elementwise


def binary(op: str, function: Callable[[Any, Any], Tensor], doc: str, kinds: str = _ALL) -> Binary:
    """TensorFlow's operation `op` from an elementwise function of two tensors; `doc` is its docstring."""

    @described(op.lower(), doc)
    def elementwise(x: Any, y: Any, name: str | None = None) -> EagerTensor:
        a, b = pair(op, x, y)
        if a.array.dtype.kind not in kinds:
            floats(op, a, kinds)
        try:
            return EagerTensor.result(function(a, b))
        except (RuntimeError, ValueError) as error:
            raise _invalid_pair(op, a, b, error) from None

    return elementwise


def _invalid_pair(op: str, a: Tensor, b: Tensor, error: Exception) -> InvalidArgumentError:
    """TensorFlow's error for two operands that the engine rejects, mostly because they do not broadcast."""
    try:
        np.broadcast_shapes(a.array.shape, b.array.shape)
    except ValueError:
        return invalid(op, f"Incompatible shapes: {list(a.array.shape)} vs. {list(b.array.shape)}")
    return invalid(op, str(error))


# -- arithmetic ------------------------------------------------------------------------------------------


def _quotient(x: EagerTensor, y: EagerTensor) -> Tensor:
    if x.array.dtype.kind in "iu":
        wide = np.dtype(np.float32 if x.array.dtype.itemsize < 4 else np.float64)
        return arithmetic.true_divide(cast_array(x, wide), cast_array(y, wide))
    return arithmetic.true_divide(x, y)


def _power(x: EagerTensor, y: EagerTensor) -> Tensor:
    if x.array.dtype.kind in "iu" and np.any(y.array < 0):
        raise RuntimeError("Integers to negative integer powers are not allowed")
    return arithmetic.pow(x, y)


def _larger(x: EagerTensor, y: EagerTensor) -> Tensor:
    return selection.where(comparison.logical_or(x.array >= y.array, np.isnan(x.array)), x, y)


def _smaller(x: EagerTensor, y: EagerTensor) -> Tensor:
    return selection.where(comparison.logical_or(x.array <= y.array, np.isnan(x.array)), x, y)


def _divide_no_nan(x: EagerTensor, y: EagerTensor) -> Tensor:
    zero = y.array == 0
    quotient = _quotient(x, EagerTensor.result(selection.where(zero, wrap(y.array.dtype.type(1)), y)))
    return selection.where(zero, 0.0, quotient)


def _multiply_no_nan(x: EagerTensor, y: EagerTensor) -> Tensor:
    undefined = (y.array == 0) & ~np.isfinite(x.array)
    return arithmetic.mul(selection.where(undefined, 0.0, x), y)


add = binary("AddV2", arithmetic.plus, "x + y, elementwise.")
subtract = binary("Sub", arithmetic.minus, "x - y, elementwise.")
multiply = binary("Mul", arithmetic.mul, "x · y, elementwise.")
divide = truediv = binary("RealDiv", _quotient, "x / y, elementwise; integers become float64.")
floordiv = binary(
    "FloorDiv", lambda x, y: _constant(arithmetic.floor_divide, x, y), "x / y rounded down, elementwise; no gradient."
)
floormod = mod = binary("FloorMod", arithmetic.remainder, "x - y · floor(x / y), elementwise.")
pow = binary("Pow", _power, "x to the power y, elementwise.")
maximum = binary("Maximum", _larger, "The larger of x and y, elementwise; at a tie the gradient goes to x.", "iuf")
minimum = binary("Minimum", _smaller, "The smaller of x and y, elementwise; at a tie the gradient goes to x.", "iuf")
squared_difference = binary(
    "SquaredDifference", lambda x, y: squared_size(arithmetic.sub(x, y)), "|x - y|², elementwise."
)
divide_no_nan = binary("DivNoNan", _divide_no_nan, "x / y, elementwise; 0 where y is 0.")
multiply_no_nan = binary(
    "MulNoNan", _multiply_no_nan, "x · y, elementwise; 0 where y is 0, even if x is infinite or NaN.", "fc"
)
_atan2 = binary("Atan2", elementary.atan2, "", "f")


def atan2(y: Any, x: Any, name: str | None = None) -> EagerTensor:
    """The angle of the point (x, y), elementwise; the height y comes first.

    >>> print(atan2(y=1.0, x=0.0))
    tf.Tensor(1.5707964, shape=(), dtype=float32)
    """
    return _atan2(y, x)


def scalar_mul(scalar: Any, x: Any, name: str | None = None) -> EagerTensor:
    """`x` multiplied by a scalar.

    Raises:
        ValueError: `scalar` is not 0-d.
    """
    values = tensor_of(x)
    factor = tensor_of(scalar, values.dtype)
    if factor.array.ndim:
        raise ValueError(f"The input scalar must be a 0-D value. Received shape {factor.array.shape}.")
    return multiply(factor, values)


negative = unary("Neg", arithmetic.neg, "-x.", _ALL)
abs = unary("Abs", arithmetic.abs, "|x|; the gradient at 0 is 0.", _ALL)
sign = unary("Sign", lambda x: arithmetic.sgn(wrap(x.array, x.node)), "-1, 0 or 1; of complex numbers x / |x|.", _ALL)
square = unary("Square", arithmetic.square, "x².", _ALL)
floor = unary("Floor", lambda x: _constant(arithmetic.floor, x), "x rounded down; no gradient.", "f")
ceil = unary("Ceil", lambda x: _constant(arithmetic.ceil, x), "x rounded up; no gradient.", "f")
round = unary("Round", lambda x: _constant(arithmetic.round, x), "x rounded, halves to even; no gradient.", "iuf")
rint = unary("Rint", lambda x: _constant(arithmetic.round, x), "x rounded, halves to even; no gradient.", "f")
sqrt = unary("Sqrt", elementary.sqrt, "√x.")
rsqrt = unary("Rsqrt", elementary.rsqrt, "1 / √x.")
reciprocal = unary("Reciprocal", elementary.reciprocal, "1 / x.")
exp = unary("Exp", elementary.exp, "eˣ.")
expm1 = unary("Expm1", elementary.expm1, "eˣ - 1, accurate near 0.")
log = unary("Log", elementary.log, "The natural logarithm.")
log1p = unary("Log1p", elementary.log1p, "log(1 + x), accurate near 0.")
sin = unary("Sin", elementary.sin, "The sine.")
cos = unary("Cos", elementary.cos, "The cosine.")
tan = unary("Tan", elementary.tan, "The tangent.")
asin = unary("Asin", elementary.asin, "The inverse sine.")
acos = unary("Acos", elementary.acos, "The inverse cosine.")
atan = unary("Atan", elementary.atan, "The inverse tangent.")
sinh = unary("Sinh", elementary.sinh, "The hyperbolic sine.")
cosh = unary("Cosh", elementary.cosh, "The hyperbolic cosine.")
tanh = unary("Tanh", elementary.tanh, "The hyperbolic tangent.")
asinh = unary("Asinh", elementary.asinh, "The inverse hyperbolic sine.")
acosh = unary("Acosh", elementary.acosh, "The inverse hyperbolic cosine.")
atanh = unary("Atanh", elementary.atanh, "The inverse hyperbolic tangent.")
sigmoid = unary("Sigmoid", elementary.sigmoid, "1 / (1 + e⁻ˣ), without overflow.")
erf = unary("Erf", error_function.erf, "The error function.", "f")
erfc = unary("Erfc", error_function.erfc, "1 - erf(x).", "f")
is_nan = unary("IsNan", comparison.isnan, "Whether elements are NaN.", "f")
is_inf = unary("IsInf", comparison.isinf, "Whether elements are infinite.", "f")
is_finite = unary("IsFinite", comparison.isfinite, "Whether elements are neither NaN nor infinite.", "f")


def _constant(function: Callable[..., Tensor], *xs: EagerTensor) -> Tensor:
    """A piecewise constant function: unrecorded, because in TensorFlow its gradient is None, not zero."""
    return function(*[EagerTensor(x.array) for x in xs])


def squared_size(x: Tensor) -> Tensor:
    """|x|²: x² of a real number, x times its conjugate of a complex one, in the dtype of `x`."""
    return arithmetic.square(x) if x.array.dtype.kind != "c" else arithmetic.mul(x, complex_numbers.conj(x))


@operation("Softplus")
def softplus(features: Any, name: str | None = None) -> Tensor:
    """log(1 + eˣ), without overflow."""
    x = floats("Softplus", features, "f")
    above = x.array > 0
    top, bottom = selection.where(above, x, 0.0), selection.where(above, 0.0, x)
    return arithmetic.add(top, elementary.log1p(elementary.exp(arithmetic.sub(bottom, top))))


# -- comparison ------------------------------------------------------------------------------------------

equal = binary("Equal", comparison.eq, "Whether x and y are equal, elementwise.", "biufc")
not_equal = binary("NotEqual", comparison.ne, "Whether x and y differ, elementwise.", "biufc")
less = binary("Less", comparison.lt, "Whether x < y, elementwise.", "iuf")
less_equal = binary("LessEqual", comparison.le, "Whether x <= y, elementwise.", "iuf")
greater = binary("Greater", comparison.gt, "Whether x > y, elementwise.", "iuf")
greater_equal = binary("GreaterEqual", comparison.ge, "Whether x >= y, elementwise.", "iuf")
logical_and = binary("LogicalAnd", comparison.logical_and, "Whether x and y are both true, elementwise.", "b")
logical_or = binary("LogicalOr", comparison.logical_or, "Whether x, y or both are true, elementwise.", "b")
logical_xor = binary("LogicalXor", comparison.logical_xor, "Whether exactly one of x and y is true, elementwise.", "b")
logical_not = unary("LogicalNot", comparison.logical_not, "Whether elements are false.", "b")


# -- dtypes and bounds -------------------------------------------------------------------------------------


@checked("Cast")
def cast(x: Any, dtype: Any, name: str | None = None) -> EagerTensor:
    """`x` converted to another dtype. No gradient passes a cast to integers or booleans.

    Raises:
        TypeError: the dtype is unknown.

    >>> print(cast([1.7, -1.7], "int32"))
    tf.Tensor([ 1 -1], shape=(2,), dtype=int32)
    """
    wanted, tensor = as_dtype(dtype).numpy, tensor_of(x)
    return EagerTensor.result(tensor if tensor.array.dtype == wanted else cast_array(tensor, wanted))


@operation("ClipByValue")
def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any, name: str | None = None) -> Tensor:
    """Limit every element to [clip_value_min, clip_value_max]; the gradient passes at the bounds."""
    x = tensor_of(t)
    low, high = (
        pair("ClipByValue", x, v)[1] if isinstance(v, Tensor) else tensor_of(v, x.dtype)
        for v in (clip_value_min, clip_value_max)
    )
    return selection.where(x.array < low.array, low, selection.where(x.array > high.array, high, x))
