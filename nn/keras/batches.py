"""Batches: what fit, evaluate and predict go through, from arrays or from what yields batches itself."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.random import source
from autograd.tensor import Tensor
from autograd.tensorflow.tensors import EagerTensor

from .symbols import leaves, replaced


class ArrayBatches:
    """Arrays, or nests of them, cut into batches.

    Args:
        x, y: nests of arrays or tensors with as many rows; `y` may be None.
        batch_size: rows in a batch; the last may have fewer.
        shuffle: whether every pass has another order.

    Raises:
        ValueError: the numbers of rows differ.
    """

    def __init__(self, x: Any, y: Any = None, batch_size: int | None = None, shuffle: bool = False) -> None:
        self.x, self.y = replaced(x, rows_of), None if y is None else replaced(y, rows_of)
        self.rows = count_rows(self.x, self.y)
        self.batch_size = 32 if batch_size is None else int(batch_size)
        if self.batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, but got {batch_size}")
        self.shuffle = shuffle

    def __len__(self) -> int:
        return math.ceil(self.rows / self.batch_size)

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        order = source(None).permutation(self.rows) if self.shuffle else None
        for start in range(0, self.rows, self.batch_size):
            part = slice(start, start + self.batch_size)
            rows = part if order is None else order[part]

            def taken(array: np.ndarray, rows: Any = rows) -> EagerTensor:
                return EagerTensor(array[rows])

            yield replaced(self.x, taken), None if self.y is None else replaced(self.y, taken)


class GivenBatches:
    """Batches that come from elsewhere: a Dataset, a DataLoader, or a generator.

    Args:
        batches: yields (x, y), or x alone.
        steps: how many batches make a pass; all if left out.
    """

    def __init__(self, batches: Any, steps: int | None = None) -> None:
        self._batches, self._steps = batches, steps
        self._running: Iterator[Any] | None = None

    def __len__(self) -> int:
        """How many batches there are.

        Raises:
            TypeError: that is not known.
        """
        return self._steps if self._steps is not None else len(self._batches)

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        if self._steps is None:
            yield from map(_pair, self._batches)
            return
        # With a number of steps the next pass goes on where this one ended.
        for _ in range(self._steps):
            if self._running is None:
                self._running = iter(self._batches)
            batch = next(self._running, None)
            if batch is None:
                self._running = iter(self._batches)
                batch = next(self._running, None)
                if batch is None:
                    return
            yield _pair(batch)


Batches = ArrayBatches | GivenBatches


def batches_of(
    x: Any, y: Any = None, batch_size: int | None = None, shuffle: bool = False, steps: int | None = None
) -> Batches:
    """Batches of arrays, or those that `x` yields.

    Raises:
        ValueError: `y` or a batch size is given beside an `x` that yields batches, or there is no data.
    """
    if x is None:
        raise ValueError("No data: pass the inputs as x")
    yields = not isinstance(x, (np.ndarray, Tensor, list, tuple, dict)) and hasattr(x, "__iter__")
    if not yields:
        made = ArrayBatches(x, y, batch_size, shuffle)
        return made if steps is None else GivenBatches(made, steps)
    if y is not None:
        raise ValueError(f"y must not be given beside an x that yields batches of both. Received x={x!r:.80}")
    if batch_size is not None:
        raise ValueError(
            f"batch_size must not be given beside an x that yields batches. Received batch_size={batch_size} and "
            f"x={x!r:.80}"
        )
    return GivenBatches(x, steps)


def known_length(batches: Batches) -> int | None:
    """How many batches there are; None if that is not known."""
    try:
        return len(batches)
    except TypeError:
        return None


def split_off(x: Any, y: Any, share: float) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """The first part of arrays, and the last rows, whose share is given.

    Raises:
        ValueError: the share is not between 0 and 1, one part would be empty, or there are no arrays.
    """
    if not 0 < share < 1:
        raise ValueError(f"validation_split must be between 0 and 1, but got {share}")
    if not isinstance(x, (np.ndarray, Tensor, list, tuple, dict)):
        raise ValueError(f"validation_split takes its share of arrays, but x is {x!r:.80}: pass validation_data")
    x, y = replaced(x, rows_of), None if y is None else replaced(y, rows_of)
    rows = count_rows(x, y)
    first = math.floor(rows * (1 - share))
    if first in (0, rows):
        raise ValueError(
            f"Training data contains {rows} samples, which is not sufficient to split it into a validation and "
            f"training set as specified by validation_split={share}"
        )

    def part(rows: slice) -> tuple[Any, Any]:
        return replaced(x, lambda array: array[rows]), None if y is None else replaced(y, lambda array: array[rows])

    return part(slice(0, first)), part(slice(first, None))


def rows_of(value: Any) -> np.ndarray:
    """An array or a tensor as an array, floating-point elements in single precision.

    Raises:
        ValueError: it has no rows.
    """
    array = np.asarray(value.array if isinstance(value, Tensor) else value)
    if not array.ndim:
        raise ValueError(f"Data must be arrays with a row for each sample, but got {value!r:.80}")
    return array.astype(np.float32, copy=False) if array.dtype.kind == "f" else array


def count_rows(x: Any, y: Any) -> int:
    """How many rows all arrays have.

    Raises:
        ValueError: they differ.
    """
    sizes = {"x": [len(array) for array in leaves(x)], "y": [] if y is None else [len(array) for array in leaves(y)]}
    counts = {count for each in sizes.values() for count in each}
    if len(counts) != 1:
        said = ", ".join(f"{name} sizes: {', '.join(map(str, each))}" for name, each in sizes.items() if each)
        raise ValueError(
            f"Data cardinality is ambiguous: {said}. Make sure all arrays contain the same number of samples"
        )
    return counts.pop()


def _pair(batch: Any) -> tuple[Any, Any]:
    """A batch as inputs and true values."""
    if not isinstance(batch, (tuple, list)):
        return _tensors(batch), None
    if len(batch) == 1:
        return _tensors(batch[0]), None
    if len(batch) == 2:
        return _tensors(batch[0]), _tensors(batch[1])
    raise ValueError(f"A batch must be (x, y), or x alone, but got {len(batch)} parts")


def _tensors(nest: Any) -> Any:
    return replaced(nest, lambda leaf: leaf if isinstance(leaf, Tensor) else EagerTensor(np.asarray(leaf)))
