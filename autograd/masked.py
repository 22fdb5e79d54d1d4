"""Reductions and normalizations over the elements that a mask keeps, as `torch.masked`.

Every one is its plain namesake on a tensor where the identity of the operation (0 for a sum, -∞ for a maximum)
has taken the place of what the mask leaves out.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .base.dtypes import float32, int64, to_numpy_dtype
from .core.operation import as_dtype
from .core.tensor import Tensor, wrap
from .linalg import norms
from .ops.elementwise import composites
from .ops.elementwise.selection import maximum, where
from .ops.fused import softmax as softmaxes
from .ops.reduce import cumulative, ordering, reductions, statistics


def _broadcast(mask: Tensor, input: Tensor) -> Any:
    """The mask as an array of booleans in the shape of the input.

    Raises:
        IndexError: it has more dims.
        RuntimeError: it does not broadcast.
    """
    if mask.array.ndim > input.array.ndim:
        raise IndexError(f"masked: expected a mask that broadcasts to {input.array.shape}, but got {mask.array.shape}")
    try:
        return np.broadcast_to(np.asarray(mask.array).astype(bool), input.array.shape)
    except ValueError:
        raise RuntimeError(f"masked: a mask of shape {mask.array.shape} fits no input of {input.array.shape}") from None


def _kept(input: Tensor, mask: Tensor | None, identity: Any) -> Tensor:
    """`input` with the identity of an operation where the mask is False."""
    if mask is None:
        return input
    return where(_broadcast(mask, input), input, wrap(np.asarray(identity, input.array.dtype)[()]))


def _least(input: Tensor) -> Any:
    """The identity of a maximum."""
    kind = input.array.dtype
    return -math.inf if kind.kind in "fc" else np.iinfo(kind).min


def _greatest(input: Tensor) -> Any:
    """The identity of a minimum."""
    kind = input.array.dtype
    return math.inf if kind.kind in "fc" else np.iinfo(kind).max


def _cast(out: Tensor, dtype: Any, input: Tensor) -> Tensor:
    return as_dtype(out, input.array.dtype if dtype is None else to_numpy_dtype(dtype))


def sum(
    input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Tensor | None = None
) -> Tensor:
    """The sum of the elements that the mask keeps.

    >>> from autograd import tensor
    >>> sum(tensor([1.0, 2.0, 3.0]), mask=tensor([True, False, True]))
    tensor(4.)
    """
    return reductions.sum(_kept(input, mask, 0), dim, keepdim, dtype=dtype)


def prod(
    input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Tensor | None = None
) -> Tensor:
    """The product of the elements that the mask keeps, along one dim, several or all."""
    out = _kept(input, mask, 1)
    out = out if dtype is None else as_dtype(out, to_numpy_dtype(dtype))
    ndim = input.array.ndim
    axes = range(ndim) if dim is None or dim == () else (dim,) if isinstance(dim, int) else dim
    for axis in sorted((axis % max(ndim, 1) for axis in axes), reverse=True):
        out = reductions.prod(out, axis, keepdim)
    return out if out.array.dtype.kind in "fc" or dtype is not None else as_dtype(out, int64.numpy)


def cumsum(input: Tensor, dim: int, *, dtype: Any = None, mask: Tensor | None = None) -> Tensor:
    """The running sum of the elements that the mask keeps."""
    return _cast(cumulative.cumsum(_kept(input, mask, 0), dim), dtype, input)


def cumprod(input: Tensor, dim: int, *, dtype: Any = None, mask: Tensor | None = None) -> Tensor:
    """The running product of the elements that the mask keeps."""
    return _cast(cumulative.cumprod(_kept(input, mask, 1), dim), dtype, input)


def amax(
    input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Tensor | None = None
) -> Tensor:
    """The largest element that the mask keeps; the gradient is shared between ties."""
    return _cast(reductions.amax(_kept(input, mask, _least(input)), dim, keepdim), dtype, input)


def amin(
    input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Tensor | None = None
) -> Tensor:
    """The smallest element that the mask keeps; the gradient is shared between ties."""
    return _cast(reductions.amin(_kept(input, mask, _greatest(input)), dim, keepdim), dtype, input)


def argmax(
    input: Tensor, dim: int | None = None, *, keepdim: bool = False, dtype: Any = None, mask: Tensor | None = None
) -> Tensor:
    """The place of the largest element that the mask keeps, by default in the type of `input`."""
    return _cast(ordering.argmax(_kept(input, mask, _least(input)), dim, keepdim), dtype, input)


def argmin(
    input: Tensor, dim: int | None = None, *, keepdim: bool = False, dtype: Any = None, mask: Tensor | None = None
) -> Tensor:
    """The place of the smallest element that the mask keeps, by default in the type of `input`."""
    return _cast(ordering.argmin(_kept(input, mask, _greatest(input)), dim, keepdim), dtype, input)


def _count(input: Tensor, dim: Any, keepdim: bool, mask: Tensor | None) -> Tensor:
    """How many elements the mask keeps."""
    kept = np.ones(input.array.shape, bool) if mask is None else _broadcast(mask, input)
    return reductions.sum(wrap(kept), dim, keepdim)


def mean(
    input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Tensor | None = None
) -> Tensor:
    """The mean of the elements that the mask keeps; NaN where it keeps none.

    Raises:
        ValueError: the elements are integers and no type is given.
    """
    kind = input.array.dtype if dtype is None else to_numpy_dtype(dtype)
    if kind.kind not in "fc":
        raise ValueError(f"masked.mean: expected a floating-point or complex type, but got {kind}: give dtype=")
    return sum(input, dim, keepdim=keepdim, dtype=dtype, mask=mask) / _count(input, dim, keepdim, mask)


def median(
    input: Tensor, dim: int = -1, *, keepdim: bool = False, dtype: Any = None, mask: Tensor | None = None
) -> Tensor:
    """The median along a dim of the elements that the mask keeps, the lower of two; NaN where it keeps none.

    Raises:
        ValueError: it keeps none, of integers.
    """
    floating = input.array.dtype.kind == "f"
    values = statistics.nanmedian(_kept(input if floating else input.float(), mask, math.nan), dim, keepdim).values
    if floating:
        return values
    if np.isnan(values.array).any():
        raise ValueError("masked.median: expected no row that is masked out wholly, for integers have no NaN")
    return _cast(values, dtype, input)


def norm(
    input: Tensor, ord: float = 2.0, dim: Any = None, *, keepdim: bool = False, dtype: Any = None,
    mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The norm of order `ord` of the elements that the mask keeps, as vectors along the dims."""
    kept = _kept(input, mask, math.inf if ord == -math.inf else 0)
    every = tuple(range(input.array.ndim)) if dim is None or dim == () else dim
    return norms.vector_norm(kept, ord, every, keepdim, dtype=dtype)


