"""Size: the shape of a tensor."""

from __future__ import annotations

import math

from . import names


class Size(tuple[int, ...]):
    """The shape of a tensor: a tuple of sizes.

    >>> Size([2, 3]).numel()
    6
    """

    __slots__ = ()

    def numel(self) -> int:
        """The number of elements of a tensor of this shape."""
        return math.prod(self)

    def __repr__(self) -> str:
        return f"{names.package()}.Size({list(self)})"
