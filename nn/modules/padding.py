"""Padding layers: extend the last one, two or three dims on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.core.tensor import Tensor

from .. import functional as F
from ..module import Module

__all__ = [
    "ConstantPad1d", "ConstantPad2d", "ConstantPad3d", "ZeroPad1d", "ZeroPad2d", "ZeroPad3d", "ReflectionPad1d",
    "ReflectionPad2d", "ReflectionPad3d", "ReplicationPad1d", "ReplicationPad2d", "ReplicationPad3d", "CircularPad1d",
    "CircularPad2d", "CircularPad3d",
]  # fmt: skip


class _Pad(Module):
    """The base of the padding layers; a subclass gives the number of dims and the mode of `F.pad`.

    Args:
        padding: the width on every side; or two widths for each dim, before and after, starting with the last dim.

    Raises:
        ValueError: the number of widths is not twice the number of dims.
    """

    _dims: int
    _mode: str

    def __init_subclass__(cls, *, dims: int | None = None, mode: str = "constant", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if dims is not None:
            cls._dims, cls._mode = dims, mode

    def __init__(self, padding: int | Sequence[int]) -> None:
        super().__init__()
        count = 2 * self._dims
        self.padding = tuple(padding) if isinstance(padding, Sequence) else (padding,) * count
        if len(self.padding) != count:
            raise ValueError(f"{type(self).__name__}: expected padding of {count} numbers, but got {padding}")

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, *) or (C, *) with longer last dims."""
        return F.pad(input, self.padding, self._mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPadNd(_Pad):
    def __init__(self, padding: int | Sequence[int], value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, *) or (C, *) with longer last dims."""
        return F.pad(input, self.padding, self._mode, self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class _CircularPadNd(_Pad):
    def forward(self, input: Tensor) -> Tensor:
        """(N, C, *) or (C, *) with longer last dims."""
        unbatched = self._dims + 1
        if input.ndim not in (unbatched, unbatched + 1):
            raise ValueError(f"expected {unbatched}D or {unbatched + 1}D input (got {input.ndim}D input)")
        return super().forward(input)


class ConstantPad1d(_ConstantPadNd, dims=1):
    """Pad sequences (N, C, L) with a constant value."""


class ConstantPad2d(_ConstantPadNd, dims=2):
    """Pad images (N, C, H, W) with a constant value."""


class ConstantPad3d(_ConstantPadNd, dims=3):
    """Pad volumes (N, C, D, H, W) with a constant value."""


class ZeroPad1d(_Pad, dims=1):
    """Pad sequences (N, C, L) with zeros.

    >>> from autograd import ones
    >>> ZeroPad1d((1, 2))(ones(1, 2)).tolist()
    [[0.0, 1.0, 1.0, 0.0, 0.0]]
    """


class ZeroPad2d(_Pad, dims=2):
    """Pad images (N, C, H, W) with zeros."""


class ZeroPad3d(_Pad, dims=3):
    """Pad volumes (N, C, D, H, W) with zeros."""


class ReflectionPad1d(_Pad, dims=1, mode="reflect"):
    """Pad sequences (N, C, L) with a reflection of the input at its edges."""


class ReflectionPad2d(_Pad, dims=2, mode="reflect"):
    """Pad images (N, C, H, W) with a reflection of the input at its edges."""


class ReflectionPad3d(_Pad, dims=3, mode="reflect"):
    """Pad volumes (N, C, D, H, W) with a reflection of the input at its edges."""


class ReplicationPad1d(_Pad, dims=1, mode="replicate"):
    """Pad sequences (N, C, L) by repeating the outermost values."""


class ReplicationPad2d(_Pad, dims=2, mode="replicate"):
    """Pad images (N, C, H, W) by repeating the outermost values."""


class ReplicationPad3d(_Pad, dims=3, mode="replicate"):
    """Pad volumes (N, C, D, H, W) by repeating the outermost values."""


class CircularPad1d(_CircularPadNd, dims=1, mode="circular"):
    """Pad sequences (N, C, L) with values from the opposite end (circular)."""


class CircularPad2d(_CircularPadNd, dims=2, mode="circular"):
    """Pad images (N, C, H, W) with values from the opposite end (circular)."""


class CircularPad3d(_CircularPadNd, dims=3, mode="circular"):
    """Pad volumes (N, C, D, H, W) with values from the opposite end (circular)."""
