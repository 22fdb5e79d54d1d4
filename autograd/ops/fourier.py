"""TODO: say what idea this file holds."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.operation import Operation, primitive
from .shape.indexing import put_at

#: What the other direction's norm is: it scales by the reciprocal.
_OPPOSITE = {"backward": "forward", "ortho": "ortho", "forward": "backward"}


def _first(n: int, axis: int) -> tuple[slice, ...]:
    return (slice(None),) * axis + (slice(n),)


def _widened(g: Any, n: int, axis: int) -> Any:
    """`g` with zeros after it, up to n along an axis."""
    shape = tuple(n if i == axis else m for i, m in enumerate(g.shape))
    return put_at(g, shape, _first(g.shape[axis], axis))


_forward: Operation = primitive(
    "fft",
    lambda x, axes, norm: np.fft.fftn(x, axes=axes, norm=norm),
    x=lambda g, axes, norm: _forward(g, axes, norm),
    doc="The Fourier transform along axes: the transform of the cotangent",
)

_inverse: Operation = primitive(
    "ifft",
    lambda x, axes, norm: np.fft.ifftn(x, axes=axes, norm=norm),
    x=lambda g, axes, norm: _inverse(g, axes, norm),
    doc="The inverse Fourier transform along axes: the inverse transform of the cotangent",
)


def _slope_of_rfft(g: Any, x_shape: tuple[int, ...], axis: int, norm: str) -> Any:
    return _forward(_widened(g, x_shape[axis], axis), (axis,), norm).real


_real_forward: Operation = primitive(
    "rfft",
    lambda x, axis, norm: np.fft.rfft(x, axis=axis, norm=norm),
    x=_slope_of_rfft,
    doc="Half of the Fourier transform of real numbers: the real part of a transform",
)


def _slope_of_irfft(g: Any, x_shape: tuple[int, ...], n: int, axis: int, norm: str) -> Any:
    """What is there twice, once as a conjugate, counts twice."""
    half = n // 2 + 1
    times = np.full(half, 2, np.int8)
    times[0] = 1
    if n % 2 == 0:
        times[-1] = 1
    shape = [1] * len(x_shape)
    shape[axis] = half
    return _real_forward(g, axis, _OPPOSITE[norm]) * times.reshape(shape)


_real_inverse: Operation = primitive(
    "irfft",
    lambda x, n, axis, norm: np.fft.irfft(x, n, axis=axis, norm=norm),
    x=_slope_of_irfft,
    doc="Real numbers from half of their Fourier transform: half of a transform, in which pairs count twice",
)
