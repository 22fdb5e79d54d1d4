"""Padding layers: extend the last one, two or three dims on both sides."""

from __future__ import annotations

from collections.abc import Sequence

from autograd.core.tensor import Tensor

from .. import functional as F
from ..module import Module

__all__ = [
    "ConstantPad1d", "ConstantPad2d", "ConstantPad3d", "ZeroPad1d", "ZeroPad2d", "ZeroPad3d", "ReflectionPad1d",
    "ReflectionPad2d", "ReflectionPad3d", "ReplicationPad1d", "ReplicationPad2d", "ReplicationPad3d", "CircularPad1d",
    "CircularPad2d", "CircularPad3d",
]  # fmt: skip


class _Pad(Module):
    """The base of the padding layers.

    Args:
        padding: the width on every side; or two widths for each dim, before and after, starting with the last dim.

    Raises:
        ValueError: the number of widths is not twice the number of dims.
    """

    _dims: int
    _mode: str

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


class _ConstantPad(_Pad):
    _mode = "constant"

    def __init__(self, padding: int | Sequence[int], value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, *) or (C, *) with longer last dims."""
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class _ZeroPad(_Pad):
    _mode = "constant"


class _ReflectionPad(_Pad):
    _mode = "reflect"


class _ReplicationPad(_Pad):
    _mode = "replicate"


class _CircularPad(_Pad):
    _mode = "circular"

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, *) or (C, *) with longer last dims."""
        unbatched = self._dims + 1
        if input.ndim not in (unbatched, unbatched + 1):
            raise ValueError(f"expected {unbatched}D or {unbatched + 1}D input (got {input.ndim}D input)")
        return super().forward(input)


class ConstantPad1d(_ConstantPad):
    """Pad sequences (N, C, L) with a constant value."""

    _dims = 1


class ConstantPad2d(_ConstantPad):
    """Pad images (N, C, H, W) with a constant value."""

    _dims = 2


class ConstantPad3d(_ConstantPad):
    """Pad volumes (N, C, D, H, W) with a constant value."""

    _dims = 3


class ZeroPad1d(_ZeroPad):
    """Pad sequences (N, C, L) with zeros.

    >>> from autograd import ones
    >>> ZeroPad1d((1, 2))(ones(1, 2)).tolist()
    [[0.0, 1.0, 1.0, 0.0, 0.0]]
    """

    _dims = 1


class ZeroPad2d(_ZeroPad):
    """Pad images (N, C, H, W) with zeros."""

    _dims = 2


class ZeroPad3d(_ZeroPad):
    """Pad volumes (N, C, D, H, W) with zeros."""

    _dims = 3


class ReflectionPad1d(_ReflectionPad):
    """Pad sequences (N, C, L) with a reflection of the input at its edges."""

    _dims = 1


class ReflectionPad2d(_ReflectionPad):
    """Pad images (N, C, H, W) with a reflection of the input at its edges."""

    _dims = 2


class ReflectionPad3d(_ReflectionPad):
    """Pad volumes (N, C, D, H, W) with a reflection of the input at its edges."""

    _dims = 3


class ReplicationPad1d(_ReplicationPad):
    """Pad sequences (N, C, L) by repeating the outermost values."""

    _dims = 1


class ReplicationPad2d(_ReplicationPad):
    """Pad images (N, C, H, W) by repeating the outermost values."""

    _dims = 2


class ReplicationPad3d(_ReplicationPad):
    """Pad volumes (N, C, D, H, W) by repeating the outermost values."""

    _dims = 3


class CircularPad1d(_CircularPad):
    """Pad sequences (N, C, L) with values from the opposite end (circular)."""

    _dims = 1


class CircularPad2d(_CircularPad):
    """Pad images (N, C, H, W) with values from the opposite end (circular)."""

    _dims = 2


class CircularPad3d(_CircularPad):
    """Pad volumes (N, C, D, H, W) with values from the opposite end (circular)."""

    _dims = 3
