"""What a layer expects of its input's shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..symbols import Shape


@dataclass(frozen=True)
class InputSpec:
    """What a layer expects of its input's shape.

    Attributes:
        ndim: the number of dims, the batch included.
        min_ndim: the least number of dims.
        axes: the sizes of some dims, by their place.
        shape: the whole shape; None for a size that may be any.
    """

    ndim: int | None = None
    min_ndim: int | None = None
    axes: Mapping[int, int] = field(default_factory=dict)
    shape: Shape | None = None

    def check(self, shape: Shape, number: int, layer: str) -> None:
        """Check the shape of a layer's input.

        Raises:
            ValueError: it does not fit; names the layer, what it expects and what it got.
        """
        wrong = f'Input {number} of layer "{layer}" is incompatible with the layer: '
        if self.shape is not None and (
            len(shape) != len(self.shape)
            or any(n is not None and m is not None and n != m for n, m in zip(shape, self.shape))
        ):
            raise ValueError(f"{wrong}expected shape={self.shape}, found shape={shape}")
        if self.ndim is not None and len(shape) != self.ndim:
            raise ValueError(f"{wrong}expected ndim={self.ndim}, found ndim={len(shape)}. Full shape received: {shape}")
        if self.min_ndim is not None and len(shape) < self.min_ndim:
            raise ValueError(
                f"{wrong}expected min_ndim={self.min_ndim}, found ndim={len(shape)}. Full shape received: {shape}"
            )
        for axis, size in self.axes.items():
            if shape[axis] not in (None, size):
                raise ValueError(
                    f"{wrong}expected axis {axis} of input shape to have value {size}, but received input with shape "
                    f"{shape}"
                )
