"""Datasets: samples that are accessed by index or as a stream."""

from __future__ import annotations

import bisect
import itertools
import math
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

import numpy as np

from autograd import Generator, randperm
from autograd.core.errors import users_level
from autograd.core.public_methods import public_methods
from autograd.core.tensor import Tensor, wrap

Sample_co = TypeVar("Sample_co", covariant=True)


class Dataset(Generic[Sample_co]):
    """Base of the datasets that are accessed by index: a subclass defines `__getitem__` and `__len__`."""

    def __getitem__(self, index: Any) -> Sample_co:
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")

    def __add__(self, other: Any) -> Dataset[Any]:
        return ConcatDataset([self, other])


class IterableDataset(Dataset[Sample_co]):
    """Base of the datasets that are read in order, such as the lines of a file: a subclass defines `__iter__`.

    Each worker of a `DataLoader` iterates over the whole dataset: `__iter__` can select the worker's part by
    `get_worker_info`.
    """

    def __iter__(self) -> Iterator[Sample_co]:
        raise NotImplementedError("Subclasses of IterableDataset should implement __iter__.")

    def __add__(self, other: Any) -> Dataset[Any]:
        return ChainDataset([self, other])


@public_methods
class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Tensors whose first dim counts the samples: sample i is the tuple of `tensor[i]` for each.

    Raises:
        AssertionError: the sizes of the first dims differ.

    >>> from autograd import arange
    >>> data = TensorDataset(arange(4), arange(4) ** 2)
    >>> len(data), data[3]
    (4, (tensor(3), tensor(9)))
    """

    tensors: tuple[Tensor, ...]

    def __init__(self, *tensors: Tensor) -> None:
        if not tensors:
            raise ValueError("TensorDataset: expected at least one tensor, but got none")
        for tensor in tensors:
            if not isinstance(tensor, Tensor):
                raise TypeError(f"TensorDataset: expected Tensors, but got {type(tensor).__name__}")
            if not tensor.ndim:
                raise IndexError("Dimension specified as 0 but tensor has no dimensions")
        if len({len(tensor) for tensor in tensors}) > 1:
            sizes = ", ".join(str(len(tensor)) for tensor in tensors)
            raise AssertionError(f"Size mismatch between tensors: their first dims are {sizes}")
        self.tensors = tensors

    def __len__(self) -> int:
        return len(self.tensors[0])

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(tensor[index] for tensor in self.tensors)

    def batch(self, indices: np.ndarray) -> list[Tensor]:
        """The batch of the samples at `indices`, by one indexing operation for each tensor."""
        return [
            wrap(tensor.array.take(indices, axis=0)) if tensor.node is None else tensor[wrap(indices)]
            for tensor in self.tensors
        ]


@public_methods
class Subset(Dataset[Sample_co]):
    """The samples of another dataset at given indices.

    Raises:
        IndexError: an index is out of range.
    """

    def __init__(self, dataset: Dataset[Sample_co], indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices = indices

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: Any) -> Sample_co:
        if isinstance(index, list):
            return self.dataset[[self.indices[i] for i in index]]
        return self.dataset[self.indices[index]]

    def __getitems__(self, indices: Sequence[int]) -> Any:
        """The samples at several indices, by one call of the dataset's own `__getitems__` if it has that."""
        return samples_at(self.dataset, [self.indices[i] for i in indices])


@public_methods
class ConcatDataset(Dataset[Sample_co]):
    """The samples of several datasets, one dataset after another. `a + b` is `ConcatDataset([a, b])`.

    Raises:
        AssertionError: there are no datasets, or one is an IterableDataset, which has no indices.

    >>> both = ConcatDataset(["ab", "cde"])
    >>> len(both), both[2], both[-1]
    (5, 'c', 'e')
    """

    datasets: list[Any]
    cumulative_sizes: list[int]

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise AssertionError("datasets should not be an empty iterable")
        if any(isinstance(dataset, IterableDataset) for dataset in self.datasets):
            raise AssertionError("ConcatDataset does not support IterableDataset")
        self.cumulative_sizes = list(itertools.accumulate(len(dataset) for dataset in self.datasets))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: int) -> Sample_co:
        if index < 0:
            if -index > len(self):
                raise ValueError(
                    f"absolute value of index should not exceed dataset length, but got {index} for {len(self)} samples"
                )
            index += len(self)
        place = bisect.bisect_right(self.cumulative_sizes, index)
        if place == len(self.datasets):
            raise IndexError(f"index {index} is out of range for a dataset of {len(self)} samples")
        before = self.cumulative_sizes[place - 1] if place else 0
        sample: Sample_co = self.datasets[place][index - before]
        return sample


