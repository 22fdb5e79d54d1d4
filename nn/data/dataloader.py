"""DataLoader: iterate over the samples of a dataset in batches, in order or shuffled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic

import numpy as np

from autograd import Generator
from autograd.core.public_methods import public_methods
from autograd.core.reraise import raised_on_purpose, reraise

from .collate import default_collate, default_convert
from .dataset import IterableDataset, Sample_co, Subset, TensorDataset, samples_at
from .sampler import BatchSampler, RandomSampler, SequentialSampler, in_batches
from .workers import Prefetcher, Workers, get_worker_info, in_turn

__all__ = ["DataLoader", "get_worker_info"]

#: The most workers that a loader starts.
_MOST_WORKERS = 4096
#: The attributes that the samplers depend on: they cannot be set after construction.
_FIXED = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")


@public_methods
class DataLoader(Generic[Sample_co]):
    """Iterate over a dataset in batches; each loop is one epoch, with its own shuffled order.

    Workers are threads that prepare batches in advance; the batches and their order are the same without them. They
    help if preparing a batch waits for files or the network, or spends its time in NumPy on large arrays, which lets
    other threads run. They do not help for tensors in memory, where a batch costs less than handing it over, nor for
    samples computed in Python, since only one thread runs Python at a time. All workers share one dataset: it must
    draw random numbers from a generator for each worker, seeded by `get_worker_info().seed`.

    Args:
        dataset: a Dataset, or anything with `__len__` and `__getitem__`; or an IterableDataset.
        batch_size: the number of samples in a batch; None yields single samples.
        shuffle: draw the samples in a new random order every epoch.
        sampler: the indices in order, in place of `shuffle`.
        batch_sampler: the list of indices of each batch, in place of `batch_size`, `shuffle`, `sampler`, `drop_last`.
        num_workers: the number of threads; 0 prepares each batch in the caller's thread when it is needed.
        collate_fn: makes a batch from a list of samples; `default_collate` by default.
        drop_last: leave out the last batch if it is smaller.
        timeout: the number of seconds to wait for a batch of a worker; 0 waits forever.
        worker_init_fn: called in each worker with the worker's number when it starts.
        generator: the random generator for shuffling; the global one by default.
        prefetch_factor: the number of batches that each worker prepares in advance; 2 by default.
        persistent_workers: keep the workers after an epoch.
        pin_memory, pin_memory_device, multiprocessing_context, in_order: accepted for PyTorch compatibility, without
            effect: workers are threads, and batches always come in order.

    Raises:
        ValueError: a size is out of range, the dataset to shuffle is empty, or options exclude each other.

    >>> from autograd import arange
    >>> for (batch,) in DataLoader(TensorDataset(arange(5)), batch_size=2):
    ...     print(batch)
    tensor([0, 1])
    tensor([2, 3])
    tensor([4])
    """

    def __init__(
        self, dataset: Any, batch_size: int | None = 1, shuffle: bool | None = None,
        sampler: Iterable[int] | None = None, batch_sampler: Iterable[list[int]] | None = None, num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None, pin_memory: bool = False, drop_last: bool = False,
        timeout: float = 0, worker_init_fn: Callable[[int], Any] | None = None, multiprocessing_context: Any = None,
        generator: Generator | None = None, *, prefetch_factor: int | None = None, persistent_workers: bool = False,
        pin_memory_device: str = "", in_order: bool = True,
    ) -> None:  # fmt: skip
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers, multiprocessing_context)
        _check_sampling(dataset, batch_size, shuffle, sampler, batch_sampler, drop_last)
        if batch_sampler is not None:
            batch_size = None
        if sampler is None:
            sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        if batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.dataset, self.batch_size, self.drop_last = dataset, batch_size, drop_last
        self.sampler, self.batch_sampler, self.generator = sampler, batch_sampler, generator
        self.num_workers, self.timeout, self.worker_init_fn = num_workers, timeout, worker_init_fn
        self.collate_fn = collate_fn or (default_convert if batch_sampler is None else default_collate)
        self.pin_memory, self.pin_memory_device = pin_memory, pin_memory_device
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.persistent_workers = persistent_workers
        self.multiprocessing_context, self.in_order = multiprocessing_context, in_order
        self._workers: Workers | None = None

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute that the samplers do not depend on.

        Raises:
            ValueError: the samplers depend on it.
        """
        if name in _FIXED and "_workers" in self.__dict__:
            raise ValueError(
                f"{name} attribute should not be set after {type(self).__name__} is initialized: create a new one"
            )
        super().__setattr__(name, value)

    def __len__(self) -> int:
        """The number of batches in an epoch; without a batch size, the number of samples."""
        if self.batch_size is not None and isinstance(self.dataset, IterableDataset):
            full, rest = divmod(len(self.dataset), self.batch_size)  # type: ignore[arg-type]  # TypeError without a length
            return full + (1 if rest and not self.drop_last else 0)
        indices: Any = self.sampler if self.batch_sampler is None else self.batch_sampler
        return len(indices)

    def __iter__(self) -> Iterator[Any]:
        if self.num_workers:
            return self._with_workers()
        iterable = isinstance(self.dataset, IterableDataset)
        return _Batches(self, self._stream() if iterable else map(self._batch_maker(), self._tasks()))

    def _tasks(self) -> Iterable[Any]:
        """The list of indices of each batch, or the index of each sample."""
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def _stream(self) -> Iterator[Any]:
        """The batches, or samples, of an iterable dataset."""
        samples: Iterable[Any] = iter(self.dataset)
        if self.batch_size is not None:
            samples = in_batches(samples, self.batch_size, self.drop_last)
        return map(self.collate_fn, samples)

    def _with_workers(self) -> Iterator[Any]:
        workers = self._workers
        if workers is None or not workers.alive:
            workers = Workers(self.num_workers, self.dataset, self.worker_init_fn, self.timeout)
        if self.persistent_workers:
            self._workers = workers
        # Workers that are not persistent are referenced by the iterator alone, and end with it.
        if isinstance(self.dataset, IterableDataset):
            return in_turn(workers, self._stream)
        return Prefetcher(workers, self._batch_maker(), self._tasks(), self.num_workers * (self.prefetch_factor or 0))

    def _batch_maker(self) -> Callable[[Any], Any]:
        """The function that makes a batch from indices: from whole tensors if possible, else sample by sample."""
        dataset, collate = self.dataset, self.collate_fn
        if self.batch_sampler is None:
            return lambda index: collate(dataset[index])
        if collate is default_collate:
            # One indexing operation for each batch, not for each sample: 30 times faster for (256, 784).
            if type(dataset) is TensorDataset:
                return lambda indices: dataset.batch(np.asarray(indices, np.int64))
            if type(dataset) is Subset and type(dataset.dataset) is TensorDataset:
                base, rows = dataset.dataset, np.asarray(dataset.indices, np.int64)
                return lambda indices: base.batch(rows[np.asarray(indices, np.int64)])
        return lambda indices: collate(samples_at(dataset, indices))


