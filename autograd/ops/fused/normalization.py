"""Normalization: values shifted and scaled to mean 0 and variance 1 in groups, then by weights of their own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...core.broadcasting import sum_to
from ...core.operation import Operation, primitive
from ...core.tensor import Tensor
from ..elementwise.elementary import rsqrt
from ..reduce.reductions import add_reduce, sum_axes

Axes = tuple[int, ...]


def _statistics(x: Any, axes: Axes, eps: float) -> tuple[Any, Any]:
    """The mean of each group, and 1 / √(variance + eps)."""
    count = math.prod([x.shape[axis] for axis in axes])
    mean = sum_axes(x, axes, True) / count
    centred = x - mean
    return mean, rsqrt(sum_axes(centred * centred, axes, True) / count + eps)


def _normalize(x: Array, weight: Any, bias: Any, axes: Axes, eps: float, found: list[Array]) -> Array:
    count = math.prod([x.shape[axis] for axis in axes])
    mean = add_reduce(x, axes, keepdims=True) / count
    out = x - mean
    variance = add_reduce(out * out, axes, keepdims=True) / count
    slope = 1 / np.sqrt(variance + eps)
    found[:] = [mean, slope, variance]
    out *= slope
    if weight is not None:
        out *= weight
    if bias is not None:
        out += bias
    return out


def _normal(g: Any, x: Any, axes: Axes, eps: float, found: list[Array]) -> tuple[Any, Any]:
    """The normalized values and the slope 1 / √(variance + eps), found again where they must be recorded."""
    mean, slope = _statistics(x, axes, eps) if isinstance(g, Tensor) else found[:2]
    return (x - mean) * slope, slope


def _to_input(g: Any, x: Any, weight: Any, axes: Axes, eps: float, found: list[Array]) -> Any:
    """(g - mean(g) - x̂ mean(g x̂)) / √(variance + eps), for the cotangent g of the normalized values x̂."""
    normal, slope = _normal(g, x, axes, eps, found)
    g = g if weight is None else g * weight
    count = math.prod([x.shape[axis] for axis in axes])
    along = sum_axes(g * normal, axes, True) / count
    return (g - sum_axes(g, axes, True) / count - normal * along) * slope


#: Normalize `x` in the groups that `axes` span, then multiply by `weight` and add `bias`, which broadcast, or are None.
#: The forward leaves the mean, 1 / √(variance + eps) and the variance of each group in the list `found`, so that the
#: first order need not find them again.
normalize: Operation = primitive(
    "normalize",
    _normalize,
    x=_to_input,
    weight=lambda g, x, axes, eps, found, weight_shape: sum_to(g * _normal(g, x, axes, eps, found)[0], weight_shape),
    bias=lambda g, bias_shape: sum_to(g, bias_shape),
    doc="(x - mean) / √(variance + ε) over groups, scaled and shifted",
)
