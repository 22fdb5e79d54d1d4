"""Size: the shape of a tensor."""

from __future__ import annotations

import math
from typing import Any, SupportsIndex, overload

from . import names


class Size(tuple[int, ...]):
    """The shape of a tensor: a tuple of sizes, of which a part or a sum is a shape too.

    >>> Size([2, 3]).numel()
    6
    >>> Size([2, 3])[1:] + (4,)
    autograd.Size([3, 4])
    """

    __slots__ = ()

    def numel(self) -> int:
        """The number of elements of a tensor of this shape."""
        return math.prod(self)

    @overload
    def __getitem__(self, index: SupportsIndex) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Size: ...
    def __getitem__(self, index: Any) -> Any:
        part = tuple.__getitem__(self, index)
        return Size(part) if type(part) is tuple else part

    def __add__(self, other: Any) -> Any:
        return Size(tuple.__add__(self, other))

    def __radd__(self, other: Any) -> Any:
        return Size(other + tuple(self)) if isinstance(other, tuple) else NotImplemented

    def __mul__(self, count: SupportsIndex) -> Size:
        return Size(tuple.__mul__(self, count))

    __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"{names.package()}.Size({list(self)})"
