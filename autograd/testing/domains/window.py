"""Domains of the primitives behind layers: convolution, pooling, folding, normalization, embedding."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...core.primitive import registry
from ...ops.fused import embedding, normalization  # noqa: F401 - the primitives that they define are registered
from ...ops.window import convolution, folding, pooling  # noqa: F401 - the primitives that they define are registered
from ...ops.window.geometry import Geometry
from ..draw import Draw, Sample
from .domain import Domain, domain, domains


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


@domain("convolution")
def _convolution(draw: Draw) -> Any:
    x, weight, _, geometry = _sides(draw)
    return (x, weight, draw.uniform(weight.shape[:1])), (geometry,)


@domain("convolution_input")
def _convolution_input(draw: Draw) -> Any:
    _, weight, y, geometry = _sides(draw)
    return (y, weight), (geometry,)


@domain("convolution_weight")
def _convolution_weight(draw: Draw) -> Any:
    x, _, y, geometry = _sides(draw)
    return (x, y), (geometry,)


@domain("max_pool", analytic=False)
def _largest(draw: Draw) -> Any:
    geometry = _geometry(draw)._replace(padding=((0, 0),) * 2)
    geometry = geometry._replace(padding=geometry.padding[: len(geometry.size)])
    size = tuple(
        (n - 1) * s + d * (k - 1) + 1
        for n, s, d, k in zip(geometry.out, geometry.stride, geometry.dilation, geometry.kernel, strict=True)
    )
    return (draw.distinct((draw.integer(1, 2), 2, *size)),), (geometry._replace(size=size),)


@domain("max_pool_take")
def _chosen(draw: Draw) -> Any:
    geometry, shape = _geometry(draw), (draw.integer(1, 2), 2)
    chosen = draw.rng.integers(0, math.prod(geometry.kernel), (*shape, *geometry.out))
    return (draw.uniform((*shape, *geometry.size)),), (chosen, geometry)


@domain("max_pool_put")
def _put(draw: Draw) -> Any:
    geometry, shape = _geometry(draw), (draw.integer(1, 2), 2)
    chosen = draw.rng.integers(0, math.prod(geometry.kernel), (*shape, *geometry.out))
    return (draw.uniform((*shape, *geometry.out)),), (chosen, geometry)


@domain("avg_pool")
def _means(draw: Draw) -> Any:
    geometry = _geometry(draw)
    return (draw.uniform((draw.integer(1, 2), 2, *geometry.size)),), (3.0, geometry)


@domain("avg_pool_spread")
def _shares(draw: Draw) -> Any:
    geometry = _geometry(draw)
    return (draw.uniform((draw.integer(1, 2), 2, *geometry.out)),), (3.0, geometry)


@domain("unfold")
def _windows_as_columns(draw: Draw) -> Any:
    geometry = _geometry(draw)
    return (draw.uniform((draw.integer(1, 2), 2, *geometry.size)),), (geometry,)


@domain("fold")
def _columns_added(draw: Draw) -> Any:
    geometry = _geometry(draw)
    return (draw.uniform((draw.integer(1, 2), 2 * math.prod(geometry.kernel), math.prod(geometry.out))),), (geometry,)


def _normalized(draw: Draw) -> Sample:
    shape = (draw.integer(2, 3), draw.integer(1, 2), draw.integer(2, 3))
    axes, weights = draw.choice([((0, 2), (*shape[1:2], 1)), ((2,), shape[2:]), ((1, 2), shape[1:])])
    # The values are spread out, so that the variance is large beside eps.
    x = draw.uniform(shape) + np.arange(math.prod(shape)).reshape(shape) % 5
    return Sample(
        lambda x, weight, bias: registry["normalize"].function(x, weight, bias, axes, 1e-2, []),
        (x, draw.uniform(weights), draw.uniform(weights)),
    )


domains["normalize"] = Domain(_normalized, analytic=True)


@domain("embedding")
def _rows(draw: Draw) -> Any:
    count = draw.integer(1, 4)
    numbers = draw.rng.integers(0, count, draw.shape(max_dims=2))
    return (draw.uniform((count, draw.integer(1, 3))),), (numbers, None, False)


@domain("embedding_add")
def _added_rows(draw: Draw) -> Any:
    count = draw.integer(1, 4)
    numbers = draw.rng.integers(0, count, draw.shape(max_dims=2))
    return (draw.uniform((*numbers.shape, draw.integer(1, 3))),), (numbers, count)
