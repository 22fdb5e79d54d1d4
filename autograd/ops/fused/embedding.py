"""Embedding lookup: rows of a table by number."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...core.operation import Operation, array_of, primitive
from ..shape.indexing import put_at


def _shares(numbers: Array, padding: int | None, by_frequency: bool) -> Any:
    """The factor for the cotangent of each row: 0 for the padding row; with `by_frequency`, 1 / frequency."""
    share = np.ones(numbers.shape) if padding is None else (numbers != padding).astype(float)
    if by_frequency and numbers.size:
        share /= np.bincount(numbers.reshape(-1))[numbers]
    return share[..., None]


def _to_rows(g: Any, weight_shape: tuple[int, ...], numbers: Any, padding: int | None, by_frequency: bool) -> Any:
    if padding is not None or by_frequency:
        g = g * _shares(numbers, padding, by_frequency).astype(array_of(g).dtype)
    return put_at(g, weight_shape, numbers)


#: The rows of `weight` (V, D) at `numbers` (*): (*, D). The gradient of the row `padding` is 0.
rows: Operation = primitive(
    "embedding",
    lambda weight, numbers, padding, by_frequency: weight[numbers],
    weight=_to_rows,
    doc="Rows of a table: zeros with the rows of g added at their numbers",
)
