"""Complex numbers: construction from parts, their parts, conjugates and angles, and pairs of real numbers as views."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...base.dtypes import Array, default_float
from ...base.symbolic import as_array, as_one_call
from ...core.operation import Operation, array_of, cast, record, unary, viewing
from ...core.primitive import Primitive
from ...core.tensor import Tensor, wrap
from ..new_memory import with_own_memory
from .arithmetic import zero_cotangent
from .elementary import cos, sin
from .selection import broadcast_shapes, where

__all__ = [
    "angle", "complex", "conj", "conj_physical", "imag", "isreal", "polar", "real", "view_as_complex", "view_as_real",
]  # fmt: skip


_joined = Primitive(
    "complex",
    lambda x, y: x + 1j * y,
    {"x": lambda g, x_dtype: cast(g, x_dtype), "y": lambda g, y_dtype: cast(g * 1j, y_dtype)},
    doc="The complex number x + iy: the real part of g, and that of i g",
)


def complex(real: Tensor, imag: Tensor) -> Tensor:
    """The complex tensor real + i · imag.

    Raises:
        RuntimeError: the two parts do not have the same floating-point dtype.
    """
    if real.array.dtype != imag.array.dtype or real.array.dtype.kind != "f":
        raise RuntimeError(
            f"complex: expected both parts in one floating-point type, but got {real.dtype} and {imag.dtype}"
        )
    joined: Tensor = _join(real, imag)
    return joined


def _join(x: Any, y: Any) -> Any:
    a, b = array_of(x), array_of(y)
    out = as_one_call(_of_parts, a, b)
    return record(_joined, (x, y), out[()], broadcasts=True) if isinstance(x, Tensor) or isinstance(y, Tensor) else out


def _of_parts(real: Any, imag: Any) -> Any:
    out = np.empty(broadcast_shapes(np.shape(real), np.shape(imag)), np.result_type(real, np.complex64))
    out.real, out.imag = real, imag  # not x + iy, in which infinite parts would give NaN
    return out


_joined.function = _join


def polar(abs: Tensor, angle: Tensor) -> Tensor:
    """The complex tensor with the absolute values and angles given."""
    abs, angle = abs * 1, angle * 1  # what the rules save: the arguments may be overwritten, as in PyTorch
    return complex(abs * cos(angle), abs * sin(angle))


_conj = unary("conj", np.conj, lambda g: g.conj(), doc="The complex conjugate")
_real = viewing("real", lambda x: x.real, x=lambda g, x_dtype: cast(g, x_dtype), doc="The real part")
_imag = viewing("imag", lambda x: x.imag, x=lambda g, x_dtype: cast(g, x_dtype) * -1j, doc="The imaginary part")
_angle = unary(
    "angle",
    np.angle,
    lambda g, x: g * where(array_of(x) == 0, 0, x.conj() / where(array_of(x) == 0, 1, x.conj() * x)) * -1j,
    doc="The angle of a complex number",
)


def conj(input: Tensor) -> Tensor:
    """The complex conjugate, in new memory, so that a write into it does not reach `input`; a real tensor itself."""
    return _conj(input) if input.array.dtype.kind == "c" else input


def conj_physical(input: Tensor) -> Tensor:
    """The complex conjugate; in PyTorch computed at once, as it is here in any case."""
    return conj(input)


def real(input: Tensor) -> Tensor:
    """The real part, as a view; a real tensor is returned as it is."""
    return _real(input) if input.array.dtype.kind == "c" else input


def imag(input: Tensor) -> Tensor:
    """The imaginary part, as a view.

    Raises:
        RuntimeError: the tensor is real.
    """
    if input.array.dtype.kind != "c":
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return _imag(input)


@with_own_memory
def angle(input: Tensor) -> Tensor:
    """The angle of each complex number, in radians; for real numbers 0, or π if negative, or NaN."""
    if input.array.dtype.kind == "c":
        return _angle(input)
    x = input.array if input.array.dtype.kind == "f" else input.array.astype(default_float())
    zero_or_nan = np.where(np.isnan(x), x, x.dtype.type(0))
    out = wrap(np.where(x < 0, x.dtype.type(math.pi), zero_or_nan)[()])
    return out + zero_cotangent(input) if input.requires_grad else out


def isreal(input: Tensor) -> Tensor:
    """Whether the imaginary part of each element is 0."""
    return wrap(np.isreal(input.array))


# -- pairs of real numbers in a last dim of size 2: views of the same memory -------------------------------------


def _pairs(x: Array) -> Array:
    x = as_array(x)[..., None]
    return x.view(x.real.dtype)


def _complex_numbers(x: Array) -> Array:
    if x.strides[-1] == x.itemsize and not any(step % (2 * x.itemsize) for step in x.strides[:-1]):
        return x.view(np.result_type(x.dtype, np.complex64))[..., 0]
    return x[..., 0] + 1j * x[..., 1]  # no view: of a cotangent in another layout


_as_pairs: Operation = viewing(
    "view_as_real",
    _pairs,
    x=lambda g: _from_pairs(g).conj(),
    doc="Complex numbers as pairs of real numbers: the pairs of g as complex numbers",
)
_from_pairs: Operation = viewing(
    "view_as_complex",
    _complex_numbers,
    x=lambda g: _as_pairs(g.conj()),
    doc="Pairs of real numbers as complex numbers: g as pairs",
)


def view_as_real(input: Tensor) -> Tensor:
    """The real and imaginary parts as pairs in a new last dim; a view.

    Raises:
        RuntimeError: the tensor is real.
    """
    if input.array.dtype.kind != "c":
        raise RuntimeError(f"view_as_real is only supported for complex tensors, but got {input.dtype}")
    return _as_pairs(input)


def view_as_complex(input: Tensor) -> Tensor:
    """The pairs in the last dim as complex numbers; a view.

    Raises:
        RuntimeError: the dtype is not float32 or float64, the last dim does not have size 2, or the memory layout does
            not keep the two numbers of every pair together.
    """
    if input.array.dtype not in (np.float32, np.float64):
        raise RuntimeError(f"view_as_complex is only supported for float32 and float64 tensors, but got {input.dtype}")
    if not input.array.ndim or input.array.shape[-1] != 2:
        raise RuntimeError(f"Tensor must have a last dimension of size 2, but its shape is {input.array.shape}")
    *steps, last = input.stride()
    if last != 1 or any(step % 2 for step in steps) or input.storage_offset() % 2:
        raise RuntimeError(
            "view_as_complex: the last dim must have stride 1, and the other strides and the storage offset must be "
            f"even, but the strides are {input.stride()} and the offset is {input.storage_offset()}: make it "
            "contiguous() or clone() it first"
        )
    return _from_pairs(input)
