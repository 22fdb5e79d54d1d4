"""Arithmetic: sums, products, quotients, powers, absolute values, signs and rounding."""

from __future__ import annotations

import cmath
import functools
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ...base.dtypes import Array, number_as, result_numpy
from ...base.half_precision import HALF, SINGLE
from ...base.symbolic import as_array
from ...core.errors import type_name
from ...core.operation import array_of, as_dtype, binary, primitive, unary
from ...core.out import compute_into
from ...core.public import factors_first
from ...core.tensor import Tensor
from ..arguments import named
from ..half_precision import in_single_precision
from .elementary import log, reciprocal
from .selection import where

__all__ = [
    "abs", "absolute", "add", "ceil", "div", "divide", "fix", "float_power", "floor", "floor_divide", "fmod",
    "frac", "mul", "multiply", "neg", "negative", "pow", "remainder", "round", "sgn", "sign", "square", "sub",
    "subtract", "true_divide", "trunc",
]  # fmt: skip


def zero_cotangent(g: Any) -> Any:
    """The rule of a step function, whose slope is 0 almost everywhere: zeros like `g`, even where `g` is not finite."""
    return where(True, 0, g * 0) if isinstance(g, Tensor) else np.zeros(np.shape(g), g.dtype)


plus = binary("add", operator.add, lambda g: g, lambda g: g, doc="x + y, broadcast")
minus = binary("sub", operator.sub, lambda g: g, lambda g: -g, kinds="iufc", doc="x - y, broadcast")
mul = multiply = binary("mul", operator.mul, lambda g, y: g * y, lambda g, x: g * x, doc="x · y, broadcast")
quotient = binary(
    "div", operator.truediv, lambda g, y: g / y, lambda g, x, y: -g * (x / y) / y, kinds="fc", doc="x / y, broadcast"
)
neg = negative = unary("neg", operator.neg, lambda g: -g, kinds="iufc", doc="-x")
square = unary("square", lambda x: _squared(x), lambda g, x: g * (2 * x), kinds="biufc", doc="x²")


def _squared(x: Array) -> Array:
    out = x * x
    return out.astype(np.int64) if getattr(out, "dtype", None) == np.bool_ else out


_ONE = 1  # the default of alpha, recognized without a comparison


def _scaled(name: str, input: Any, other: Any, alpha: Any) -> Any:
    """`other` times `alpha`, a number, in the common dtype of `input` and `other`."""
    if not isinstance(alpha, (int, float, complex, np.number, Tensor)):
        raise TypeError(f"{name}(): argument 'alpha' must be Number, not {type_name(alpha)}")
    common = result_numpy((array_of(input), array_of(other)))
    alpha = alpha.item() if isinstance(alpha, (Tensor, np.number)) else alpha
    if common.kind != "b" and isinstance(alpha, bool):
        raise RuntimeError(f"{name}: Boolean alpha only supported for Boolean results, but got {alpha} for {common}")
    if common.kind in "biu" and not isinstance(alpha, int):
        raise RuntimeError(
            f"{name}: For integral input tensors, argument alpha must not be a floating point number, but got {alpha}"
        )
    return other if alpha == 1 else mul(as_dtype(other, common), number_as(alpha, common))


@factors_first("alpha")
def add(input: Any, other: Any, *, alpha: Any = 1, out: Any = None) -> Any:
    """`input + alpha * other`, with broadcasting and type promotion.

    >>> from autograd import tensor
    >>> add(tensor([1.0, 2.0]), tensor([10.0]), alpha=2)
    tensor([21., 22.])
    """
    return plus(input, other if alpha is _ONE else _scaled("add", input, other, alpha), out=out)


@factors_first("alpha")
def sub(input: Any, other: Any, *, alpha: Any = 1, out: Any = None) -> Any:
    """`input - alpha * other`, with broadcasting and type promotion.

    Raises:
        RuntimeError: one is boolean, for which subtraction is not supported.
    """
    return minus(input, other if alpha is _ONE else _scaled("sub", input, other, alpha), out=out)


