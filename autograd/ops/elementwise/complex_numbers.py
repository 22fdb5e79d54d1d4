"""TODO: say what idea this file holds."""

from __future__ import annotations

import math

import numpy as np

from ...base.dtypes import default_float
from ...core.operation import cast, unary, viewing
from ...core.tensor import Tensor, wrap
from .arithmetic import _zero
from .elementary import cos, sin

__all__ = ["angle", "complex", "conj", "conj_physical", "imag", "isreal", "polar", "real"]


def isreal(input: Tensor) -> Tensor:
    """Whether elements have no imaginary part."""
    return wrap(np.isreal(input.array))


def polar(abs: Tensor, angle: Tensor) -> Tensor:
    """Complex numbers of these moduli and angles."""
    return complex(abs * cos(angle), abs * sin(angle))


def complex(real: Tensor, imag: Tensor) -> Tensor:
    """A complex tensor of its two parts.

    Raises:
        RuntimeError: they are not of one floating-point type.
    """
    if real.array.dtype != imag.array.dtype or real.array.dtype.kind != "f":
        raise RuntimeError(
            f"complex: expected both parts in one floating-point type, but got {real.dtype} and {imag.dtype}"
        )
    return real + imag * 1j


_conj = unary("conj", np.conj, lambda g: g.conj(), doc="The complex conjugate")

_real = viewing("real", lambda x: x.real, x=lambda g, x_dtype: cast(g, x_dtype), doc="The real part")

_imag = viewing("imag", lambda x: x.imag, x=lambda g, x_dtype: cast(g, x_dtype) * -1j, doc="The imaginary part")

_angle = unary(
    "angle", np.angle, lambda g, x: g * x.conj() / (x.conj() * x) * -1j, doc="The argument of a complex number"
)


def conj(input: Tensor) -> Tensor:
    """The complex conjugate; a real tensor is returned as it is."""
    return _conj(input) if input.array.dtype.kind == "c" else input


conj_physical = conj


def real(input: Tensor) -> Tensor:
    """The real part, a view; a real tensor is returned as it is."""
    return _real(input) if input.array.dtype.kind == "c" else input


def imag(input: Tensor) -> Tensor:
    """The imaginary part, a view.

    Raises:
        RuntimeError: the tensor is real.
    """
    if input.array.dtype.kind != "c":
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return _imag(input)


def angle(input: Tensor) -> Tensor:
    """The argument of each complex number, in radians; 0 or π for real ones."""
    if input.array.dtype.kind == "c":
        return _angle(input)
    as_float = input.array if input.array.dtype.kind == "f" else input.array.astype(default_float())
    flat = np.where(np.isnan(as_float), as_float, as_float.dtype.type(0))
    turned = wrap(np.where(as_float < 0, as_float.dtype.type(math.pi), flat)[()])
    return turned + _zero(input) if input.requires_grad else turned
