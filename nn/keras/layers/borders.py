"""Zero padding and cropping of sequences and images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import autograd
from autograd.core.tensor import Tensor

from ... import functional as F
from ..symbols import Shape
from .base import Common, Layer
from .input_spec import InputSpec

Pair = tuple[int, int]


class _Borders(Layer):
    """Base class of layers that change inputs (N, *spatial, C) at the beginning and the end of each spatial dim."""

    #: 1 if the spatial dims become larger, -1 if they become smaller.
    sign = 1

    def __init__(self, borders: Sequence[Pair], common: Common) -> None:
        super().__init__(**common)
        self._borders = borders
        self.input_spec = InputSpec(ndim=len(borders) + 2)
        self.built = True

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, *spatial', C)."""
        batch, *spatial, channels = input_shape
        changes = [self.sign * sum(border) for border in self._borders]
        return (batch, *(None if n is None else n + change for n, change in zip(spatial, changes)), channels)


class _ZeroPadding(_Borders):
    def call(self, inputs: Tensor) -> Tensor:
        return F.pad(inputs, (0, 0, *(size for border in reversed(self._borders) for size in border)))


class _Cropping(_Borders):
    sign = -1

    def call(self, inputs: Tensor) -> Any:
        sizes = inputs.array.shape[1:]
        inner = [slice(before, size - after) for (before, after), size in zip(self._borders, sizes)]
        return autograd.Tensor.__getitem__(inputs, (slice(None), *inner))


class ZeroPadding1D(_ZeroPadding):
    """Sequences (N, steps, features) with zeros at their ends.

    Args:
        padding: an integer, or (at the beginning, at the end).
    """

    def __init__(self, padding: Any = 1, **common: Unpack[Common]) -> None:
        super().__init__([_ends(padding, "padding")], common)
        self.padding = self._borders[0]


class Cropping1D(_Cropping):
    """Sequences (N, steps, features) without some steps at their ends.

    Args:
        cropping: an integer, or (at the beginning, at the end).
    """

    def __init__(self, cropping: Any = 1, **common: Unpack[Common]) -> None:
        super().__init__([_ends(cropping, "cropping")], common)
        self.cropping = self._borders[0]


class ZeroPadding2D(_ZeroPadding):
    """Images (N, H, W, C) with rows and columns of zeros around them.

    Args:
        padding: an integer, (rows, columns), or ((top, bottom), (left, right)).
    """

    def __init__(self, padding: Any = ((1, 1), (1, 1)), **common: Unpack[Common]) -> None:
        super().__init__(_sides(padding, "padding"), common)
        self.padding = self._borders


class Cropping2D(_Cropping):
    """Images (N, H, W, C) without rows and columns at their borders; arguments as for `ZeroPadding2D`."""

    def __init__(self, cropping: Any = ((0, 0), (0, 0)), **common: Unpack[Common]) -> None:
        super().__init__(_sides(cropping, "cropping"), common)
        self.cropping = self._borders


def _ends(value: Any, argument: str) -> Pair:
    """The number of steps at the beginning and at the end of a sequence."""
    values = value if isinstance(value, (list, tuple)) else (value, value)
    if len(values) != 2 or any(isinstance(n, bool) or not isinstance(n, int) or n < 0 for n in values):
        raise ValueError(f"`{argument}` must be a non-negative integer, or two of them. Received: {value!r:.60}")
    first, last = values
    return first, last


def _sides(value: Any, argument: str) -> tuple[Pair, Pair]:
    """The number of rows at the top and bottom, and of columns at the left and right of an image."""
    pairs = value if isinstance(value, (list, tuple)) else (value, value)
    if len(pairs) != 2:
        raise ValueError(f"`{argument}` should have two elements, or be a number. Received: {value!r:.60}")
    return _ends(pairs[0], argument), _ends(pairs[1], argument)
