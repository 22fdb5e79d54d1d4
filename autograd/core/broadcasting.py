"""Broadcasting and its reverse. Expanding copies a value, so the cotangents of the copies are summed."""

from __future__ import annotations

import numpy as np

from ..base.along import sum_along
from ..base.dtypes import Array
from ..base.half_precision import in_single
from ..base.symbolic import as_array
from .operation import Operation, viewing


def _sum_to(x: Array, shape: tuple[int, ...]) -> Array:
    # Broadcasting adds dims in front and stretches those of size 1.
    extra = x.ndim - len(shape)
    axes = tuple(i for i in range(x.ndim) if i < extra or (shape[i - extra] == 1 and x.shape[i] != 1))
    summed = sum_along(x, axes, keepdims=True) if axes else as_array(x)
    return summed.reshape(shape) if shape else summed.reshape(-1)[0]


def _expand(x: Array, shape: tuple[int, ...]) -> Array:
    expanded = np.broadcast_to(x, shape)
    # NumPy makes the view read-only. In-place operations do their own check for elements that share memory.
    expanded.flags.writeable = x.flags.writeable
    return expanded


#: `x` repeated to `shape`, without copying: a view.
expand_to = viewing(
    "expand", _expand, x=lambda g, x_shape: sum_to(g, x_shape), doc="x repeated to a shape: g summed over the repeats"
)

#: `x` summed over the dims along which `shape` would have to be expanded to give the shape of `x`; of none, a view.
sum_to: Operation = viewing(
    "sum_to",
    in_single(_sum_to),
    x=lambda g, x_shape: expand_to(g, x_shape),
    doc="x summed to a smaller shape that broadcasts to its own: g expanded",
)
