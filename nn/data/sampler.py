"""Samplers: the order in which the indices of a dataset are drawn, and their grouping into batches."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Any, Generic, TypeVar

import numpy as np

from autograd import Generator, as_tensor, float64, multinomial, randint, randperm
from autograd.core.public_methods import public_methods

#: How many indices are drawn at once, so that a loop over billions needs little memory.
_BLOCK = 1 << 16

Index_co = TypeVar("Index_co", covariant=True)


class Sampler(Generic[Index_co]):
    """Base of the samplers: a subclass defines `__iter__`, which yields indices, and `__len__`."""

    def __init__(self, data_source: Sized | None = None) -> None:
        pass

    def __iter__(self) -> Iterator[Index_co]:
        raise NotImplementedError("Subclasses of Sampler should implement __iter__.")


@public_methods
class SequentialSampler(Sampler[int]):
    """All indices in order.

    >>> list(SequentialSampler("abc"))
    [0, 1, 2]
    """

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


@public_methods
class RandomSampler(Sampler[int]):
    """All indices, in a new random order for every loop; or any number of indices at random.

    Args:
        data_source: the dataset; only its length is used.
        replacement: draw with replacement.
        num_samples: the number of indices in a loop; the length of the dataset by default. If it is larger, without
            replacement, one shuffle follows another.
        generator: the random generator; the global one by default.

    Raises:
        TypeError: `replacement` is not a bool.
        ValueError: the number of samples is not positive.
    """

    def __init__(
        self, data_source: Sized, replacement: bool = False, num_samples: int | None = None,
        generator: Generator | None = None,
    ) -> None:  # fmt: skip
        if not isinstance(replacement, bool):
            raise TypeError(f"replacement should be a boolean value, but got replacement={replacement}")
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        _check_count("num_samples", self.num_samples)

    @property
    def num_samples(self) -> int:
        """The number of indices in a loop."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        size, count = len(self.data_source), self.num_samples
        if self.replacement:
            for start in range(0, count, _BLOCK):
                yield from randint(size, (min(_BLOCK, count - start),), generator=self.generator).tolist()
            return
        if not size and count:
            raise ValueError(f"RandomSampler: cannot draw {count} indices of an empty data source")
        for start in range(0, count, max(1, size)):
            yield from randperm(size, generator=self.generator).tolist()[: count - start]

    def __len__(self) -> int:
        return self.num_samples


@public_methods
class SubsetRandomSampler(Sampler[int]):
    """Given indices, in a new random order for every loop."""

    def __init__(self, indices: Sequence[int], generator: Generator | None = None) -> None:
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        return (self.indices[i] for i in randperm(len(self.indices), generator=self.generator).tolist())

    def __len__(self) -> int:
        return len(self.indices)


@public_methods
class WeightedRandomSampler(Sampler[int]):
    """Indices drawn at random with probabilities proportional to their weights.

    Args:
        weights: one for each index; 1-d.
        num_samples: the number of indices in a loop.
        replacement: draw with replacement.
        generator: the random generator; the global one by default.

    Raises:
        ValueError: the number of samples is not positive, or the weights are not 1-d.

    >>> list(WeightedRandomSampler([0.0, 1.0], 3))
    [1, 1, 1]
    """

    def __init__(
        self, weights: Sequence[float], num_samples: int, replacement: bool = True, generator: Generator | None = None
    ) -> None:
        _check_count("num_samples", num_samples)
        if not isinstance(replacement, bool):
            raise ValueError(f"replacement should be a boolean value, but got replacement={replacement}")
        self.weights = as_tensor(weights, dtype=float64)
        if self.weights.ndim != 1:
            raise ValueError(
                f"weights should be a 1d sequence but given weights have shape {tuple(self.weights.shape)}"
            )
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        # Without replacement the indices are drawn all at once, and there are at most as many as weights.
        block = _BLOCK if self.replacement else self.num_samples
        for start in range(0, self.num_samples, block):
            count = min(block, self.num_samples - start)
            yield from multinomial(self.weights, count, self.replacement, generator=self.generator).tolist()

    def __len__(self) -> int:
        return self.num_samples


@public_methods
class BatchSampler(Sampler[list[int]]):
    """The indices of another sampler in lists of `batch_size`.

    Args:
        sampler: a Sampler, or any iterable of indices.
        batch_size: the length of each list.
        drop_last: leave out the last list if it is shorter.

    Raises:
        ValueError: the batch size is not positive, or `drop_last` is not a bool.

    >>> list(BatchSampler(SequentialSampler(range(5)), 2, drop_last=False))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool) -> None:
        _check_count("batch_size", batch_size)
        if not isinstance(drop_last, bool):
            raise ValueError(f"drop_last should be a boolean value, but got drop_last={drop_last}")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[int]]:
        yield from in_batches(self.sampler, self.batch_size, self.drop_last)

    def __len__(self) -> int:
        full, rest = divmod(len(self.sampler), self.batch_size)  # type: ignore[arg-type]  # TypeError without a length
        return full + (1 if rest and not self.drop_last else 0)


def in_batches(items: Iterable[Any], size: int, drop_last: bool) -> Iterator[list[Any]]:
    """Lists of `size` items each; the last one may be shorter."""
    rest = iter(items)
    while batch := list(itertools.islice(rest, size)):
        if len(batch) < size and drop_last:
            return
        yield batch


def _check_count(name: str, count: Any) -> None:
    if isinstance(count, bool) or not isinstance(count, (int, np.integer)) or count <= 0:
        raise ValueError(f"{name} should be a positive integer value, but got {name}={count}")
