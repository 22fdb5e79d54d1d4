"""Domains of the primitives behind layers: convolution, pooling, folding, normalization, embedding."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...core.primitive import registry
from ...ops.fused import embedding, normalization  # noqa: F401 - the primitives that they define are registered
from ...ops.window import convolution, folding, pooling  # noqa: F401 - the primitives that they define are registered
from ...ops.window.geometry import Geometry
from ..draw import Draw, Sample
from .domain import domain


def _geometry(draw: Draw, groups: int = 1) -> Geometry:
    """Windows in one or two dims that fit into their input, with padding that may differ between the sides."""
    parts: list[tuple[Any, ...]] = []
    for _ in range(draw.integer(1, 2)):
        kernel, out, stride, dilation = (draw.integer(1, 2) for _ in range(4))
        reach = (out - 1) * stride + dilation * (kernel - 1) + 1
        before, after = draw.integer(0, 1), draw.integer(0, 1)
        size = max(1, reach - before - after + draw.integer(0, 1))
        parts.append((size, kernel, out, stride, (before, after), dilation))
    sizes, kernels, outs, strides, borders, dilations = (tuple(part[i] for part in parts) for i in range(6))
    return Geometry(sizes, kernels, outs, strides, borders, dilations, groups)


def _sides(draw: Draw) -> tuple[Any, Any, Any, Geometry]:
    """An input, a weight, an output and a geometry that fit together."""
    groups = draw.integer(1, 2)
    how = _geometry(draw, groups)
    count, channels, outs = draw.integer(1, 2), draw.integer(1, 2), draw.integer(1, 2)
    x = draw.uniform((count, channels * groups, *how.size))
    weight = draw.uniform((outs * groups, channels, *how.kernel))
    return x, weight, draw.uniform((count, outs * groups, *how.out)), how


def _of_sides(name: str, arguments: Callable[[Draw, Any, Any, Any], tuple[Array, ...]]) -> None:
    """The domain of a primitive of convolution, whose arguments are some of the sides, and the geometry."""

    @domain(name)
    def _sample(draw: Draw) -> Any:
        x, weight, y, how = _sides(draw)
        return arguments(draw, x, weight, y), (how,)


_of_sides("convolution", lambda draw, x, weight, y: (x, weight, draw.uniform(weight.shape[:1])))
_of_sides("convolution_input", lambda draw, x, weight, y: (y, weight))
_of_sides("convolution_weight", lambda draw, x, weight, y: (x, y))


@domain("max_pool", analytic=False)
def _largest(draw: Draw) -> Any:
    how = _geometry(draw)
    how = how._replace(padding=((0, 0),) * len(how.size))
    size = tuple(
        (n - 1) * s + d * (k - 1) + 1 for n, s, d, k in zip(how.out, how.stride, how.dilation, how.kernel, strict=True)
    )
    return (draw.distinct((draw.integer(1, 2), 2, *size)),), (how._replace(size=size),)


def _images(draw: Draw, size: tuple[int, ...], channels: int = 2) -> Array:
    return draw.uniform((draw.integer(1, 2), channels, *size))


def _chosen(draw: Draw, how: Geometry, x: Array) -> Any:
    """For each window of `x` the element that max_pool has chosen."""
    return draw.rng.integers(0, math.prod(how.kernel), (*x.shape[:2], *how.out))


def _with_windows(name: str, arguments: Callable[[Draw, Geometry], Any]) -> None:
    domain(name)(lambda draw: arguments(draw, _geometry(draw)))


_with_windows("max_pool_take", lambda draw, how: ((x := _images(draw, how.size),), (_chosen(draw, how, x), how)))
_with_windows("max_pool_put", lambda draw, how: ((x := _images(draw, how.out),), (_chosen(draw, how, x), how)))
_with_windows("avg_pool", lambda draw, how: ((_images(draw, how.size),), (3.0, how)))
_with_windows("avg_pool_spread", lambda draw, how: ((_images(draw, how.out),), (3.0, how)))
_with_windows("unfold", lambda draw, how: ((_images(draw, how.size),), (how,)))
_with_windows("fold", lambda draw, how: ((_images(draw, (math.prod(how.out),), 2 * math.prod(how.kernel)),), (how,)))


@domain("normalize")
def _normalized(draw: Draw) -> Sample:
    shape = (draw.integer(2, 3), draw.integer(1, 2), draw.integer(2, 3))
    axes, weights = draw.choice([((0, 2), (*shape[1:2], 1)), ((2,), shape[2:]), ((1, 2), shape[1:])])
    # The values are spread out, so that the variance is large beside eps.
    x = draw.uniform(shape) + np.arange(math.prod(shape)).reshape(shape) % 5
    return Sample(
        lambda x, weight, bias: registry["normalize"].function(x, weight, bias, axes, 1e-2, []),
        (x, draw.uniform(weights), draw.uniform(weights)),
    )


def _row_numbers(draw: Draw) -> tuple[Array, int]:
    """Indices of rows, and the number of rows."""
    count = draw.integer(1, 4)
    return draw.rng.integers(0, count, draw.shape(max_dims=2)), count


@domain("embedding")
def _rows(draw: Draw) -> Any:
    numbers, count = _row_numbers(draw)
    return (draw.uniform((count, draw.integer(1, 3))),), (numbers, None, False)


@domain("embedding_add")
def _added_rows(draw: Draw) -> Any:
    numbers, count = _row_numbers(draw)
    return (draw.uniform((*numbers.shape, draw.integer(1, 3))),), (numbers, count)