class _Batches:
    """The batches that the loader's own thread makes; one that fails does not end the iteration."""

    def __init__(self, loader: DataLoader[Any], batches: Iterator[Any]) -> None:
        self._loader, self._batches = loader, batches

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            return next(self._batches)
        except StopIteration:
            raise
        except Exception as error:
            if raised_on_purpose(error):
                raise
            reraise(error, self._loader.__iter__)


def _check_workers(
    num_workers: int, timeout: float, prefetch_factor: int | None, persistent_workers: bool, context: Any
) -> None:
    """Raise ValueError for an option of the workers that is out of range, or that is useless without workers."""
    if num_workers < 0:
        raise ValueError(
            "num_workers option should be non-negative; use num_workers=0 to disable multiprocessing. "
            f"Got: {num_workers}"
        )
    if num_workers > _MOST_WORKERS:
        raise ValueError(f"num_workers option is {num_workers}: each is a thread, and {_MOST_WORKERS} are the most")
    if timeout < 0:
        raise ValueError(f"timeout option should be non-negative, but got {timeout}")
    if not num_workers:
        if prefetch_factor is not None:
            raise ValueError(
                f"prefetch_factor option needs num_workers > 0; otherwise leave it None. Got: {prefetch_factor}"
            )
        if context is not None:
            raise ValueError("multiprocessing_context can only be used with num_workers > 0, but got num_workers=0")
        if persistent_workers:
            raise ValueError("persistent_workers option needs num_workers > 0")
    if prefetch_factor is not None and prefetch_factor < 0:
        raise ValueError(f"prefetch_factor option should be non-negative, but got {prefetch_factor}")


def _check_sampling(
    dataset: Any, batch_size: int | None, shuffle: bool | None, sampler: Any, batch_sampler: Any, drop_last: bool
) -> None:
    """Raise TypeError for a wrong dataset, and ValueError for ways to draw the batches that exclude each other."""
    if not hasattr(dataset, "__getitem__") and not hasattr(dataset, "__iter__"):
        raise TypeError(
            f"DataLoader: the dataset must have __len__ and __getitem__, or be an IterableDataset, but got "
            f"{type(dataset).__name__}"
        )
    if isinstance(dataset, IterableDataset):
        for name, value in (("shuffle", shuffle or None), ("sampler", sampler), ("batch_sampler", batch_sampler)):
            if value is not None:
                raise ValueError(
                    f"DataLoader with IterableDataset: expected unspecified {name} option, but got {name}={value}"
                )
    if sampler is not None and shuffle:
        raise ValueError("sampler option is mutually exclusive with shuffle")
    if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
        raise ValueError("batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last")
    if batch_size is None and drop_last:
        raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")
