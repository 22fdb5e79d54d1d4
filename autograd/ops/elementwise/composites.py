"""Elementwise functions composed of primitives, from which their gradients follow."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ...base.dtypes import default_float, element_as, result_numpy
from ...base.symbolic import as_array
from ...core.errors import check_float, check_kind
from ...core.operation import array_of, as_dtype, binary, unary
from ...core.tensor import Tensor, wrap
from ..arguments import named
from ..half_precision import in_single_precision
from .arithmetic import pow, zero_cotangent
from .complex_numbers import complex as as_complex, imag, real
from .elementary import exp, log1p, sin
from .selection import clamp, keep, where

__all__ = [
    "clamp_max", "clamp_min", "copysign", "deg2rad", "fill", "fmax", "fmin", "frexp", "gcd", "heaviside", "lcm",
    "ldexp", "lerp", "logaddexp", "logaddexp2", "logit", "nan_to_num", "nextafter", "positive", "rad2deg",
    "resolve_conj", "resolve_neg", "sinc",
]  # fmt: skip


def as_float(input: Tensor) -> Tensor:
    """`input`, converted to floating point if it holds integers or booleans."""
    return input if input.array.dtype.kind in "fc" else as_dtype(input, default_float())


def _arrays_of_common_type(input: Any, other: Any) -> tuple[Any, Any]:
    """The arrays of two operands, in their common dtype."""
    common = result_numpy((array_of(input), array_of(other)))
    return as_array(array_of(input), common), as_array(array_of(other), common)


def clamp_max(input: Tensor, max: Any) -> Tensor:
    """Limit every element to at most `max`, a number or a tensor."""
    return clamp(input, max=max)


def clamp_min(input: Tensor, min: Any) -> Tensor:
    """Limit every element to at least `min`, a number or a tensor."""
    return clamp(input, min=min)


copysign = binary(
    "copysign",
    np.copysign,
    lambda g, x, out: keep(where(np.signbit(array_of(x)) == np.signbit(array_of(out)), g, -g), array_of(x) != 0),
    zero_cotangent,
    kinds="f",
    doc="|x| with the sign of y, of which -0 is negative: g for x whose sign is kept, -g where it changes; 0 at 0",
)


def deg2rad(input: Tensor) -> Tensor:
    """Convert degrees to radians."""
    return as_float(input) * (math.pi / 180)


def rad2deg(input: Tensor) -> Tensor:
    """Convert radians to degrees."""
    return as_float(input) * (180 / math.pi)


def fmax(input: Tensor, other: Tensor) -> Tensor:
    """The larger of two elements, ignoring NaN where the other is a number; at a tie `input` gets the gradient."""
    a, b = _arrays_of_common_type(input, other)
    return where((a >= b) | np.isnan(b), input, other)


def fmin(input: Tensor, other: Tensor) -> Tensor:
    """The smaller of two elements, ignoring NaN where the other is a number; at a tie `input` gets the gradient."""
    a, b = _arrays_of_common_type(input, other)
    return where((a <= b) | np.isnan(b), input, other)


@in_single_precision
def ldexp(input: Tensor, other: Tensor) -> Tensor:
    """`input` · 2^`other`."""
    common = result_numpy((array_of(input), array_of(other)))
    common = common if common.kind in "fc" else default_float()
    # The copy of `input` is what the rule saves: `input` may be overwritten, as in PyTorch.
    return input * 1 * pow(2.0, as_dtype(other, common))


@in_single_precision
def logaddexp(input: Tensor, other: Tensor) -> Tensor:
    """log(eˣ + eʸ), without overflow."""
    a, b = _arrays_of_common_type(input, other)
    first = a.real >= b.real
    top, bottom = where(first, input, other), where(first, other, input)
    return top + log1p(exp(where((a == b) & np.isinf(a), 0, bottom - top)))


@in_single_precision
def logaddexp2(input: Tensor, other: Tensor) -> Tensor:
    """log₂(2ˣ + 2ʸ), without overflow."""
    common = result_numpy((array_of(input), array_of(other)))
    common = common if common.kind in "fc" else default_float()
    x, y = as_dtype(input, common), as_dtype(other, common)
    return logaddexp(x * math.log(2), y * math.log(2)) / math.log(2)


def heaviside(input: Tensor, values: Tensor) -> Tensor:
    """The unit step: 0 below 0, 1 above, and `values` at 0.

    Raises:
        RuntimeError: the dtypes differ.
    """
    if input.array.dtype != values.array.dtype:
        raise RuntimeError(
            f"heaviside is not yet implemented for tensors with different dtypes: {input.dtype} and {values.dtype}"
        )
    return where(input.array == 0, values, wrap((input.array > 0).astype(input.array.dtype)))


@in_single_precision
def lerp(input: Tensor, end: Tensor, weight: Any) -> Tensor:
    """Linear interpolation from `input` (weight 0) to `end` (weight 1), computed from the nearer of the two.

    Raises:
        NotImplementedError: the elements are integers.
        RuntimeError: `end`, or a `weight` with dims, has another dtype.
    """
    check_float("lerp", input)
    for name, other in (("end", end), ("weight", weight)):
        if isinstance(other, Tensor) and other.dtype is not input.dtype and (name == "end" or other.ndim):
            raise RuntimeError(f"lerp: expected dtype {input.dtype} for `{name}` but got dtype {other.dtype}")
    rest = 1 - weight
    if isinstance(weight, Tensor):
        return where(np.abs(weight.array) < 0.5, input + weight * (end - input), end - rest * (end - input))
    return input + weight * (end - input) if abs(weight) < 0.5 else end - rest * (end - input)


def logit(input: Tensor, eps: float | None = None) -> Tensor:
    """log(x / (1 - x)), the inverse of the sigmoid; with `eps`, x is first limited to [eps, 1 - eps]."""
    x = as_float(input)
    return _logit(x if eps is None else clamp(x, eps, 1 - eps))


def _spread_of_bernoulli(x: Any) -> Any:
    """x (1 - x), and NaN outside [0, 1]."""
    return where((array_of(x) < 0) | (array_of(x) > 1), math.nan, x * (1 - x))


_logit = unary(
    "logit",
    lambda x: np.log(x / (1 - x)),
    lambda g, x: g / _spread_of_bernoulli(x),
    kinds="f",
    doc="log(x / (1 - x)): g / (x (1 - x)), and NaN outside [0, 1]",
)


def nan_to_num(input: Tensor, nan: Any = None, posinf: Any = None, neginf: Any = None) -> Tensor:
    """NaN replaced by 0, and infinities by the largest finite numbers of the dtype, or by the numbers given."""
    kind = input.array.dtype.kind
    if kind == "c":
        return as_complex(*(nan_to_num(part, nan, posinf, neginf) for part in (real(input), imag(input))))
    if kind != "f":
        return input.clone()
    given: list[Any] = [v if v is None else element_as(v, input.array.dtype) for v in (nan or 0, posinf, neginf)]
    out: Tensor = where(np.isfinite(input.array), input, np.nan_to_num(input.array, True, *given))
    return out


def positive(input: Tensor) -> Tensor:
    """`+input`: the tensor itself.

    Raises:
        RuntimeError: `input` is boolean.
    """
    check_kind("positive", input.array.dtype, "iufc")
    return input


@in_single_precision
def sinc(input: Tensor) -> Tensor:
    """sin(πx) / πx, and 1 at 0. Near 0 it is computed by its series, which has the derivatives of every order."""
    x = as_float(input) * math.pi
    near = np.abs(x.array) < 0.5
    square, series = pow(where(near, x, 0), 2), 0.0
    for n in reversed(range(8)):
        series = series * square + (-1) ** n / math.factorial(2 * n + 1)
    away = where(near, 1, x)
    return where(near, series, sin(away) / away)


def _of_integers(name: str, ufunc: np.ufunc, doc: str) -> Callable[[Tensor, Tensor], Tensor]:
    """Define a function of two integers, element by element."""

    def function(input: Tensor, other: Tensor) -> Tensor:
        x, y = _arrays_of_common_type(input, other)
        if x.dtype.kind not in "iu":
            raise NotImplementedError(f"{name}: not implemented for {x.dtype} elements: it takes integers")
        return wrap(ufunc(x, y)[()])

    return named(function, name, f"{doc}\n\nRaises:\n    NotImplementedError: an operand does not hold integers.\n")


gcd = _of_integers("gcd", np.gcd, "The greatest common divisor of integers.")
lcm = _of_integers("lcm", np.lcm, "The least common multiple of integers.")


nextafter = binary(
    "nextafter",
    np.nextafter,
    lambda g, x, y: keep(g, array_of(x) != array_of(y)),
    zero_cotangent,
    kinds="f",
    doc="The next number from x towards y: g for x, but 0 where x = y; 0 for y",
)


def resolve_conj(input: Tensor) -> Tensor:
    """The tensor itself: conjugation is never lazy here."""
    return input


def resolve_neg(input: Tensor) -> Tensor:
    """The tensor itself: negation is never lazy here."""
    return input


def fill(input: Tensor, value: Any) -> Tensor:
    """A tensor of the shape and dtype of `input` filled with `value`, a number or 0-d tensor."""
    return where(np.ones(input.array.shape, bool), as_dtype(value, input.array.dtype), input)


class Frexp(NamedTuple):
    """A mantissa, whose absolute value is in [0.5, 1), and the exponent of 2."""

    mantissa: Tensor
    exponent: Tensor


def frexp(input: Tensor) -> Frexp:
    """Split each number into mantissa · 2^exponent.

    Raises:
        RuntimeError: `input` is not a real floating-point tensor.
    """
    if input.array.dtype.kind != "f":
        raise RuntimeError(f"torch.frexp() only supports floating-point dtypes, but got {input.dtype}")
    _, exponent = np.frexp(input.array)
    # Two factors, because 2^-exponent alone may overflow.
    half = -exponent // 2
    mantissa = input * wrap(np.ldexp(np.ones_like(input.array), half)[()])
    mantissa = mantissa * wrap(np.ldexp(np.ones_like(input.array), -exponent - half)[()])
    return Frexp(mantissa, wrap(exponent.astype(np.int32)))
