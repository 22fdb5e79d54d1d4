"""Arguments of windows over sequences and images, and how many windows fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..symbols import Shape
from .base import Layer
from .shapes import positive

Pair = tuple[int, int]


def pair(value: Any, said: str, layer: str) -> Pair:
    """A number for each of the two spatial dims, from one for both or a sequence of two.

    Raises:
        ValueError: it is neither, or not positive.
    """
    values = tuple(value) if isinstance(value, Sequence) else (value, value)
    if len(values) != 2 or any(isinstance(v, bool) or not isinstance(v, int) or v < 1 for v in values):
        raise ValueError(
            f"The `{said}` argument of {layer} must be a positive integer or a tuple of 2 of them. Received: {value!r}"
        )
    return values


def _one(value: Any, said: str, layer: str) -> int:
    """A positive number, which may stand alone in a sequence."""
    values = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    if len(values) != 1:
        raise ValueError(f"The `{said}` argument of {layer} must be a positive integer. Received: {value!r}")
    return positive(values[0], said, layer)


def padding_name(value: Any, layer: str) -> str:
    """ "valid" or "same", in small letters.

    Raises:
        ValueError: it is neither.
    """
    name = str(value).lower()
    if name not in ("valid", "same"):
        raise ValueError(
            f"The `padding` argument of {layer} must be one of 'valid', 'same'. Received: padding={value!r}"
        )
    return name


def channels_last(value: str | None, layer: str) -> None:
    """Check a data format.

    Raises:
        ValueError: it is another than "channels_last".
    """
    if value not in (None, "channels_last"):
        raise ValueError(f"{layer} takes images with their channels last alone. Received: data_format={value!r}")


def output_sizes(
    layer: Any, input_shape: Shape, kernel: Pair, stride: Pair, padding: str, dilation: Pair = (1, 1)
) -> tuple[int | None, ...]:
    """How many windows fit in each spatial dim of (N, H, W, C); None where the size is not known.

    Raises:
        ValueError: none fits.
    """
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation)]
    sizes = input_shape[1:3]
    if padding == "same":
        return tuple(None if n is None else -(-n // s) for n, s in zip(sizes, stride))
    if any(n is not None and n < r for n, r in zip(sizes, reach)):
        raise ValueError(
            f"Layer {layer.name!r}: computed output size would be zero or negative. The windows have size "
            f"{tuple(reach)}, but the input has shape {tuple(input_shape)}"
        )
    return tuple(None if n is None else (n - r) // s + 1 for n, r, s in zip(sizes, reach, stride))


def _length(layer: Layer, input_shape: Shape, reach: int, stride: int, padding: str) -> int | None:
    """How many windows fit; None where the number of steps is not known."""
    steps = input_shape[1]
    if steps is None:
        return None
    if padding in ("same", "causal"):
        return -(-steps // stride)
    if steps < reach:
        raise ValueError(
            f"Layer {layer.name!r}: computed output size would be zero or negative. The windows have size {reach}, but "
            f"the input has shape {tuple(input_shape)}"
        )
    return (steps - reach) // stride + 1
