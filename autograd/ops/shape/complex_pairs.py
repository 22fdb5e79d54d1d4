"""Complex numbers seen as pairs of real numbers in a last dim of size 2, and back: views of the same memory."""

from __future__ import annotations

import numpy as np

from ...base.dtypes import Array
from ...base.symbolic import as_array
from ...core.operation import Operation, viewing
from ...core.tensor import Tensor

__all__ = ["view_as_complex", "view_as_real"]


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
