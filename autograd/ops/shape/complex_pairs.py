"""Complex numbers as pairs of real numbers in a last dim of size 2, and back."""

from __future__ import annotations

from ...core.tensor import Tensor
from ..elementwise.complex_numbers import complex as as_complex, imag, real
from .joining import stack

__all__ = ["view_as_complex", "view_as_real"]


def view_as_real(input: Tensor) -> Tensor:
    """The real and imaginary parts as pairs in a new last dim; a copy.

    Raises:
        RuntimeError: the tensor is real.
    """
    if input.array.dtype.kind != "c":
        raise RuntimeError(f"view_as_real is only supported for complex tensors, but got {input.dtype}")
    return stack([real(input), imag(input)], -1)


def view_as_complex(input: Tensor) -> Tensor:
    """The pairs in the last dim as complex numbers; a copy.

    Raises:
        RuntimeError: the last dim does not have size 2.
    """
    if not input.array.ndim or input.array.shape[-1] != 2:
        raise RuntimeError(f"Tensor must have a last dimension of size 2, but its shape is {input.array.shape}")
    return as_complex(input[..., 0], input[..., 1])
