"""InputSpec: the shapes that a layer accepts as input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..symbols import Shape


@dataclass(frozen=True)
class InputSpec:
    """The shapes that a layer accepts as input.

    Attributes:
        ndim: the number of dims, including the batch.
        min_ndim: the minimum number of dims.
        axes: required sizes by axis.
        shape: the whole shape, with None for any size.
    """

    ndim: int | None = None
    min_ndim: int | None = None
    axes: Mapping[int, int] = field(default_factory=dict)
    shape: Shape | None = None

    def check(self, shape: Shape, number: int, layer: str) -> None:
        """Check the shape of a layer's input; a ValueError names the layer, the expected and the given shape."""
        prefix = f'Input {number} of layer "{layer}" is incompatible with the layer: '
        if self.shape is not None and (
            len(shape) != len(self.shape)
            or any(n is not None and m is not None and n != m for n, m in zip(shape, self.shape))
        ):
            raise ValueError(f"{prefix}expected shape={self.shape}, found shape={shape}")
        if self.ndim is not None and len(shape) != self.ndim:
            raise ValueError(
                f"{prefix}expected ndim={self.ndim}, found ndim={len(shape)}. Full shape received: {shape}"
            )
        if self.min_ndim is not None and len(shape) < self.min_ndim:
            raise ValueError(
                f"{prefix}expected min_ndim={self.min_ndim}, found ndim={len(shape)}. Full shape received: {shape}"
            )
        for axis, size in self.axes.items():
            if shape[axis] not in (None, size):
                raise ValueError(
                    f"{prefix}expected axis {axis} of input shape to have value {size}, but received input with shape "
                    f"{shape}"
                )
