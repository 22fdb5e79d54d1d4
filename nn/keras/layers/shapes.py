"""Helpers for shapes: checks of sizes, and the base of layers that keep their input's shape."""

from __future__ import annotations

import math
from typing import Any, Unpack

from ..symbols import Shape
from .base import Common, Layer


def as_shape(shape: Any) -> Shape:
    """A number or a sequence of sizes as a tuple.

    Raises:
        ValueError: a size is neither None nor a positive whole number.
    """
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    if any(n is not None and int(n) < 1 for n in sizes):
        raise ValueError(f"Cannot convert {shape!r} to a shape: sizes are positive numbers, or None")
    return tuple(None if n is None else int(n) for n in sizes)


def positive(value: Any, said: str, layer: str) -> int:
    """`value`, which must be a positive whole number.

    Raises:
        ValueError: it is not.
    """
    if isinstance(value, bool) or int(value) != value or value < 1:
        raise ValueError(
            f"Received an invalid value for `{said}` of {layer}, expected a positive integer. Received: {value!r}"
        )
    return int(value)


def known_size(shape: Shape, axis: int, layer: Layer) -> int:
    """A size that weights depend on.

    Raises:
        ValueError: it is not known, or there is no such axis.
    """
    if not -len(shape) <= axis < len(shape):
        raise ValueError(f"Layer {layer.name!r}: axis {axis} is out of range for inputs of shape {tuple(shape)}")
    size = shape[axis]
    if size is None:
        raise ValueError(
            f"The dim at axis {axis} of the inputs to layer {layer.name!r} must be known to make its weights. Received "
            f"shape {tuple(shape)}"
        )
    return int(size)


def known_product(sizes: Shape) -> int | None:
    """The product of sizes; None if one is not known."""
    known = [n for n in sizes if n is not None]
    return math.prod(known) if len(known) == len(sizes) else None


class _SameShape(Layer):
    """A layer whose output has the input's shape, and which has nothing to make."""

    def __init__(self, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.built = True

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape
