"""The primitives of `autograd.fft`: Fourier transforms of complex and of real arrays, and their inverses.

The complex transform multiplies by a symmetric matrix, so its vector-Jacobian product is the transform itself. The
transform of real numbers keeps the first half of the values; the others are their complex conjugates.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base.numpy_warnings import silenced
from ..core.operation import Operation, primitive
from .shape.indexing import put_at

fftn, ifftn = silenced(np.fft.fftn), silenced(np.fft.ifftn)
rfft, irfft = silenced(np.fft.rfft), silenced(np.fft.irfft)

#: For each norm, the norm of the inverse transform that divides by the reciprocal factor.
OPPOSITE_NORM = {"backward": "forward", "ortho": "ortho", "forward": "backward"}

forward: Operation = primitive(
    "fft",
    lambda x, axes, norm: fftn(x, axes=axes, norm=norm),
    x=lambda g, axes, norm: forward(g, axes, norm),
    doc="The Fourier transform along axes: the transform of the cotangent",
)

inverse: Operation = primitive(
    "ifft",
    lambda x, axes, norm: ifftn(x, axes=axes, norm=norm),
    x=lambda g, axes, norm: inverse(g, axes, norm),
    doc="The inverse Fourier transform along axes: the inverse transform of the cotangent",
)


def _rfft_vjp(g: Any, x_shape: tuple[int, ...], axis: int, norm: str) -> Any:
    return forward(pad_end(g, x_shape[axis], axis), (axis,), norm).real


real_forward: Operation = primitive(
    "rfft",
    lambda x, axis, norm: rfft(x, axis=axis, norm=norm),
    x=_rfft_vjp,
    doc="Half of the Fourier transform of real numbers: the real part of a transform",
)


def _irfft_vjp(g: Any, x_shape: tuple[int, ...], n: int, axis: int, norm: str) -> Any:
    # Each value but the first, and for even n the last, stands for itself and its conjugate: it counts twice.
    half = n // 2 + 1
    times = np.full(half, 2, np.int8)
    times[0] = 1
    if n % 2 == 0:
        times[-1] = 1
    shape = [1] * len(x_shape)
    shape[axis] = half
    return real_forward(g, axis, OPPOSITE_NORM[norm]) * times.reshape(shape)


real_inverse: Operation = primitive(
    "irfft",
    lambda x, n, axis, norm: irfft(x, n, axis=axis, norm=norm),
    x=_irfft_vjp,
    doc="Real numbers from half of their Fourier transform: half of a transform, in which pairs count twice",
)


def pad_end(x: Any, n: int, axis: int) -> Any:
    """`x` with zeros at its end, to size n along an axis."""
    shape = tuple(n if i == axis else size for i, size in enumerate(x.shape))
    return put_at(x, shape, first(x.shape[axis], axis))


def first(n: int, axis: int) -> tuple[slice, ...]:
    """The index of the first n values along an axis."""
    return (slice(None),) * axis + (slice(n),)
