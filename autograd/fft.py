"""`torch.fft`: discrete Fourier transforms of any length, along one dim or several, with gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .base.dtypes import default_float, to_numpy_dtype
from .core.operation import Operation, as_dtype
from .core.tensor import Tensor, wrap
from .ops.arguments import check_dim, check_dim_of, check_dims, named, new_shape
from .ops.elementwise.complex_numbers import conj
from .ops.fourier import OPPOSITE_NORM, first, forward, inverse, pad_end, real_forward, real_inverse
from .ops.shape.indexing import take_at
from .ops.shape.reordering import roll
from .surface import make_public as _make_public

__all__ = [
    "fft", "fft2", "fftfreq", "fftn", "fftshift", "hfft", "hfft2", "hfftn", "ifft", "ifft2", "ifftn", "ifftshift",
    "ihfft", "ihfft2", "ihfftn", "irfft", "irfft2", "irfftn", "rfft", "rfft2", "rfftfreq", "rfftn",
]  # fmt: skip


def fft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The Fourier transform along one dim: Σⱼ xⱼ exp(-2πijk/n).

    Args:
        input: real or complex.
        n: truncate the input, or pad it with zeros, to this length first.
        dim: the dim to transform.
        norm: "backward" (or None): divide by n in the inverse transform only; "ortho": divide by √n in both;
            "forward": divide by n in this one only.

    Raises:
        RuntimeError: n is not positive, or another norm.

    >>> from autograd import tensor
    >>> fft(tensor([1.0, 0.0, 0.0])).real
    tensor([1., 1., 1.])
    """
    return _along_one_dim(forward, "fft", input, n, dim, norm)


def ifft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The inverse of `fft`, with the same arguments."""
    return _along_one_dim(inverse, "ifft", input, n, dim, norm)


def rfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The first n // 2 + 1 values of the Fourier transform of real numbers; the others are their conjugates."""
    x = _as_real("rfft", input)
    axis = check_dim(dim, x.array.ndim)
    return real_forward(_resized("rfft", x, n, axis), axis, _norm(norm))


def irfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The inverse of `rfft`: n real numbers, by default 2 · (size - 1)."""
    x = _as_complex("irfft", input)
    axis = check_dim_of("irfft", dim, x.array.ndim)
    n = 2 * (x.array.shape[axis] - 1) if n is None else n
    if n < 1:
        raise RuntimeError(f"irfft: Invalid number of data points ({n}) specified")
    return real_inverse(_resized("irfft", x, n // 2 + 1, axis), n, axis, _norm(norm))


def hfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The real Fourier transform of a Hermitian sequence, from the first half of its values."""
    return irfft(conj(_as_complex("hfft", input)), n, dim, OPPOSITE_NORM[_norm(norm)])


def ihfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The inverse of `hfft`."""
    return conj(rfft(_as_real("ihfft", input), n, dim, OPPOSITE_NORM[_norm(norm)]))


def fftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """The Fourier transform along several dims.

    Args:
        input: real or complex.
        s: the lengths to which the dims are truncated or padded with zeros; -1 leaves a dim as it is.
        dim: the dims to transform; by default all, or the last len(s) if `s` is given.
        norm: as for `fft`.
    """
    return _transform(forward, "fftn", input, s, dim, norm)


def ifftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """The inverse of `fftn`."""
    return _transform(inverse, "ifftn", input, s, dim, norm)


def rfftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """The Fourier transform of real numbers along several dims; of the last dim, the first half of the values."""
    lengths, axes = _dims("rfftn", input, s, dim)
    if not axes:
        raise RuntimeError("rfftn must transform at least one axis")
    x = rfft(input, lengths[-1], axes[-1], norm)
    return fftn(x, [-1 if n is None else n for n in lengths[:-1]], axes[:-1], norm)


def irfftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """The inverse of `rfftn`: the last dim has 2 · (size - 1) values unless `s` is given."""
    lengths, axes = _dims("irfftn", input, s, dim)
    if not axes:
        raise RuntimeError("irfftn must transform at least one axis")
    x = ifftn(input, [-1 if n is None else n for n in lengths[:-1]], axes[:-1], norm)
    return irfft(x, lengths[-1], axes[-1], norm)


def hfftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """The real Fourier transform of a Hermitian array along several dims, from the first half of its last dim."""
    return irfftn(conj(_as_complex("hfftn", input)), s, dim, OPPOSITE_NORM[_norm(norm)])


def ihfftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """The inverse of `hfftn`."""
    return conj(rfftn(_as_real("ihfftn", input), s, dim, OPPOSITE_NORM[_norm(norm)]))


def _two_dims(transform: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Define the transform along two dims, `fft2` for `fftn`, by the one along several."""

    def function(input: Tensor, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> Tensor:
        return transform(input, s, dim, norm)

    name = transform.__name__
    return named(function, f"{name[:-1]}2", f"`{name}` along the last two dims.")


fft2, ifft2 = _two_dims(fftn), _two_dims(ifftn)
rfft2, irfft2 = _two_dims(rfftn), _two_dims(irfftn)
hfft2, ihfft2 = _two_dims(hfftn), _two_dims(ihfftn)


def fftfreq(
    n: int, d: float = 1.0, *, dtype: Any = None, device: Any = None, layout: Any = None, pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """The frequencies of the n values of `fft`, for samples `d` apart: first 0, 1, …, then the negative, over n·d."""
    kind = default_float() if dtype is None else to_numpy_dtype(dtype)
    multiples = np.arange(*new_shape((n,)))
    multiples[(n + 1) // 2 :] -= n
    return wrap((multiples * (1 / np.float64(n * d))).astype(kind)).requires_grad_(requires_grad)


def rfftfreq(
    n: int, d: float = 1.0, *, dtype: Any = None, device: Any = None, layout: Any = None, pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """The frequencies of the n // 2 + 1 values of `rfft`, for samples `d` apart."""
    kind = default_float() if dtype is None else to_numpy_dtype(dtype)
    (n,) = new_shape((n,))
    return wrap((np.arange(n // 2 + 1) * (1 / np.float64(n * d))).astype(kind)).requires_grad_(requires_grad)


def fftshift(input: Tensor, dim: Any = None) -> Tensor:
    """The values reordered by ascending frequency: that of frequency 0 moves to the middle."""
    axes = check_dims(tuple(range(input.array.ndim)) if dim is None else dim, input.array.ndim) or ()
    return roll(input, [input.array.shape[a] // 2 for a in axes], list(axes)) if axes else input


def ifftshift(input: Tensor, dim: Any = None) -> Tensor:
    """The inverse of `fftshift`."""
    axes = check_dims(tuple(range(input.array.ndim)) if dim is None else dim, input.array.ndim) or ()
    return roll(input, [(input.array.shape[a] + 1) // 2 for a in axes], list(axes)) if axes else input


def _along_one_dim(transform: Operation, name: str, input: Tensor, n: int | None, dim: int, norm: str | None) -> Tensor:
    x = _as_complex(name, input)
    axis = check_dim(dim, x.array.ndim)
    out: Tensor = transform(_resized(name, x, n, axis), (axis,), _norm(norm))
    return out


def _transform(transform: Operation, name: str, input: Tensor, s: Any, dim: Any, norm: str | None) -> Tensor:
    x = _as_complex(name, input)
    lengths, axes = _dims(name, x, s, dim)
    for n, axis in zip(lengths, axes, strict=True):
        x = _resized(name, x, n, axis)
    out: Tensor = transform(x, axes, _norm(norm)) if axes else x
    return out


def _as_real(name: str, x: Tensor) -> Tensor:
    """`x` as floating-point numbers.

    Raises:
        RuntimeError: its dtype is complex or half precision.
    """
    if x.array.dtype.kind == "c":
        raise RuntimeError(
            f"{name} expects a real input tensor, but got {x.dtype}: use the transform for complex input"
        )
    if x.array.dtype == np.float16:
        raise RuntimeError(f"{name}: Unsupported dtype {x.dtype}: convert it with .float()")
    return x if x.array.dtype.kind == "f" else as_dtype(x, default_float())


def _as_complex(name: str, x: Tensor) -> Tensor:
    """`x` as complex numbers.

    Raises:
        RuntimeError: its dtype is half precision.
    """
    if x.array.dtype.kind == "c":
        return x
    x = _as_real(name, x)
    return as_dtype(x, np.result_type(x.array.dtype, np.complex64))


def _norm(norm: str | None) -> str:
    if norm is not None and norm not in OPPOSITE_NORM:
        raise RuntimeError(f"Invalid normalization mode: {norm!r}: it is 'backward', 'ortho' or 'forward'")
    return norm or "backward"


def _resized(name: str, x: Tensor, n: int | None, axis: int) -> Tensor:
    """`x` truncated, or padded with zeros, to n values along an axis; None keeps the size."""
    if not x.array.ndim:
        raise IndexError(f"{name}: Dimension specified as {axis} but tensor has no dimensions")
    size = x.array.shape[axis]
    n = size if n is None else n
    if n < 1:
        raise RuntimeError(f"{name}: Invalid number of data points ({n}) specified")
    return x if n == size else take_at(x, first(n, axis)) if n < size else pad_end(x, n, axis)


def _dims(name: str, x: Tensor, s: Sequence[int] | None, dim: Any) -> tuple[list[int | None], tuple[int, ...]]:
    """The length (None to keep the size) and the axis of each transform."""
    ndim = x.array.ndim
    if not ndim and (dim is not None or s is not None):
        raise IndexError(f"{name}: dims are given but tensor has no dimensions")
    if dim is None:
        axes = tuple(range(ndim)) if s is None else tuple(range(ndim - len(s), ndim))
    else:
        axes = check_dims(dim, ndim) or ()
    lengths: list[int | None] = [None] * len(axes) if s is None else [None if n == -1 else n for n in s]
    if len(lengths) != len(axes) or any(a < 0 for a in axes):
        raise RuntimeError(f"{name}: When given, dim and shape arguments must have the same length")
    return lengths, axes


_make_public(globals())
