"""Normalization of groups to mean 0 and variance 1, followed by an affine map: layer, group, batch norm."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...base.along import sum_along
from ...base.dtypes import Array
from ...core.broadcasting import sum_to
from ...core.operation import Operation, primitive
from ...core.tensor import Tensor
from ..elementwise.elementary import rsqrt
from ..half_precision import in_single_precision
from ..reduce.reductions import sum_axes

Axes = tuple[int, ...]


def _statistics(x: Any, axes: Axes, eps: float) -> tuple[Any, Any]:
    """The mean of each group, and 1 / √(variance + eps)."""
    count = math.prod([x.shape[axis] for axis in axes])
    mean = sum_axes(x, axes, True) / count
    centered = x - mean
    return mean, rsqrt(sum_axes(centered * centered, axes, True) / count + eps)


def _normalize(x: Array, weight: Any, bias: Any, axes: Axes, eps: float, statistics: list[Array]) -> Array:
    count = math.prod([x.shape[axis] for axis in axes])
    mean = sum_along(x, axes, keepdims=True) / count
    out = x - mean
    variance = sum_along(out * out, axes, keepdims=True) / count
    scale = 1 / np.sqrt(variance + eps)
    statistics[:] = [mean, scale, variance]
    out *= scale if weight is None else scale * weight
    if bias is not None:
        out += bias
    return out


def _rule_of_input(g: Any, x: Any, weight: Any, axes: Axes, eps: float, statistics: list[Array]) -> Any:
    """(g - mean(g) - x̂ mean(g x̂)) / √(variance + eps), for the cotangent g of the normalized values x̂."""
    count = math.prod([x.shape[axis] for axis in axes])
    if isinstance(g, Tensor):
        mean, scale = _statistics(x, axes, eps)
        g = g if weight is None else g * weight
        normalized = (x - mean) * scale
        projection = sum_axes(g * normalized, axes, True) / count
        return (g - sum_axes(g, axes, True) / count - normalized * projection) * scale
    mean, scale, _ = statistics  # the same formula in two new arrays
    out, centered = g * (scale if weight is None else scale * weight), x - mean
    projection = sum_along(out * centered, axes, keepdims=True) * (scale * scale / count)
    out -= sum_along(out, axes, keepdims=True) / count
    centered *= projection
    out -= centered
    return out


def _rule_of_weight(g: Any, x: Any, axes: Axes, eps: float, statistics: list[Array], weight_shape: Any) -> Any:
    if isinstance(g, Tensor):
        mean, scale = _statistics(x, axes, eps)
        return sum_to(g * ((x - mean) * scale), weight_shape)
    out = x - statistics[0]
    out *= statistics[1]
    out *= g
    return sum_to(out, weight_shape)


#: Normalize `x` over `axes`, then multiply by `weight` and add `bias`, which broadcast or are None.
#: The forward leaves the mean, 1 / √(variance + eps) and the variance of each group in the list `statistics`, so
#: that the gradient need not compute them again.
_normalize_groups: Operation = primitive(
    "normalize",
    _normalize,
    x=_rule_of_input,
    weight=_rule_of_weight,
    bias=lambda g, bias_shape: sum_to(g, bias_shape),
    doc="(x - mean) / √(variance + ε) along dims, times a weight, plus a bias",
)
normalize: Operation = in_single_precision(_normalize_groups)