def var(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, *, correction: float | None = None,
    keepdim: bool = False, dtype: Any = None, mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The variance of the elements that the mask keeps.

    Args:
        input: of any shape.
        dim: the dims, all of them by default.
        unbiased: whether to divide by the count less 1, as by default, or by the count.
        correction: what to take from the count instead.
        keepdim: whether the dims stay, with size 1.
        dtype: of the result.
        mask: what to keep; broadcasts to `input`.
    """
    by = correction if correction is not None else 0 if unbiased is False else 1
    kind = float32.numpy if input.array.dtype.kind not in "fc" else input.array.dtype
    kind = kind if dtype is None else to_numpy_dtype(dtype)
    x = as_dtype(input, kind)
    distance = x - sum(x, dim, keepdim=True, mask=mask) / _count(input, dim, True, mask)
    total = sum(distance * distance.conj(), dim, keepdim=keepdim, mask=mask)
    return total / maximum(_count(input, dim, keepdim, mask) - by, wrap(np.asarray(0)))


def std(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, *, correction: float | None = None,
    keepdim: bool = False, dtype: Any = None, mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The standard deviation of the elements that the mask keeps; the arguments are those of `var`."""
    return var(input, dim, unbiased, correction=correction, keepdim=keepdim, dtype=dtype, mask=mask).sqrt()


def logsumexp(
    input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Tensor | None = None
) -> Tensor:
    """log Σ eˣ over the elements that the mask keeps; -∞ where it keeps none."""
    every = tuple(range(input.array.ndim)) if dim is None or dim == () else dim
    return _cast(reductions.logsumexp(_kept(input, mask, _least(input)), every, keepdim), dtype, input)


def logaddexp(
    input: Tensor, other: Tensor, *, dtype: Any = None, input_mask: Tensor | None = None,
    other_mask: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """log(eˣ + eʸ), without what a mask leaves out."""
    out = composites.logaddexp(_kept(input, input_mask, _least(input)), _kept(other, other_mask, _least(other)))
    return _cast(out, dtype, input)


def softmax(input: Tensor, dim: int, *, dtype: Any = None, mask: Tensor | None = None) -> Tensor:
    """The softmax of the elements that the mask keeps; 0 elsewhere, and NaN where it keeps none."""
    return softmaxes.softmax(_kept(input, mask, _least(input)), dim, dtype=dtype)


def log_softmax(input: Tensor, dim: int, *, dtype: Any = None, mask: Tensor | None = None) -> Tensor:
    """The logarithm of `softmax`."""
    return softmaxes.log_softmax(_kept(input, mask, _least(input)), dim, dtype=dtype)


def softmin(input: Tensor, dim: int, *, dtype: Any = None, mask: Tensor | None = None) -> Tensor:
    """The softmax of -x over the elements that the mask keeps."""
    return softmaxes.softmax(-_kept(input, mask, _greatest(input)), dim, dtype=dtype)


def normalize(
    input: Tensor, ord: float, dim: int, *, eps: float = 1e-12, dtype: Any = None, mask: Tensor | None = None
) -> Tensor:
    """The elements that the mask keeps, divided by their norm along a dim or by `eps`, what is larger; 0 elsewhere."""
    length = norm(input, ord, dim, keepdim=True, dtype=dtype, mask=mask)
    return _kept(input, mask, 0) / maximum(length, wrap(np.asarray(eps, length.array.dtype)[()]))
