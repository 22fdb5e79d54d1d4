"""Arguments of windows that slide over sequences or images with channels last, and the number of windows that fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..symbols import Shape
from .base import Layer
from .shapes import positive

Pair = tuple[int, int]


def pair(value: Any, argument: str, layer: str) -> Pair:
    """An argument as a pair, from a positive integer for both parts or a pair of them; a ValueError names the layer."""
    values = tuple(value) if isinstance(value, Sequence) else (value, value)
    if len(values) != 2 or any(isinstance(v, bool) or not isinstance(v, int) or v < 1 for v in values):
        raise ValueError(
            f"The `{argument}` argument of {layer} must be a positive integer or a tuple of 2 of them. Received: "
            f"{value!r}"
        )
    return values


def single(value: Any, argument: str, layer: str) -> int:
    """An argument as one integer, from a positive integer or a sequence of one; a ValueError names the layer."""
    values = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    if len(values) != 1:
        raise ValueError(f"The `{argument}` argument of {layer} must be a positive integer. Received: {value!r}")
    return positive(values[0], argument, layer)


def padding_name(value: Any, layer: str, allowed: Sequence[str] = ("valid", "same")) -> str:
    """The name of a padding in lower case; a ValueError names the layer and the paddings allowed."""
    name = str(value).lower()
    if name not in allowed:
        raise ValueError(
            f"The `padding` argument of {layer} must be one of {', '.join(map(repr, allowed))}. Received: "
            f"padding={value!r}"
        )
    return name


def channels_last(value: str | None, layer: str) -> None:
    """Raise ValueError for a data format other than "channels_last"."""
    if value not in (None, "channels_last"):
        raise ValueError(f"{layer} only supports images with channels last. Received: data_format={value!r}")


def output_sizes(
    layer: Layer, input_shape: Shape, kernel: Any, stride: Any, padding: str, dilation: Any = 1
) -> tuple[int | None, ...]:
    """The number of windows in each spatial dim of (N, *spatial, C); None where the size is unknown.

    The size, the stride and the dilation of the windows are integers, for all dims, or tuples with one for each.

    Raises:
        ValueError: no window fits.
    """
    sizes = input_shape[1:-1]
    kernel, stride, dilation = (n if isinstance(n, tuple) else (n,) * len(sizes) for n in (kernel, stride, dilation))
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation)]
    if padding in ("same", "causal"):
        return tuple(None if n is None else -(-n // s) for n, s in zip(sizes, stride))
    if any(n is not None and n < r for n, r in zip(sizes, reach)):
        raise ValueError(
            f"Layer {layer.name!r}: computed output size would be zero or negative. The windows have size "
            f"{tuple(reach)}, but the input has shape {tuple(input_shape)}"
        )
    return tuple(None if n is None else (n - r) // s + 1 for n, r, s in zip(sizes, reach, stride))
