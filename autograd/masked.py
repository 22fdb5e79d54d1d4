"""`torch.masked`: reductions and normalizations of the elements that a mask selects.

Each calls the ordinary operation, after it has replaced the elements where the mask is False by the identity of the
operation: 0 for a sum, -∞ for a maximum.

Arguments that the functions share:
    dim: one dim, or for a reduction also several, or None for all.
    keepdim: whether to keep the reduced dims with size 1.
    dtype: the dtype of the result.
    mask: booleans that broadcast to `input`, of which True selects; None selects every element.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np

from .base.dtypes import float32, int64, to_numpy_dtype
from .core.operation import as_dtype
from .core.tensor import Tensor, wrap
from .linalg import norms
from .ops.elementwise import composites
from .ops.elementwise.selection import maximum, where
from .ops.fused import softmax as softmaxes
from .ops.reduce import cumulative, ordering, reductions, statistics
from .surface import make_public as _make_public

#: Booleans that broadcast to the input, of which True selects; None selects every element.
Mask: TypeAlias = Tensor | None


def sum(input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Mask = None) -> Tensor:
    """The sum of the elements that the mask selects.

    >>> from autograd import tensor
    >>> sum(tensor([1.0, 2.0, 3.0]), mask=tensor([True, False, True]))
    tensor(4.)
    """
    return reductions.sum(_masked(input, mask, 0), dim, keepdim, dtype=dtype)


def prod(input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Mask = None) -> Tensor:
    """The product of the elements that the mask selects, along one dim, several or all."""
    out = _masked(input, mask, 1)
    out = out if dtype is None else as_dtype(out, to_numpy_dtype(dtype))
    ndim = input.array.ndim
    axes = range(ndim) if dim is None or dim == () else (dim,) if isinstance(dim, int) else dim
    for axis in sorted((axis % max(ndim, 1) for axis in axes), reverse=True):
        out = reductions.prod(out, axis, keepdim)
    return out if out.array.dtype.kind in "fc" or dtype is not None else as_dtype(out, int64.numpy)


def cumsum(input: Tensor, dim: int, *, dtype: Any = None, mask: Mask = None) -> Tensor:
    """The cumulative sum of the elements that the mask selects."""
    return _cast(cumulative.cumsum(_masked(input, mask, 0), dim), dtype, input)


def cumprod(input: Tensor, dim: int, *, dtype: Any = None, mask: Mask = None) -> Tensor:
    """The cumulative product of the elements that the mask selects."""
    return _cast(cumulative.cumprod(_masked(input, mask, 1), dim), dtype, input)


def amax(input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Mask = None) -> Tensor:
    """The largest element that the mask selects; equal elements share the gradient."""
    return _cast(reductions.amax(_masked(input, mask, _lowest(input)), dim, keepdim), dtype, input)


def amin(input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Mask = None) -> Tensor:
    """The smallest element that the mask selects; equal elements share the gradient."""
    return _cast(reductions.amin(_masked(input, mask, _highest(input)), dim, keepdim), dtype, input)


def argmax(
    input: Tensor, dim: int | None = None, *, keepdim: bool = False, dtype: Any = None, mask: Mask = None
) -> Tensor:
    """The index of the largest element that the mask selects, by default in the dtype of `input`."""
    return _cast(ordering.argmax(_masked(input, mask, _lowest(input)), dim, keepdim), dtype, input)


def argmin(
    input: Tensor, dim: int | None = None, *, keepdim: bool = False, dtype: Any = None, mask: Mask = None
) -> Tensor:
    """The index of the smallest element that the mask selects, by default in the dtype of `input`."""
    return _cast(ordering.argmin(_masked(input, mask, _highest(input)), dim, keepdim), dtype, input)


def mean(input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Mask = None) -> Tensor:
    """The mean of the elements that the mask selects; NaN where it selects none.

    Raises:
        ValueError: the elements are integers and no dtype is given.
    """
    kind = input.array.dtype if dtype is None else to_numpy_dtype(dtype)
    if kind.kind not in "fc":
        raise ValueError(f"masked.mean: expected a floating-point or complex type, but got {kind}: pass dtype=")
    return sum(input, dim, keepdim=keepdim, dtype=dtype, mask=mask) / _count(input, dim, keepdim, mask)


def median(input: Tensor, dim: int = -1, *, keepdim: bool = False, dtype: Any = None, mask: Mask = None) -> Tensor:
    """The median along a dim of the elements that the mask selects, the lower of two; NaN where it selects none.

    Raises:
        ValueError: the elements are integers, and the mask selects none of a row.
    """
    floating = input.array.dtype.kind == "f"
    values = statistics.nanmedian(_masked(input if floating else input.float(), mask, math.nan), dim, keepdim).values
    if floating:
        return values
    if np.isnan(values.array).any():
        raise ValueError("masked.median: expected a mask that selects an element of each row: integers have no NaN")
    return _cast(values, dtype, input)


def norm(
    input: Tensor, ord: float = 2.0, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Mask = None
) -> Tensor:
    """The vector norm of order `ord`, along the dims, of the elements that the mask selects."""
    kept = _masked(input, mask, math.inf if ord == -math.inf else 0)
    return norms.vector_norm(kept, ord, _all_if_none(dim, input), keepdim, dtype=dtype)


def var(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, *, correction: float | None = None,
    keepdim: bool = False, dtype: Any = None, mask: Mask = None,
) -> Tensor:  # fmt: skip
    """The variance of the elements that the mask selects.

    Args:
        input: of any shape.
        dim: one dim or several; all by default.
        unbiased: whether to divide by the count minus 1 (the default) or by the count.
        correction: the number to subtract from the count instead.
        keepdim: keep the reduced dims with size 1.
        dtype: the dtype to convert to first.
        mask: booleans that broadcast to `input`; True selects.
    """
    subtracted = correction if correction is not None else 0 if unbiased is False else 1
    kind = float32.numpy if input.array.dtype.kind not in "fc" else input.array.dtype
    kind = kind if dtype is None else to_numpy_dtype(dtype)
    x = as_dtype(input, kind)
    distance = x - sum(x, dim, keepdim=True, mask=mask) / _count(input, dim, True, mask)
    total = sum(distance * distance.conj(), dim, keepdim=keepdim, mask=mask)
    return total / maximum(_count(input, dim, keepdim, mask) - subtracted, wrap(np.asarray(0)))


def std(
    input: Tensor, dim: Any = None, unbiased: bool | None = None, *, correction: float | None = None,
    keepdim: bool = False, dtype: Any = None, mask: Mask = None,
) -> Tensor:  # fmt: skip
    """The standard deviation of the elements that the mask selects; the arguments are those of `var`."""
    return var(input, dim, unbiased, correction=correction, keepdim=keepdim, dtype=dtype, mask=mask).sqrt()


def logsumexp(input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Mask = None) -> Tensor:
    """log Σ eˣ over the elements that the mask selects; -∞ where it selects none."""
    kept = _masked(input, mask, _lowest(input))
    return _cast(reductions.logsumexp(kept, _all_if_none(dim, input), keepdim), dtype, input)


def logaddexp(
    input: Tensor, other: Tensor, *, dtype: Any = None, input_mask: Mask = None, other_mask: Mask = None
) -> Tensor:
    """log(eˣ + eʸ); where a mask is False, that term is left out."""
    out = composites.logaddexp(_masked(input, input_mask, _lowest(input)), _masked(other, other_mask, _lowest(other)))
    return _cast(out, dtype, input)


def softmax(input: Tensor, dim: int, *, dtype: Any = None, mask: Mask = None) -> Tensor:
    """The softmax of the elements that the mask selects; 0 elsewhere, and NaN where it selects none."""
    return softmaxes.softmax(_masked(input, mask, _lowest(input)), dim, dtype=dtype)


def log_softmax(input: Tensor, dim: int, *, dtype: Any = None, mask: Mask = None) -> Tensor:
    """The logarithm of `softmax`."""
    return softmaxes.log_softmax(_masked(input, mask, _lowest(input)), dim, dtype=dtype)


def softmin(input: Tensor, dim: int, *, dtype: Any = None, mask: Mask = None) -> Tensor:
    """The softmax of -x over the elements that the mask selects."""
    return softmaxes.softmax(-_masked(input, mask, _highest(input)), dim, dtype=dtype)


def normalize(
    input: Tensor, ord: float, dim: int, *, eps: float = 1e-12, dtype: Any = None, mask: Mask = None
) -> Tensor:
    """The elements that the mask selects, divided by the larger of their norm along a dim and `eps`; 0 elsewhere."""
    length = norm(input, ord, dim, keepdim=True, dtype=dtype, mask=mask)
    return _masked(input, mask, 0) / maximum(length, wrap(np.asarray(eps, length.array.dtype)[()]))


def _broadcast(mask: Tensor, input: Tensor) -> Any:
    """The mask as an array of booleans in the shape of the input.

    Raises:
        IndexError: the mask has more dims than the input.
        RuntimeError: the mask does not broadcast to the input.
    """
    failure = f"masked: expected a mask that broadcasts to {input.array.shape}, but got {mask.array.shape}"
    if mask.array.ndim > input.array.ndim:
        raise IndexError(failure)
    try:
        return np.broadcast_to(np.asarray(mask.array).astype(bool), input.array.shape)
    except ValueError:
        raise RuntimeError(failure) from None


def _masked(input: Tensor, mask: Tensor | None, identity: Any) -> Tensor:
    """`input`, with the identity of the operation in place of the elements where the mask is False."""
    if mask is None:
        return input
    return where(_broadcast(mask, input), input, wrap(np.asarray(identity, input.array.dtype)[()]))


def _lowest(input: Tensor) -> Any:
    """The identity of a maximum."""
    kind = input.array.dtype
    return -math.inf if kind.kind in "fc" else np.iinfo(kind).min


def _highest(input: Tensor) -> Any:
    """The identity of a minimum."""
    kind = input.array.dtype
    return math.inf if kind.kind in "fc" else np.iinfo(kind).max


def _cast(out: Tensor, dtype: Any, input: Tensor) -> Tensor:
    return as_dtype(out, input.array.dtype if dtype is None else to_numpy_dtype(dtype))


def _count(input: Tensor, dim: Any, keepdim: bool, mask: Mask) -> Tensor:
    """The number of elements that the mask selects."""
    kept = np.ones(input.array.shape, bool) if mask is None else _broadcast(mask, input)
    return reductions.sum(wrap(kept), dim, keepdim)


def _all_if_none(dim: Any, input: Tensor) -> Any:
    """`dim`; for None and (), all dims."""
    return tuple(range(input.array.ndim)) if dim is None or dim == () else dim


_make_public(globals())
