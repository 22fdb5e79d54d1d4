"""Padding as modules: a border around the last one, two or three dims."""

from __future__ import annotations

from collections.abc import Sequence

from autograd.core.tensor import Tensor

from .. import functional as F
from ..module import Module


class _Pad(Module):
    """A border around the last dims.

    Args:
        padding: how wide it is on every side, or two numbers for each dim, before and after, from the last backwards.

    Raises:
        ValueError: another count of numbers.
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
        least = self._dims + 1
        if input.ndim not in (least, least + 1):
            raise ValueError(f"expected {least}D or {least + 1}D input (got {input.ndim}D input)")
        return super().forward(input)


class ConstantPad1d(_ConstantPad):
    """A border of one value around sequences (N, C, L)."""

    _dims = 1


class ConstantPad2d(_ConstantPad):
    """A border of one value around images (N, C, H, W)."""

    _dims = 2


class ConstantPad3d(_ConstantPad):
    """A border of one value around volumes (N, C, D, H, W)."""

    _dims = 3


class ZeroPad1d(_ZeroPad):
    """A border of zeros around sequences (N, C, L).

    >>> from autograd import ones
    >>> ZeroPad1d((1, 2))(ones(1, 2)).tolist()
    [[0.0, 1.0, 1.0, 0.0, 0.0]]
    """

    _dims = 1


class ZeroPad2d(_ZeroPad):
    """A border of zeros around images (N, C, H, W)."""

    _dims = 2


class ZeroPad3d(_ZeroPad):
    """A border of zeros around volumes (N, C, D, H, W)."""

    _dims = 3


class ReflectionPad1d(_ReflectionPad):
    """A border that mirrors the input around sequences (N, C, L)."""

    _dims = 1


class ReflectionPad2d(_ReflectionPad):
    """A border that mirrors the input around images (N, C, H, W)."""

    _dims = 2


class ReflectionPad3d(_ReflectionPad):
    """A border that mirrors the input around volumes (N, C, D, H, W)."""

    _dims = 3


class ReplicationPad1d(_ReplicationPad):
    """A border that repeats the outermost values around sequences (N, C, L)."""

    _dims = 1


class ReplicationPad2d(_ReplicationPad):
    """A border that repeats the outermost values around images (N, C, H, W)."""

    _dims = 2


class ReplicationPad3d(_ReplicationPad):
    """A border that repeats the outermost values around volumes (N, C, D, H, W)."""

    _dims = 3


class CircularPad1d(_CircularPad):
    """A border that goes on with the other end around sequences (N, C, L)."""

    _dims = 1


class CircularPad2d(_CircularPad):
    """A border that goes on with the other end around images (N, C, H, W)."""

    _dims = 2


class CircularPad3d(_CircularPad):
    """A border that goes on with the other end around volumes (N, C, D, H, W)."""

    _dims = 3
