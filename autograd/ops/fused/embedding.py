"""Embedding lookup: rows of a table by number, and the transpose, rows added up at their numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...core.operation import Operation, array_of, primitive


def _add_rows(y: Array, numbers: Array, count: int) -> Array:
    """Zeros (count, D) with each row of `y` (*, D) added at its number."""
    width = y.shape[-1]
    out = np.zeros((count, width), y.dtype)
    positions = numbers.reshape(-1, 1) * width + np.arange(width)  # np.add.at is slow for anything but a vector
    np.add.at(out.reshape(-1), positions.reshape(-1), y.reshape(-1))
    return out


def _shares(numbers: Array, padding: int | None, by_frequency: bool) -> Any:
    """The factor for the cotangent of each row: 0 for the padding row; with `by_frequency`, 1 / frequency."""
    share = np.ones(numbers.shape) if padding is None else (numbers != padding).astype(float)
    if by_frequency:
        share /= np.bincount(numbers.reshape(-1))[numbers]
    return share[..., None]


def _to_rows(g: Any, weight_shape: tuple[int, ...], numbers: Any, padding: int | None, by_frequency: bool) -> Any:
    if padding is not None or by_frequency:
        g = g * _shares(numbers, padding, by_frequency).astype(array_of(g).dtype)
    return add_rows(g, numbers, weight_shape[0])


#: The rows of `weight` (V, D) at `numbers` (*): (*, D). The gradient of the row `padding` is 0.
rows: Operation = primitive(
    "embedding",
    lambda weight, numbers, padding, by_frequency: weight[numbers],
    weight=_to_rows,
    doc="Rows of a table: zeros with the rows of g added at their numbers",
)

#: Zeros (count, D) with the rows of `y` added at `numbers`: the transpose of `rows`.
add_rows: Operation = primitive(
    "embedding_add",
    _add_rows,
    y=lambda g, numbers: rows(g, numbers, None, False),
    doc="Zeros with rows added at their numbers: the rows of g at these numbers",
)
