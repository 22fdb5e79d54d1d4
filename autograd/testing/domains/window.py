"""Domains of the primitives behind layers: convolution, pooling, folding, normalization, embedding."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...core.primitive import registry
from ...ops.fused import normalization  # noqa: F401 - the primitives that it defines are registered
from ...ops.window import convolution, folding, pooling  # noqa: F401 - the primitives that it defines are registered
from ...ops.window.geometry import Geometry
from ..engine.draw import Draw, Sample
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
    geometry = _geometry(draw, groups)
    count, channels, outs = draw.integer(1, 2), draw.integer(1, 2), draw.integer(1, 2)
    x = draw.uniform((count, channels * groups, *geometry.size))
    weight = draw.uniform((outs * groups, channels, *geometry.kernel))
    return x, weight, draw.uniform((count, outs * groups, *geometry.out)), geometry


def _of_sides(name: str, arguments: Callable[[Draw, Any, Any, Any], tuple[Array, ...]]) -> None:
    """The domain of a primitive of convolution, whose arguments are some of the sides, and the geometry."""

    @domain(name)
    def _sample(draw: Draw) -> Any:
        x, weight, y, geometry = _sides(draw)
        return arguments(draw, x, weight, y), (geometry,)


_of_sides("convolution", lambda draw, x, weight, y: (x, weight, draw.uniform(weight.shape[:1])))
_of_sides("convolution_input", lambda draw, x, weight, y: (y, weight))
_of_sides("convolution_weight", lambda draw, x, weight, y: (x, y))


@domain("max_pool", analytic=False)
def _largest(draw: Draw) -> Any:
    geometry = _geometry(draw)
    geometry = geometry._replace(padding=((0, 0),) * len(geometry.size))
    size = tuple(
        (n - 1) * s + d * (k - 1) + 1
        for n, s, d, k in zip(geometry.out, geometry.stride, geometry.dilation, geometry.kernel, strict=True)
    )
    return (draw.distinct((draw.integer(1, 2), 2, *size)),), (geometry._replace(size=size), [])


def _images(draw: Draw, size: tuple[int, ...], channels: int = 2) -> Array:
    return draw.uniform((draw.integer(1, 2), channels, *size))


def _chosen(draw: Draw, geometry: Geometry, x: Array) -> Any:
    """For each window of `x` the element that max_pool has chosen."""
    return draw.rng.integers(0, math.prod(geometry.kernel), (*x.shape[:2], *geometry.out))


def _with_windows(name: str, arguments: Callable[[Draw, Geometry], tuple[Any, ...]]) -> None:
    """The domain of a primitive whose last argument is a geometry; the first is the differentiable one."""

    @domain(name)
    def _sample(draw: Draw) -> Any:
        geometry = _geometry(draw)
        x, *rest = arguments(draw, geometry)
        return (x,), (*rest, geometry)


_with_windows("max_pool_take", lambda draw, geometry: (x := _images(draw, geometry.size), _chosen(draw, geometry, x)))
_with_windows("max_pool_put", lambda draw, geometry: (x := _images(draw, geometry.out), _chosen(draw, geometry, x)))
_with_windows("avg_pool", lambda draw, geometry: (_images(draw, geometry.size), 3.0))
_with_windows("avg_pool_spread", lambda draw, geometry: (_images(draw, geometry.out), 3.0))
_with_windows("unfold", lambda draw, geometry: (_images(draw, geometry.size),))
_with_windows(
    "fold", lambda draw, geometry: (_images(draw, (math.prod(geometry.out),), 2 * math.prod(geometry.kernel)),)
)


@domain("sum_regions")
def _covered(draw: Draw) -> Any:
    shape = tuple(draw.integer(1, 7) for _ in range(3))
    return (draw.uniform(shape),), (draw.integer(1, 7), draw.integer(0, 2))


@domain("normalize")
def _normalized(draw: Draw) -> Sample:
    shape = (draw.integer(2, 3), draw.integer(1, 2), draw.integer(2, 3))
    axes, weights = draw.choice([((0, 2), (*shape[1:2], 1)), ((2,), shape[2:]), ((1, 2), shape[1:])])
    # The values are spread out, so that the variance is large beside eps.
    x = draw.uniform(shape, -0.4, 0.4) + np.arange(math.prod(shape)).reshape(shape) % 5
    return Sample(
        lambda x, weight, bias: registry["normalize"].function(x, weight, bias, axes, 1e-2, []),
        (x, draw.uniform(weights), draw.uniform(weights)),
    )


@domain("embedding")
def _rows(draw: Draw) -> Any:
    count = draw.integer(1, 4)
    numbers = draw.rng.integers(0, count, draw.shape(max_dims=2))
    return (draw.uniform((count, draw.integer(1, 3))),), (numbers, None, False)