subtract = sub


def divided_into(input: Any, other: Any) -> Any:
    """`other / input`. A number is multiplied by the reciprocal, as in PyTorch, so that `input` may be overwritten."""
    return reciprocal(input) * other if isinstance(other, (int, float, complex)) else quotient(other, input)


def div(input: Any, other: Any, *, rounding_mode: str | None = None, out: Any = None) -> Any:
    """`input / other`; with `rounding_mode`, rounded down ("floor") or towards zero ("trunc").

    >>> from autograd import tensor
    >>> div(tensor([7, -7]), 2), div(tensor([7, -7]), 2, rounding_mode="floor")
    (tensor([ 3.5000, -3.5000]), tensor([ 3, -4]))
    """
    if rounding_mode is None:
        return quotient(input, other, out=out)
    if out is not None:
        return compute_into(out, div, input, other, rounding_mode=rounding_mode)
    if not isinstance(rounding_mode, str):
        raise TypeError(f"div(): argument 'rounding_mode' must be str, not {type_name(rounding_mode)}")
    if rounding_mode == "floor":
        return floor_divide(input, other)
    if rounding_mode == "trunc":
        common = result_numpy((array_of(input), array_of(other)))
        if common.kind in "iu":
            return as_dtype(trunc(quotient(input, other)), common)
        return _truncated_quotient(input, other)
    raise RuntimeError(f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found {rounding_mode!r}")


divide = true_divide = div


# -- powers -----------------------------------------------------------------------------------------


def _slope_of_power(x: Any, exponent: Any) -> Any:
    """The derivative exponent · x^(exponent-1), and 0 for the constant x⁰."""
    return exponent * x ** (exponent - 1) if exponent != 0 else 0


def _raise_to(x: Array, exponent: Any) -> Array:
    # NumPy's power multiplies only for squares; for cubes two products are five times faster.
    return x * x * x if exponent == 3 else x**exponent


_power_by_number = primitive(
    "pow_number",
    _raise_to,
    x=lambda g, x, exponent: g * _slope_of_power(x, exponent),
    keeps_layout=True,
    doc="x raised to a number n: g n xⁿ⁻¹, and 0 for n = 0",
)
_number_to_power = primitive(
    "exp_number",
    lambda base, y: base**y,
    y=lambda g, base, out: g * (out * _log_of_number(base, out)),
    keeps_layout=True,
    doc="A number raised to y: g times the result times the logarithm of the number",
)


def _log_of_number(base: Any, out: Any) -> Any:
    if array_of(out).dtype.kind == "c":
        return cmath.log(base)
    return math.log(base) if base > 0 else math.nan


def _power_rule_of_base(g: Any, x: Any, y: Any) -> Any:
    """g · y · xʸ⁻¹, and 0 where y = 0, for every x."""
    constant = array_of(y) == 0
    return where(constant, 0, g * (y * x ** where(constant, 1, y - 1)))


def _power_rule_of_exponent(g: Any, x: Any, y: Any, out: Any) -> Any:
    """g · xʸ · log x, and 0 where x = 0 ≤ y."""
    constant = (array_of(x) == 0) & (array_of(y).real >= 0)
    return where(constant, 0, g * (out * log(where(constant, 1, x))))


def _raised(x: Array, y: Array) -> Array:
    try:
        return x**y
    except ValueError:
        if x.dtype.kind not in "iu" or not np.any(y < 0):
            raise
        # NumPy refuses negative powers of integers: the result is 0, except for the bases 1 and -1.
        return np.where((y >= 0) | (x == 1) | (x == -1), x ** np.abs(y), 0)[()]


_power = binary(
    "pow",
    _raised,
    _power_rule_of_base,
    _power_rule_of_exponent,
    doc="xʸ: g y xʸ⁻¹ (0 where y = 0) and g xʸ log x (0 where x = 0 ≤ y)",
)


def pow(input: Any, exponent: Any, *, out: Any = None) -> Any:
    """`input` raised to `exponent`, with broadcasting; one of the two may be a number.

    0⁰ is 1, with gradient 0; where the base is negative, the gradient of the exponent is NaN, as in PyTorch.

    Raises:
        RuntimeError: an integer is raised to a negative integer number, or to one that its dtype cannot hold.

    >>> from autograd import tensor
    >>> pow(tensor([1.0, 2.0, 3.0]), 2)
    tensor([1., 4., 9.])
    """
    if out is not None:
        return compute_into(out, pow, input, exponent)
    is_number = type(exponent) is int or type(exponent) is float
    if is_number and isinstance(input, Tensor) and input.array.dtype.char in "fd":  # usual: nothing to convert
        return square(input) if exponent == 2 else _power_by_number(input, exponent)
    if isinstance(exponent, np.generic):
        exponent = exponent.item()
    if isinstance(input, Tensor) and isinstance(exponent, (bool, int, float, complex)):
        x = as_dtype(input, result_numpy((input.array, exponent)))
        if x.array.dtype.kind in "biu" and exponent.real < 0:
            raise RuntimeError(
                f"Integers to negative integer powers are not allowed: got {x.dtype} to the power {exponent}; "
                "convert the base with .float()"
            )
        if x.array.dtype.kind in "iu" or x.array.dtype == HALF:
            exponent = number_as(exponent, x.array.dtype).item()
        return square(x) if exponent == 2 else _power_by_number(x, exponent)
    if isinstance(input, np.generic):
        input = input.item()
    if isinstance(exponent, Tensor) and isinstance(input, (bool, int, float, complex)):
        y = as_dtype(exponent, result_numpy((exponent.array, input)))
        if y.array.dtype.kind in "fc" and input != 0:
            return _number_to_power(input, y)
        return _power(number_as(input, y.array.dtype), y)
    return _power(input, exponent)


def float_power(input: Any, exponent: Any) -> Any:
    """`input` raised to `exponent`, computed in double precision."""
    common = result_numpy((array_of(input), array_of(exponent)))
    wide = np.dtype(np.complex128 if common.kind == "c" else np.float64)
    return pow(*(as_dtype(v, wide) if isinstance(v, Tensor) else v for v in (input, exponent)))


# -- absolute values and signs; the slope of |x| at 0 is taken to be 0 -----------------------------------


def _sign(x: Array) -> Array:
    # By two comparisons, so that NaN has the sign 0, as in PyTorch.
    kind = as_array(x).dtype
    return x.copy() if kind.kind == "b" else (x > 0).astype(kind) - (x < 0).astype(kind)


sign = unary("sign", _sign, zero_cotangent, kinds="biuf", doc="-1, 0 or 1 for x negative, 0 or positive: 0")
_abs = unary("abs", np.abs, lambda g, x: g * sign(x), kinds="biuf", doc="The absolute value")
_modulus = unary(
    "modulus",
    np.abs,
    lambda g, x, out: g * where(array_of(out) == 0, 0, x.conj() / where(array_of(out) == 0, 1, out)),
    doc="|x| of complex numbers: g x* / |x|, and 0 for x = 0",
)


def abs(input: Any) -> Any:
    """The absolute value, of complex numbers the modulus. Its gradient at 0 is 0.

    >>> from autograd import tensor
    >>> abs(tensor([-1.0, 2.0]))
    tensor([1., 2.])
    """
    return _modulus(input) if array_of(input).dtype.kind == "c" else _abs(input)


absolute = abs


def sgn(input: Any) -> Any:
    """The sign: -1, 0 or 1; of complex numbers x / |x|, or 0."""
    if array_of(input).dtype.kind != "c":
        return sign(input)
    size = _modulus(input)
    zero = array_of(size) == 0
    return where(zero, 0, input / where(zero, 1, size))


# -- rounding: the slope is 0 almost everywhere ----------------------------------------------------------

floor = unary("floor", np.floor, zero_cotangent, kinds="iuf", doc="x rounded down: 0")
ceil = unary("ceil", np.ceil, zero_cotangent, kinds="iuf", doc="x rounded up: 0")
trunc = fix = unary("trunc", np.trunc, zero_cotangent, kinds="iuf", doc="x rounded towards 0: 0")
_rint = unary(
    "round",
    lambda x: np.round(x),
    zero_cotangent,
    kinds="iuf",
    doc="x rounded to the nearest integer, halves to the even one: 0",
)
frac = unary("frac", lambda x: x - np.trunc(x), lambda g: g, doc="The fractional part of x")


@in_single_precision
def round(input: Any, *, decimals: int = 0) -> Any:
    """`input` rounded to integers, or to `decimals` decimal places; halves are rounded to even."""
    if decimals == 0:
        return _rint(input)
    scale = 10.0**decimals
    return _rint(input * scale) / scale


def _by_quotient(ufunc: np.ufunc, rounded: np.ufunc, sign_of: int | None = None) -> Callable[[Array, Array], Array]:
    """A forward that computes `ufunc` of many float32 from q = x / y, rounded, in float64: the same bits, much faster.

    While |q| < 2²², float64 holds q and x - q y exactly. Otherwise, as of infinity and NaN, NumPy's function is called.
    """

    @functools.wraps(ufunc)
    def forward(x: Array, y: Array) -> Array:
        if type(x) is not np.ndarray or x.size < 2048 or not x.dtype == SINGLE == getattr(y, "dtype", SINGLE):
            return ufunc(x, y)
        y = y if isinstance(y, np.ndarray) else SINGLE.type(y)
        q = rounded(np.divide(x, y, dtype=np.float64))
        if not np.all(np.abs(q) < 2**22):
            return ufunc(x, y)
        if sign_of is None:
            return q.astype(SINGLE)
        q *= y
        return np.copysign(np.subtract(x, q, out=q), (x, y)[sign_of], dtype=SINGLE, casting="same_kind")

    return forward


_floor_quotient = binary(
    "floor_divide",
    _by_quotient(np.floor_divide, np.floor),
    zero_cotangent,
    zero_cotangent,
    kinds="biuf",
    doc="x / y rounded down: 0",
)
_truncated_quotient = binary(
    "trunc_divide",
    lambda x, y: np.trunc(x / y),
    zero_cotangent,
    zero_cotangent,
    kinds="fc",
    doc="x / y rounded towards 0: 0",
)
_modulo = binary(
    "remainder",
    _by_quotient(np.remainder, np.floor, 1),
    lambda g: g,
    lambda g, x, y: -g * _floor_quotient(x, y),
    kinds="biuf",
    doc="The remainder of x / y, with the sign of y",
)
_fmod = binary(
    "fmod",
    _by_quotient(np.fmod, np.trunc, 0),
    lambda g: g,
    lambda g, x, y: -g * _truncated_quotient(x, y),
    kinds="biuf",
    doc="The remainder of x / y, with the sign of x",
)


def _by_divisor(name: str, divide: Callable[[Any, Any], Any], doc: str) -> Callable[[Any, Any], Any]:
    """Define a division of `input` by `other` that refuses integers divided by 0."""

    def function(input: Any, other: Any) -> Any:
        a, b = array_of(input), array_of(other)
        if result_numpy((a, b)).kind in "biu" and not np.all(b):
            raise RuntimeError(f"ZeroDivisionError: {name} of integers by zero")
        return divide(input, other)

    return named(function, name, f"{doc}\n\nRaises:\n    RuntimeError: an integer is divided by 0.\n")


floor_divide = _by_divisor("floor_divide", _floor_quotient, "The quotient rounded down.")
remainder = _by_divisor("remainder", _modulo, "The remainder with the sign of the divisor, as Python's `%`.")
fmod = _by_divisor("fmod", _fmod, "The remainder with the sign of the dividend, as C's `fmod`.")
