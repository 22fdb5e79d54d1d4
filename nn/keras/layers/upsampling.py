"""UpSampling1D and UpSampling2D: repeat steps or pixels."""

from __future__ import annotations

from typing import Any, Unpack

import autograd
from autograd.core.tensor import Tensor
from autograd.ops.window.interpolation import interpolate

from ..naming import lookup
from ..symbols import Shape
from .base import Common, Layer
from .input_spec import InputSpec
from .shapes import positive
from .windows import Pair, channels_last, pair


class UpSampling1D(Layer):
    """Sequences (N, steps, features) in which every step is repeated `size` times.

    Raises:
        ValueError: `size` is not a positive integer.
    """

    built, input_spec = True, InputSpec(ndim=3)

    def __init__(self, size: int = 2, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.size = positive(size, "size", "UpSampling1D")

    def call(self, inputs: Tensor) -> Any:
        """(N, steps · size, features)."""
        return autograd.repeat_interleave(inputs, self.size, 1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        batch, steps, features = input_shape
        return (batch, None if steps is None else steps * self.size, features)


class UpSampling2D(Layer):
    """Images (N, H, W, C) enlarged by integer factors.

    Args:
        size: the factor, or one for the height and one for the width.
        data_format: "channels_last".
        interpolation: "nearest" or "bilinear".

    Raises:
        ValueError: a factor is not a positive integer, or another data format or interpolation.

    >>> tuple(UpSampling2D(2)(autograd.ones(1, 4, 4, 3)).shape)
    (1, 8, 8, 3)
    """

    built, input_spec = True, InputSpec(ndim=4)

    def __init__(
        self, size: Any = (2, 2), data_format: str | None = None, interpolation: str = "nearest",
        **common: Unpack[Common],
    ) -> None:  # fmt: skip
        super().__init__(**common)
        channels_last(data_format, "UpSampling2D")
        self.size: Pair = pair(size, "size", "UpSampling2D")
        lookup("interpolation", interpolation, dict.fromkeys(("nearest", "bilinear")))
        self.interpolation = interpolation

    def call(self, inputs: Tensor) -> Tensor:
        """(N, H · rows, W · columns, C)."""
        x = inputs.permute(0, 3, 1, 2)
        if self.interpolation == "bilinear":
            return interpolate(x, scale_factor=self.size, mode="bilinear", align_corners=False).permute(0, 2, 3, 1)
        # Repeating by expand, whose transpose is a sum, is much faster than indexing.
        n, channels, height, width = x.array.shape
        rows, columns = self.size
        repeated = x.reshape(n, channels, height, 1, width, 1).expand(n, channels, height, rows, width, columns)
        return repeated.reshape(n, channels, height * rows, width * columns).permute(0, 2, 3, 1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        sizes = (None if n is None else n * factor for n, factor in zip(input_shape[1:3], self.size))
        return (*input_shape[:1], *sizes, *input_shape[3:])