@public_methods
class ChainDataset(IterableDataset[Sample_co]):
    """The samples of several iterable datasets, one dataset after another."""

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = datasets

    def __iter__(self) -> Iterator[Sample_co]:
        for dataset in self.datasets:
            yield from _streamed(dataset)

    def __len__(self) -> int:
        return sum(len(_streamed(dataset)) for dataset in self.datasets)


def _streamed(dataset: Any) -> Any:
    if not isinstance(dataset, IterableDataset):
        raise AssertionError("ChainDataset only supports IterableDataset")
    return dataset


@public_methods
class StackDataset(Dataset[Any]):
    """Datasets of the same length side by side: a sample is the tuple of theirs, or a dict for keyword arguments.

    Raises:
        ValueError: there are no datasets, positional and keyword arguments are mixed, or the lengths differ.

    >>> StackDataset("ab", [1, 2])[1], StackDataset(letter="ab", number=[1, 2])[1]
    (('b', 2), {'letter': 'b', 'number': 2})
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if args and kwargs:
            raise ValueError("StackDataset: expected datasets as positional or as keyword arguments, but got both")
        self.datasets: tuple[Any, ...] | dict[str, Any] = args or kwargs
        sizes = [len(dataset) for dataset in args or kwargs.values()]
        if not sizes:
            raise ValueError("At least one dataset should be passed")
        if len(set(sizes)) > 1:
            raise ValueError(f"Size mismatch between datasets: their lengths are {', '.join(map(str, sizes))}")
        self._length = sizes[0]

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> Any:
        if isinstance(self.datasets, dict):
            return {name: dataset[index] for name, dataset in self.datasets.items()}
        return tuple(dataset[index] for dataset in self.datasets)

    def __getitems__(self, indices: Sequence[int]) -> list[Any]:
        """The samples at several indices, by one call of `__getitems__` for each dataset that has it."""
        if isinstance(self.datasets, dict):
            columns = zip(*(samples_at(dataset, indices) for dataset in self.datasets.values()), strict=True)
            return [dict(zip(self.datasets, row, strict=True)) for row in columns]
        return list(zip(*(samples_at(dataset, indices) for dataset in self.datasets), strict=True))


def samples_at(dataset: Any, indices: Sequence[int]) -> Any:
    """The samples at several indices: by one call of `__getitems__` if the dataset has it, else one by one."""
    return dataset.__getitems__(indices) if hasattr(dataset, "__getitems__") else [dataset[i] for i in indices]


def random_split(dataset: Any, lengths: Sequence[float], generator: Generator | None = None) -> list[Subset[Any]]:
    """Split a dataset at random into subsets that have no sample in common.

    Args:
        dataset: a Dataset, or anything with `__len__` and `__getitem__`.
        lengths: the sizes of the subsets; or fractions that sum to 1. Samples left over by rounding go to the first
            subsets, one each.
        generator: the random generator; the global one by default.

    Raises:
        ValueError: the lengths do not sum to the dataset's, or a fraction is not in [0, 1].

    >>> [len(part) for part in random_split(range(10), [0.7, 0.3])]
    [7, 3]
    """
    total = len(dataset)
    if math.isclose(sum(lengths), 1):
        sizes = _sizes_of_fractions(total, lengths)
    else:
        sizes = [int(length) for length in lengths]
    if sum(sizes) != total or min(sizes, default=0) < 0:
        raise ValueError(
            "Sum of input lengths does not equal the length of the input dataset! Expected lengths that sum to "
            f"{total}, but got {sizes}"
        )
    order = randperm(total, generator=generator).tolist()
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    return [Subset(dataset, order[end - size : end]) for size, end in zip(sizes, ends, strict=True)]


def _sizes_of_fractions(total: int, fractions: Sequence[float]) -> list[int]:
    for position, fraction in enumerate(fractions):
        if not 0 <= fraction <= 1:
            raise ValueError(f"Fraction at index {position} is not between 0 and 1")
    sizes = [math.floor(total * fraction) for fraction in fractions]
    for i in range(total - sum(sizes)):
        sizes[i % len(sizes)] += 1
    for position, size in enumerate(sizes):
        if not size:
            warnings.warn(
                f"Length of split at index {position} is 0. This might result in an empty dataset.",
                stacklevel=users_level(),
            )
    return sizes
