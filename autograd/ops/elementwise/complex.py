"""TODO: say what idea this file holds."""

from __future__ import annotations

import numpy as np

from ...core.tensor import Tensor, wrap
from ..creation.filled import complex as as_complex
from ..shape.joining import stack
from .arithmetic import imag, real
from .elementary import cos, sin

__all__ = ["isreal", "polar", "view_as_complex", "view_as_real"]


def isreal(input: Tensor) -> Tensor:
    """Whether elements have no imaginary part."""
    return wrap(np.isreal(input.array))


def polar(abs: Tensor, angle: Tensor) -> Tensor:
    """Complex numbers of these moduli and angles."""
    return as_complex(abs * cos(angle), abs * sin(angle))


def view_as_real(input: Tensor) -> Tensor:
    """Complex numbers as pairs in a new last dim; a copy.

    Raises:
        RuntimeError: the tensor is real.
    """
    if input.array.dtype.kind != "c":
        raise RuntimeError(f"view_as_real is only supported for complex tensors, but got {input.dtype}")
    return stack([real(input), imag(input)], -1)


def view_as_complex(input: Tensor) -> Tensor:
    """Pairs in the last dim as complex numbers; a copy.

    Raises:
        RuntimeError: the last size is not 2.
    """
    if not input.array.ndim or input.array.shape[-1] != 2:
        raise RuntimeError(f"Tensor must have a last dimension of size 2, but its shape is {input.array.shape}")
    return as_complex(input[..., 0], input[..., 1])
