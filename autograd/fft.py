"""Discrete Fourier transforms under the names of `torch.fft`, of any length and of several dims, with gradients.

The transform multiplies by a symmetric matrix, so its transpose is the transform itself. That of real input
gives half of the values, as the others are their conjugates.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .base.dtypes import default_float, to_numpy_dtype
from .core.operation import Operation, as_dtype
from .core.tensor import Tensor, wrap
from .ops.arguments import check_dim, check_dims
from .ops.elementwise.complex_numbers import conj
from .ops.fourier import _OPPOSITE, _first, _forward, _inverse, _real_forward, _real_inverse, _widened
from .ops.shape.indexing import take_at
from .ops.shape.reordering import roll

__all__ = [
    "fft", "fft2", "fftfreq", "fftn", "fftshift", "hfft", "hfft2", "hfftn", "ifft", "ifft2", "ifftn", "ifftshift",
    "ihfft", "ihfft2", "ihfftn", "irfft", "irfft2", "irfftn", "rfft", "rfft2", "rfftfreq", "rfftn",
]  # fmt: skip


# -- lengths and dims ---------------------------------------------------------------------------------


def _numbers(name: str, x: Tensor, kind: str) -> Tensor:
    """`x` as floating-point numbers, or as complex ones; a transform of real numbers takes no others.

    Raises:
        RuntimeError: it holds complex or half-precision numbers where they are not taken.
    """
    if x.array.dtype.kind == "c":
        if kind == "f":
            raise RuntimeError(f"{name} expects a real input tensor, but got {x.dtype}: use the transform without r")
        return x
    if x.array.dtype == np.float16:
        raise RuntimeError(f"{name}: Unsupported dtype {x.dtype}: convert it with .float()")
    x = x if x.array.dtype.kind == "f" else as_dtype(x, default_float())
    return x if kind == "f" else as_dtype(x, np.result_type(x.array.dtype, np.complex64))


def _norm(norm: str | None) -> str:
    if norm is not None and norm not in _OPPOSITE:
        raise RuntimeError(f"Invalid normalization mode: {norm!r}: it is 'backward', 'ortho' or 'forward'")
    return norm or "backward"


def _fitted(name: str, x: Tensor, n: int | None, axis: int) -> Tensor:
    """`x` cut off, or continued with zeros, to n values along an axis."""
    if not x.array.ndim:
        raise IndexError(f"{name}: Dimension specified as {axis} but tensor has no dimensions")
    size = x.array.shape[axis]
    n = size if n is None or n == -1 else n
    if n < 1:
        raise RuntimeError(f"{name}: Invalid number of data points ({n}) specified")
    return x if n == size else take_at(x, _first(n, axis)) if n < size else _widened(x, n, axis)


def _dims(name: str, x: Tensor, s: Sequence[int] | None, dim: Any) -> tuple[list[int | None], tuple[int, ...]]:
    """The length, or None, and the axis of each transform."""
    ndim = x.array.ndim
    if not ndim and (dim is not None or s is not None):
        raise IndexError(f"{name}: dims are given but tensor has no dimensions")
    if dim is None:
        axes = tuple(range(ndim)) if s is None else tuple(range(ndim - len(s), ndim))
    else:
        axes = check_dims(dim, ndim) or ()
    lengths: list[int | None] = [None] * len(axes) if s is None else list(s)
    if len(lengths) != len(axes) or any(a < 0 for a in axes):
        raise RuntimeError(f"{name}: When given, dim and shape arguments must have the same length")
    return lengths, axes


# -- one dim ------------------------------------------------------------------------------------------


def fft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The Fourier transform along one dim: Σ x·exp(-2πijk/n).

    Args:
        input: real or complex.
        n: cut off, or continue with zeros, to this length first.
        dim: along which.
        norm: "backward" (None): no factor here and 1/n in the inverse; "ortho": 1/√n in both; "forward": 1/n here.

    Raises:
        RuntimeError: n is not positive, or the norm is none of these.

    >>> from autograd import tensor
    >>> fft(tensor([1.0, 0.0, 0.0])).real
    tensor([1., 1., 1.])
    """
    return fftn(input, None if n is None else [n], (dim,), norm)


def ifft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The inverse of `fft`; arguments as there."""
    return ifftn(input, None if n is None else [n], (dim,), norm)


def rfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The first n // 2 + 1 values of the Fourier transform of real numbers: the others are their conjugates."""
    x = _numbers("rfft", input, "f")
    axis = check_dim(dim, x.array.ndim)
    return _real_forward(_fitted("rfft", x, n, axis), axis, _norm(norm))


def irfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The inverse of `rfft`: n real numbers, 2·(size - 1) unless n is given."""
    x = _numbers("irfft", input, "c")
    axis = check_dim(dim, x.array.ndim)
    n = 2 * (x.array.shape[axis] - 1) if n is None or n == -1 else n
    if n < 1:
        raise RuntimeError(f"irfft: Invalid number of data points ({n}) specified")
    return _real_inverse(_fitted("irfft", x, n // 2 + 1, axis), n, axis, _norm(norm))


def hfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The Fourier transform, real, of half of a sequence whose other half is its conjugate."""
    return irfft(conj(_numbers("hfft", input, "c")), n, dim, _OPPOSITE[_norm(norm)])


def ihfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The inverse of `hfft`."""
    return conj(rfft(_numbers("ihfft", input, "f"), n, dim, _OPPOSITE[_norm(norm)]))


# -- several dims --------------------------------------------------------------------------------------


def _along(transform: Operation, name: str, input: Tensor, s: Any, dim: Any, norm: str | None) -> Tensor:
    x = _numbers(name, input, "c")
    lengths, axes = _dims(name, x, s, dim)
    for n, axis in zip(lengths, axes, strict=True):
        x = _fitted(name, x, n, axis)
    out: Tensor = transform(x, axes, _norm(norm)) if axes else x
    return out


def fftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """The Fourier transform along several dims, all of them unless `s` or `dim` says otherwise.

    Args:
        input: real or complex.
        s: the lengths to which the dims are cut off or continued with zeros; -1 leaves one as it is.
        dim: the dims; the last ones if only `s` is given.
        norm: as for `fft`.
    """
    return _along(_forward, "fftn", input, s, dim, norm)


def ifftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """The inverse of `fftn`."""
    return _along(_inverse, "ifftn", input, s, dim, norm)


def rfftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """The Fourier transform of real numbers along several dims, of which the last is given by half."""
    lengths, axes = _dims("rfftn", input, s, dim)
    if not axes:
        raise RuntimeError("rfftn must transform at least one axis")
    x = rfft(input, lengths[-1], axes[-1], norm)
    return fftn(x, [-1 if n is None else n for n in lengths[:-1]], axes[:-1], norm)


def irfftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """The inverse of `rfftn`: the last dim has 2·(size - 1) values unless `s` is given."""
    lengths, axes = _dims("irfftn", input, s, dim)
    if not axes:
        raise RuntimeError("irfftn must transform at least one axis")
    x = ifftn(input, [-1 if n is None else n for n in lengths[:-1]], axes[:-1], norm)
    return irfft(x, lengths[-1], axes[-1], norm)


def hfftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """The Fourier transform along several dims, real, of half of an array whose other half is its conjugate."""
    return irfftn(conj(_numbers("hfftn", input, "c")), s, dim, _OPPOSITE[_norm(norm)])


def ihfftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """The inverse of `hfftn`."""
    return conj(rfftn(_numbers("ihfftn", input, "f"), s, dim, _OPPOSITE[_norm(norm)]))


def fft2(input: Tensor, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> Tensor:
    """`fftn` along the last two dims."""
    return fftn(input, s, dim, norm)


def ifft2(input: Tensor, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> Tensor:
    """`ifftn` along the last two dims."""
    return ifftn(input, s, dim, norm)


def rfft2(input: Tensor, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> Tensor:
    """`rfftn` along the last two dims."""
    return rfftn(input, s, dim, norm)


def irfft2(input: Tensor, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> Tensor:
    """`irfftn` along the last two dims."""
    return irfftn(input, s, dim, norm)


def hfft2(input: Tensor, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> Tensor:
    """`hfftn` along the last two dims."""
    return hfftn(input, s, dim, norm)


def ihfft2(input: Tensor, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> Tensor:
    """`ihfftn` along the last two dims."""
    return ihfftn(input, s, dim, norm)


# -- frequencies ----------------------------------------------------------------------------------------


def fftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """The frequencies of the n values of `fft`, for steps of `d`: 0, 1, … and then the negative ones, over nd."""
    kind = default_float() if dtype is None else to_numpy_dtype(dtype)
    return wrap(np.fft.fftfreq(n, d).astype(kind)).requires_grad_(requires_grad)


def rfftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """The frequencies of the n // 2 + 1 values of `rfft`, for steps of `d`."""
    kind = default_float() if dtype is None else to_numpy_dtype(dtype)
    return wrap(np.fft.rfftfreq(n, d).astype(kind)).requires_grad_(requires_grad)


def fftshift(input: Tensor, dim: Any = None) -> Tensor:
    """The values in rising order of their frequencies: that of 0 goes to the middle."""
    axes = check_dims(tuple(range(input.array.ndim)) if dim is None else dim, input.array.ndim) or ()
    return roll(input, [input.array.shape[a] // 2 for a in axes], list(axes)) if axes else input


def ifftshift(input: Tensor, dim: Any = None) -> Tensor:
    """The inverse of `fftshift`."""
    axes = check_dims(tuple(range(input.array.ndim)) if dim is None else dim, input.array.ndim) or ()
    return roll(input, [(input.array.shape[a] + 1) // 2 for a in axes], list(axes)) if axes else input
