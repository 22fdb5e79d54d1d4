"""Domains of the primitives that change shapes, take elements at an index, or write there."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.primitive import registry
from ...core.tensor import Tensor
from ...ops.shape.indexing import take_at
from ..engine.draw import Draw, Sample
from .domain import domain, of_any_shape

domain("expand")(
    of_any_shape(lambda draw, shape: ((*draw.shape(0, 2), *(draw.integer(0, 3) if n == 1 else n for n in shape)),))
)
domain("sum_to")(of_any_shape(lambda draw, shape: (draw.narrowed(shape),)))
domain("permute")(of_any_shape(lambda draw, shape: (tuple(draw.rng.permutation(len(shape)).tolist()),)))
domain("flip")(of_any_shape(lambda draw, shape: (draw.axes(len(shape)) or (0,),), min_dims=1))
domain("tril", "triu")(of_any_shape(lambda draw, shape: (draw.integer(-3, 3),), min_dims=2))
domain("constant_pad")(
    of_any_shape(lambda draw, shape: (tuple((draw.integer(0, 2), draw.integer(0, 2)) for _ in shape), 1.5))
)


def _new_shape(draw: Draw, shape: tuple[int, ...]) -> tuple[Any, ...]:
    without_ones = tuple(n for n in shape if n != 1)
    return (draw.choice([(math.prod(shape),), (1, *shape), shape[::-1], without_ones, (*shape, 1, 1)]),)


def _shifts(draw: Draw, shape: tuple[int, ...]) -> tuple[Any, ...]:
    axes = draw.axes(len(shape)) or (0,)
    return tuple(draw.integer(-4, 4) for _ in axes), axes


domain("view")(of_any_shape(_new_shape))
domain("roll")(of_any_shape(_shifts, min_dims=1))


def _diagonal_dims(draw: Draw) -> tuple[tuple[int, ...], int, int, int]:
    shape = draw.shape(2, 3, 1)
    first = draw.integer(0, len(shape) - 1)
    second = (first + draw.integer(1, len(shape) - 1)) % len(shape)
    return shape, draw.integer(1 - shape[first], shape[second] - 1), first, second


@domain("diagonal")
def _diagonal(draw: Draw) -> Any:
    shape, *rest = _diagonal_dims(draw)
    return (draw.uniform(shape),), tuple(rest)


@domain("diagonal_scatter")
def _on_diagonal(draw: Draw) -> Any:
    shape, *rest = _diagonal_dims(draw)
    return (draw.uniform(np.diagonal(np.empty(shape), *rest).shape),), (shape, *rest)


@domain("cat")
def _parts(draw: Draw) -> Sample:
    shape = draw.shape(1)
    axis = draw.integer(0, len(shape) - 1)
    sizes = [draw.integer(0, 2) for _ in range(draw.integer(1, 3))]
    xs = tuple(draw.uniform((*shape[:axis], n, *shape[axis + 1 :])) for n in sizes)
    bounds = (0, *itertools.accumulate(sizes))
    return Sample(lambda *parts: registry["cat"].function(parts, bounds, axis), xs)


@domain("stack")
def _layers(draw: Draw) -> Sample:
    shape = draw.shape()
    xs = tuple(draw.uniform(shape) for _ in range(draw.integer(1, 3)))
    axis = draw.integer(0, len(shape))
    return Sample(lambda *layers: registry["stack"].function(layers, axis), xs)


# -- indexing ---------------------------------------------------------------------------------------


def key_for(draw: Draw, shape: tuple[int, ...]) -> Any:
    """An index of an array: integers, slices, None, Ellipsis, masks, integer arrays and mixtures."""
    if not shape or draw.integer(0, 7) == 0:
        return draw.choice([(), Ellipsis, None, (None, ...), draw.rng.random(shape) < 0.5])
    parts: list[Any] = []
    for n in shape[: draw.integer(1, len(shape))]:
        options: list[Any] = [
            slice(None),
            slice(draw.integer(-3, 3), None, draw.choice([None, 1, 2])),
            slice(None, draw.integer(-3, 3), draw.choice([1, -1, -2])),
        ]
        if n:
            options += [draw.integer(-n, n - 1), draw.rng.integers(0, n, 4), draw.rng.integers(0, n, (2, 1))]
        parts.append(draw.choice(options))
        if draw.integer(0, 5) == 0:
            parts.append(None)
    if draw.integer(0, 4) == 0:
        place = draw.integer(0, len(parts)) if len(parts) < len(shape) else len(parts)
        # After an Ellipsis parts count from the end, where sizes may be smaller: keep only slices there.
        parts[place:] = [..., *(p if p is None or isinstance(p, slice) else slice(None) for p in parts[place:])]
    return tuple(parts) if len(parts) > 1 or draw.integer(0, 1) else parts[0]


domain("clone")(of_any_shape(lambda draw, shape: (draw.choice(["C", "K"]),)))
domain("index")(of_any_shape(lambda draw, shape: (key_for(draw, shape),)))


@domain("index_put")
def _putting(draw: Draw) -> Any:
    shape = draw.shape()
    key = key_for(draw, shape)
    return (draw.uniform(np.shape(np.empty(shape)[key])),), (shape, key)


@domain("scatter")
def _replacing(draw: Draw) -> Any:
    x = draw.uniform(draw.shape())
    positions = draw.rng.integers(0, max(1, x.size), draw.integer(1, 5) if x.size else 0)
    return (x, draw.uniform(positions.shape)), (positions,)


@domain("windows")
def _sliding(draw: Draw) -> Any:
    return (draw.uniform((2, 5, 3)),), (1, draw.integer(1, 3), draw.integer(1, 3))


@domain("windows_back")
def _summing_windows(draw: Draw) -> Any:
    size, step = draw.integer(1, 3), draw.integer(1, 3)
    return (draw.uniform((2, (5 - size) // step + 1, 3, size)),), ((2, 5, 3), 1, step)


def _basic_key(draw: Draw, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """A basic index, whose result is a view."""
    options = [
        [slice(None), slice(0, 2), slice(None, None, -1), *([draw.integer(0, n - 1)] if n else [])] for n in shape
    ]
    return tuple(draw.choice(o) for o in options[: draw.integer(1, len(shape))])


domain("zero_part")(of_any_shape(lambda draw, shape: (((take_at, (_basic_key(draw, shape),)),),), min_dims=1))


def _write_at(out: Any, value: Any, key: Any) -> None:
    out[key] = value


def _add_at(out: Any, value: Any, key: Any) -> None:
    """Add value² to a part in place, through a view."""
    if isinstance(out, Tensor):
        out[key].add_(value * value)
    else:
        out[key] += value * value


def _give_writing(name: str, write: Callable[..., None]) -> None:
    """The domain of a primitive behind writes: a copy of the first argument, to which `write` writes the second."""

    def call(x: Any, value: Any, key: Any) -> Any:
        out = x.clone() if isinstance(x, Tensor) else np.array(x)
        write(out, value, key)
        return out

    @domain(name)
    def _written(draw: Draw) -> Sample:
        shape = draw.shape(1)
        key = _basic_key(draw, shape)
        part = np.empty(shape)[key].shape
        value = draw.uniform(part[draw.integer(0, len(part)) :])
        return Sample(lambda x, v: call(x, v, key), (draw.uniform(shape), value))


_give_writing("setitem", _write_at)
_give_writing("copy_slices", _add_at)
