"""Special functions (gamma, error, Bessel), x log y and the like, polynomials, and parts of complex numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import special as core
from ..core.tensor import Tensor
from ..ops.elementwise import arithmetic, complex_numbers, elementary, selection
from ..ops.reduce import cumulative
from ..ops.shape import joining, reordering, splitting
from ..ops.special import bessel, error_function, gamma
from .elementwise import add, binary, negative, pair, softplus, unary
from .errors import invalid
from .reductions import axis_of
from .tensors import EagerTensor, checked, operation, tensor_of

#: The name at the top level of `autograd.tensorflow`; the others are in tf.math.
__all__ = ["complex"]

lgamma = unary("Lgamma", gamma.lgamma, "The logarithm of |Γ(x)|.", "f")
digamma = unary("Digamma", gamma.digamma, "The derivative of log Γ(x).", "f")
erfinv = unary("Erfinv", error_function.erfinv, "The inverse of the error function.", "f")
ndtri = unary("Ndtri", error_function.ndtri, "The inverse of the standard normal distribution function.", "f")
bessel_i0 = unary("BesselI0", bessel.i0, "The modified Bessel function of the first kind, of order 0.", "f")
bessel_i1 = unary("BesselI1", core.i1, "The modified Bessel function of the first kind, of order 1.", "f")
_igamma, _igammac = binary("Igamma", gamma.igamma, "", "f"), binary("Igammac", gamma.igammac, "", "f")


def igamma(a: Any, x: Any, name: str | None = None) -> EagerTensor:
    """The regularized lower incomplete gamma function P(a, x)."""
    return _igamma(a, x)


def igammac(a: Any, x: Any, name: str | None = None) -> EagerTensor:
    """The regularized upper incomplete gamma function Q(a, x)."""
    return _igammac(a, x)


def _zero_where_x_is_zero(function: Callable[[Any, Any], Tensor]) -> Callable[[EagerTensor, EagerTensor], Tensor]:
    """A function of x and y that is 0 where x is 0, whatever y is."""

    def guarded(x: EagerTensor, y: EagerTensor) -> Tensor:
        zero = x.array == 0
        return selection.where(zero, 0.0, function(x, selection.where(zero, 1.0, y)))

    return guarded


def _times(function: Callable[[Any], Tensor]) -> Callable[[Any, Any], Tensor]:
    return lambda x, y: arithmetic.mul(x, function(y))


def _reciprocal_no_nan(x: EagerTensor) -> Tensor:
    zero = x.array == 0
    return selection.where(zero, 0.0, elementary.reciprocal(selection.where(zero, 1.0, x)))


conj = unary("Conj", complex_numbers.conj, "The complex conjugate.", "biufc")
log_sigmoid = unary("LogSigmoid", lambda x: arithmetic.neg(softplus(negative(x))), "log sigmoid(x), without overflow.")
reciprocal_no_nan = unary("ReciprocalNoNan", _reciprocal_no_nan, "1 / x; 0 where x is 0.")
xlogy = binary("Xlogy", _zero_where_x_is_zero(_times(elementary.log)), "x log y; 0 where x is 0.", "fc")
xlog1py = binary("Xlog1py", _zero_where_x_is_zero(_times(elementary.log1p)), "x log(1 + y); 0 where x is 0.", "fc")
xdivy = binary("Xdivy", _zero_where_x_is_zero(arithmetic.true_divide), "x / y; 0 where x is 0.", "fc")


@checked("Polyval")
def polyval(coeffs: Any, x: Any, name: str | None = None) -> EagerTensor:
    """The value at x of the polynomial with these coefficients, that of the highest power first.

    Raises:
        ValueError: `coeffs` is not a list.

    >>> print(polyval([3.0, 0.0, 1.0], 2.0))
    tf.Tensor(13.0, shape=(), dtype=float32)
    """
    if not isinstance(coeffs, list):
        raise ValueError(f"Argument coeffs must be list type. Received type {type(coeffs)}.")
    value = tensor_of(x)
    total: Any = EagerTensor(np.zeros_like(value.array)[()])
    for coefficient in coeffs:
        total = add(total * value, coefficient)
    return total


@operation("Cumprod")
def cumprod(x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None) -> Tensor:
    """The cumulative product along an axis; `exclusive` excludes the element itself, `reverse` starts at the end."""
    t: Any = tensor_of(x)
    axis = axis_of(axis)
    t = reordering.flip(t, [axis]) if reverse else t
    if exclusive:
        first = EagerTensor(np.ones_like(np.take(t.array, [0], axis)))
        t = joining.cat([first, splitting.narrow(t, axis, 0, t.array.shape[axis] - 1)], axis)
    out = cumulative.cumprod(t, axis, dtype=t.dtype)
    return reordering.flip(out, [axis]) if reverse else out


@checked("Complex")
def complex(real: Any, imag: Any, name: str | None = None) -> EagerTensor:
    """Complex numbers from their real and imaginary parts.

    >>> print(complex(1.0, 2.0))
    tf.Tensor((1+2j), shape=(), dtype=complex64)
    """
    x, y = pair("Complex", real, imag)
    if x.array.dtype not in (np.float32, np.float64):
        raise TypeError(
            f"The `real` and `imag` components have incorrect types: {x.dtype.name} {y.dtype.name}. They must be "
            "consistent, and one of [tf.float32, tf.float64]"
        )
    return EagerTensor.result(arithmetic.add(x, arithmetic.mul(y, 1j)))


@checked("Real")
def real(input: Any, name: str | None = None) -> EagerTensor:
    """The real part."""
    return EagerTensor.result(complex_numbers.real(tensor_of(input)))


@checked("Imag")
def imag(input: Any, name: str | None = None) -> EagerTensor:
    """The imaginary part; 0 for real numbers."""
    x = tensor_of(input)
    if x.array.dtype.kind != "c":
        return EagerTensor(np.zeros_like(x.array)[()])
    return EagerTensor.result(complex_numbers.imag(x))


@checked("Angle")
def angle(input: Any, name: str | None = None) -> EagerTensor:
    """The argument (angle) of complex numbers, in radians."""
    x = tensor_of(input)
    if x.array.dtype.kind not in "fc":
        raise invalid("Angle", f"Value for attr 'T' of {x.dtype.name} is not in the list of allowed values")
    if x.array.dtype.kind == "f":  # 0 or π, a constant
        return EagerTensor(np.where(x.array < 0, np.pi, 0).astype(x.array.dtype)[()])
    return EagerTensor.result(elementary.atan2(imag(x), real(x)))
