"""Random arguments: choices, shapes and numbers, constructed to keep away from kinks and poles."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...base.dtypes import Array
from ...core.public_methods import public_methods

#: Memory layouts: each function returns an array with the same values in that layout.
LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "contiguous": np.ascontiguousarray,
    "transposed": np.asfortranarray,
    "sliced": lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
    "negative strides": lambda x: np.flip(np.flip(x).copy()),
}


class Sample(NamedTuple):
    """One call of a primitive: a function of its differentiable arguments only, and those arguments."""

    call: Callable[..., Any]
    inputs: tuple[Array, ...]


class Values(NamedTuple):
    """The range of the elements of a tensor: an interval without the neighbourhoods of kinks and poles.

    Attributes:
        low, high: the interval.
        off: the points in it, in ascending order, that every element keeps away from.
        margin: the least distance from these points.

    >>> numbers = Values(-1, 1, off=(0,)).fill((100,), np.random.default_rng(0))
    >>> bool(np.abs(numbers).min() >= 0.1)
    True
    """

    low: float = -2
    high: float = 2
    off: tuple[float, ...] = ()
    margin: float = 0.1

    def fill(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Random numbers, uniform over the remaining parts of the interval."""
        starts = np.array([self.low, *(point + self.margin for point in self.off)])
        lengths = np.array([*(point - self.margin for point in self.off), self.high]) - starts
        if not np.isfinite(self.high - self.low):
            raise ValueError(f"{self}: the bounds must be finite numbers")
        if np.any(lengths <= 0):
            raise ValueError(f"{self}: the points leave no room between them: sort them, or use a smaller margin")
        ends = np.cumsum(lengths)
        along = rng.uniform(0, ends[-1], shape)
        piece = np.searchsorted(ends, along, side="right")
        return np.asarray(starts[piece] + (along - (ends - lengths)[piece]))

    def hold(self, x: Array) -> Array:
        """Where numbers lie in the interval and away from its points."""
        inside = (x >= self.low) & (x <= self.high)
        for point in self.off:
            inside &= np.abs(x - point) >= self.margin
        return np.asarray(inside)


@public_methods
class Draw:
    """A source of random choices and numbers. `strategies.HypothesisDraw` lets Hypothesis make the choices."""

    def __init__(self, seed: int = 0) -> None:
        self.rng = np.random.default_rng(seed)

    def integer(self, low: int, high: int) -> int:
        """An integer from `low` to `high`, both included."""
        return int(self.rng.integers(low, high + 1))

    def choice(self, options: Sequence[Any]) -> Any:
        """One of the options."""
        return options[self.integer(0, len(options) - 1)]

    def shape(self, min_dims: int = 0, max_dims: int = 3, min_side: int = 0, max_side: int = 3) -> tuple[int, ...]:
        """A shape. Sizes of 0 and 1 are as likely as any other."""
        return tuple(self.integer(min_side, max_side) for _ in range(self.integer(min_dims, max_dims)))

    def pair_of_shapes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Two shapes that broadcast with each other; sometimes they are equal, sometimes empty."""
        full = self.shape()
        return self.narrowed(full), self.narrowed(full)

    def narrowed(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """A shape that broadcasts to `shape`: some of its last dims, and 1 for some of them."""
        cut = self.integer(0, len(shape)) if self.integer(0, 1) else 0
        return tuple(1 if self.integer(0, 2) == 0 else n for n in shape[cut:])

    def axes(self, ndim: int) -> tuple[int, ...] | None:
        """Some of `ndim` axes, or None for all of them."""
        chosen = tuple(axis for axis in range(ndim) if self.integer(0, 1))
        return chosen or None

    def layout(self, x: Array) -> Array:
        """The same values in a random layout: C or Fortran order, strided or reversed; 0-d arrays often as scalars."""
        how = self.integer(0, len(LAYOUTS) - 1)
        if x.ndim == 0:
            return x if how == 3 else x[()]
        return list(LAYOUTS.values())[how](x)

    def uniform(self, shape: tuple[int, ...], low: float = -2, high: float = 2) -> Array:
        """Numbers between `low` and `high`, in any layout."""
        return self.layout(np.asarray(self.rng.uniform(low, high, shape)))

    def nonzero(self, shape: tuple[int, ...]) -> Array:
        """Numbers of either sign, at least 0.5 away from 0."""
        return self.layout(np.asarray(self.rng.choice([-1.0, 1.0], shape) * self.rng.uniform(0.5, 2, shape)))

    def between_whole(self, shape: tuple[int, ...]) -> Array:
        """Numbers at least 0.15 away from whole numbers and from halves."""
        offsets = self.rng.choice([0.0, 0.5], shape) + self.rng.uniform(0.15, 0.35, shape)
        return self.layout(np.asarray(self.rng.integers(-3, 3, shape) + offsets))

    def distinct(self, shape: tuple[int, ...]) -> Array:
        """Numbers at least 0.25 apart from one another and from 0."""
        size = math.prod(shape)
        grid = self.rng.permutation(size) * 0.5 - size // 2 * 0.5 + 0.25
        return self.layout((grid + self.rng.uniform(-0.1, 0.1, size)).reshape(shape))

    def complex(self, shape: tuple[int, ...]) -> Array:
        """Complex numbers at least 0.5 away from both axes."""
        return self.layout(np.asarray(self.nonzero(shape) + 1j * self.nonzero(shape)))
