"""Helpers for shapes: checks of sizes, and the base class of layers that keep their input's shape."""

from __future__ import annotations

import math
import numbers
from typing import Any

from ..symbols import Shape
from .base import Layer


class SameShape(Layer):
    """Base class of layers whose output has the shape of the input."""

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape


class SameShapeWithoutWeights(SameShape):
    """Base class of layers without weights whose output has the shape of the input."""

    built = True


def as_shape(shape: Any) -> Shape:
    """A number or a sequence of sizes as a tuple; ValueError if a size is neither None nor a positive integer."""
    sizes = shape if isinstance(shape, (list, tuple)) else (shape,)
    if any(n is not None and (not isinstance(n, numbers.Integral) or n < 1) for n in sizes):
        raise ValueError(f"Cannot convert {shape!r:.60} to a shape: sizes must be positive integers, or None")
    return tuple(None if n is None else int(n) for n in sizes)


def positive(value: Any, argument: str, layer: str) -> int:
    """An argument of a layer as an int; a ValueError names the layer if it is not a positive integer."""
    if isinstance(value, bool) or int(value) != value or value < 1:
        raise ValueError(
            f"Received an invalid value for `{argument}` of {layer}, expected a positive integer. Received: {value!r}"
        )
    return int(value)


def known_size(shape: Shape, axis: int, layer: Layer) -> int:
    """The size of an axis that the weights' shapes depend on; ValueError if it is unknown or the axis out of range."""
    if not -len(shape) <= axis < len(shape):
        raise ValueError(f"Layer {layer.name!r}: axis {axis} is out of range for inputs of shape {tuple(shape)}")
    size = shape[axis]
    if size is None:
        raise ValueError(
            f"The size of axis {axis} of the inputs to layer {layer.name!r} must be known to create its weights. "
            f"Received shape {tuple(shape)}"
        )
    return int(size)


def known_product(sizes: Shape) -> int | None:
    """The product of sizes; None if one is unknown."""
    known = [n for n in sizes if n is not None]
    return math.prod(known) if len(known) == len(sizes) else None
