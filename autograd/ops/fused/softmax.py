"""Softmax and log-softmax as primitives, which neither overflow nor lose precision."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...base.along import max_along, sum_along
from ...base.dtypes import Array, to_numpy_dtype
from ...base.half_precision import in_single
from ...base.symbolic import as_array
from ...core.broadcasting import sum_to
from ...core.errors import check_float
from ...core.operation import as_dtype, primitive
from ...core.public import numpy_names
from ...core.tensor import Tensor
from ..arguments import check_dim
from ..elementwise.elementary import exp
from ..reduce.reductions import sum_axes

__all__ = ["log_softmax", "softmax"]


def _softmax(x: Array, axis: int) -> Array:
    out = np.exp(x - max_along(x.real, axis, keepdims=True))
    out /= sum_along(out, axis, keepdims=True)
    return out


def log_softmax_of(x: Array, axis: int) -> Array:
    """x - log Σ exp(x) along an axis of an array."""
    shifted = x - max_along(x.real, axis, keepdims=True)
    shifted -= np.log(sum_along(np.exp(shifted), axis, keepdims=True))
    return shifted


softmax_along = primitive(
    "softmax",
    in_single(_softmax),
    x=lambda g, out, axis: out * (g - sum_axes(g * out, (axis,), True)),
    doc="p = exp x / Σ exp x along a dim: p (g - Σ p g)",
)

log_softmax_along = primitive(
    "log_softmax",
    in_single(log_softmax_of),
    x=lambda g, out, axis: g - exp(out) * sum_axes(g, (axis,), True),
    doc="x - log Σ exp x along a dim: g - softmax(x) Σ g",
)


def _masked_softmax(x: Array, mask: Array) -> Array:
    out = as_array(x + mask)
    largest = max_along(out.real, out.ndim - 1, keepdims=True)
    out -= np.maximum(largest, np.finfo(largest.dtype).min)  # -∞ - (-∞) would be NaN
    np.exp(out, out=out)
    total = sum_along(out, out.ndim - 1, keepdims=True)
    out /= np.where(total == 0, 1, total)
    return out


#: The softmax of `x` + `mask`, which broadcast, along the last dim: 0 where the mask is -∞, even in all of a row.
masked_softmax = primitive(
    "masked_softmax",
    in_single(_masked_softmax),
    x=lambda g, out, x_shape: sum_to(out * (g - sum_axes(g * out, (out.ndim - 1,), True)), x_shape),
    mask=lambda g, out, mask_shape: sum_to(out * (g - sum_axes(g * out, (out.ndim - 1,), True)), mask_shape),
    doc="p = softmax(x + mask) along the last dim, 0 where the mask is -∞: p (g - Σ p g)",
)


def _apply(operation: Any, name: str, input: Tensor, dim: int | None, dtype: Any) -> Tensor:
    if dim is None:
        raise TypeError(f"{name}: dim is missing: pass the dim along which the probabilities add up to 1")
    x = input if dtype is None else as_dtype(input, to_numpy_dtype(dtype))
    check_float(name, x)
    axis = check_dim(dim, x.array.ndim)
    if not x.array.ndim:
        return operation(x.reshape(1), 0).reshape(())
    if not x.array.size:
        return x * 1
    return operation(x, axis)


@numpy_names
def softmax(input: Tensor, dim: int | None = None, dtype: Any = None) -> Tensor:
    """exp(x) / Σ exp(x) along `dim`: positive numbers that add up to 1.

    Raises:
        TypeError: `dim` is missing.
        NotImplementedError: the elements are neither real nor complex floats.

    >>> from autograd import tensor
    >>> softmax(tensor([0.0, 0.0]), dim=0)
    tensor([0.5000, 0.5000])
    """
    return _apply(softmax_along, "softmax", input, dim, dtype)


@numpy_names
def log_softmax(input: Tensor, dim: int | None = None, dtype: Any = None) -> Tensor:
    """The logarithm of the softmax, x - log Σ exp(x) along `dim`, finite even where the softmax rounds to 0.

    Raises:
        TypeError: `dim` is missing.
    """
    return _apply(log_softmax_along, "log_softmax", input, dim, dtype)
