"""Zero padding and cropping of sequences and images."""

from __future__ import annotations

from typing import Any, Unpack

import autograd
from autograd.core.tensor import Tensor

from ... import functional as F
from ...functional import pad
from ..symbols import Shape
from .base import Common, Layer
from .input_spec import InputSpec


class ZeroPadding1D(Layer):
    """Sequences (N, steps, features) with steps of zeros at their ends.

    Args:
        padding: a number, or (at the beginning, at the end).
    """

    def __init__(self, padding: Any = 1, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.padding = _pair(padding, "padding")
        self.input_spec = InputSpec(ndim=3)
        self.built = True

    def call(self, inputs: Tensor) -> Tensor:
        """The longer sequences."""
        return pad(inputs, (0, 0, *self.padding))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, steps', features)."""
        batch, steps, features = input_shape
        return (batch, None if steps is None else steps + sum(self.padding), features)


class Cropping1D(Layer):
    """Sequences (N, steps, features) without some steps at their ends.

    Args:
        cropping: a number, or (at the beginning, at the end).
    """

    def __init__(self, cropping: Any = 1, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.cropping = _pair(cropping, "cropping")
        self.input_spec = InputSpec(ndim=3)
        self.built = True

    def call(self, inputs: Tensor) -> Any:
        """The shorter sequences."""
        first, last = self.cropping
        return inputs[:, first : inputs.array.shape[1] - last]

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, steps', features)."""
        batch, steps, features = input_shape
        return (batch, None if steps is None else steps - sum(self.cropping), features)


class ZeroPadding2D(Layer):
    """Images (N, H, W, C) with rows and columns of zeros around them.

    Args:
        padding: a number, (rows, columns), or ((top, bottom), (left, right)).
    """

    def __init__(self, padding: Any = ((1, 1), (1, 1)), **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.padding = _borders(padding, "padding")
        self.input_spec = InputSpec(ndim=4)
        self.built = True

    def call(self, inputs: Tensor) -> Tensor:
        """The larger images."""
        rows, columns = self.padding
        return F.pad(inputs, (0, 0, *columns, *rows))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, H', W', C)."""
        sizes = (None if n is None else n + sum(more) for n, more in zip(input_shape[1:3], self.padding))
        return (input_shape[0], *sizes, input_shape[3])


class Cropping2D(Layer):
    """Images (N, H, W, C) without rows and columns at their borders; arguments as for `ZeroPadding2D`."""

    def __init__(self, cropping: Any = ((0, 0), (0, 0)), **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.cropping = _borders(cropping, "cropping")
        self.input_spec = InputSpec(ndim=4)
        self.built = True

    def call(self, inputs: Tensor) -> Any:
        """The smaller images."""
        (top, bottom), (left, right) = self.cropping
        high, wide = inputs.array.shape[1:3]
        return autograd.Tensor.__getitem__(inputs, (slice(None), slice(top, high - bottom), slice(left, wide - right)))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, H', W', C)."""
        sizes = (None if n is None else n - sum(less) for n, less in zip(input_shape[1:3], self.cropping))
        return (input_shape[0], *sizes, input_shape[3])


def _pair(value: Any, said: str) -> tuple[int, int]:
    """How many steps at the beginning and at the end."""
    pair = (value, value) if isinstance(value, int) else tuple(value)
    if len(pair) != 2 or min(pair) < 0:
        raise ValueError(f"The `{said}` argument must be a number, or two that are not negative. Received: {value}")
    return pair


def _borders(value: Any, said: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """How many rows at the top and the bottom, and columns at the left and the right."""
    pairs = (value, value) if isinstance(value, int) else tuple(value)
    if len(pairs) != 2:
        raise ValueError(f"`{said}` should have two elements, or be a number. Received: {value}")
    rows, columns = ((part, part) if isinstance(part, int) else (int(part[0]), int(part[1])) for part in pairs)
    return rows, columns
