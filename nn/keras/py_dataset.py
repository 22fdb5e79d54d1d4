"""PyDataset: batches by index, for fit, evaluate and predict."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from autograd.ops.creation.random import source


class PyDataset:
    """Base class of data sets that compute their batches: a subclass defines `__len__` and `__getitem__`.

    No batch beyond the length is ever read. A subclass without `__len__` may define `num_batches`, which is None for a
    data set without an end.

    Args:
        workers, use_multiprocessing, max_queue_size: accepted, without effect: batches are computed one at a time.

    >>> class Squares(PyDataset):
    ...     def __len__(self):
    ...         return 2
    ...     def __getitem__(self, index):
    ...         return index**2
    >>> list(Squares())
    [0, 1]
    """

    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10) -> None:
        self.workers, self.use_multiprocessing, self.max_queue_size = workers, use_multiprocessing, max_queue_size

    def __getitem__(self, index: int) -> Any:
        """The batch with the number `index`: x, (x, y) or (x, y, sample_weight)."""
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__(index)")

    @property
    def num_batches(self) -> int | None:
        """The number of batches; None for a data set without an end."""
        if hasattr(self, "__len__"):
            return len(self)
        raise NotImplementedError(f"{type(self).__name__} must define __len__(), or the property num_batches")

    def __iter__(self) -> Iterator[Any]:
        count = self.num_batches
        return (self[index] for index in (itertools.count() if count is None else range(count)))

    def on_epoch_begin(self) -> None:
        """Called before every pass."""

    def on_epoch_end(self) -> None:
        """Called after every pass."""


class DatasetPasses:
    """Passes over a PyDataset, with its batches in a new random order in every pass if `shuffle`."""

    def __init__(self, dataset: PyDataset, shuffle: bool) -> None:
        self._dataset, self._shuffle = dataset, shuffle

    def __len__(self) -> int:
        count = self._dataset.num_batches
        if count is None:
            raise TypeError("a PyDataset whose num_batches is None has no length")
        return count

    def __iter__(self) -> Iterator[Any]:
        dataset, count = self._dataset, self._dataset.num_batches
        dataset.on_epoch_begin()
        if count is None or not self._shuffle:
            yield from dataset
        else:
            yield from (dataset[int(index)] for index in source(None).permutation(count))
        dataset.on_epoch_end()
