"""Datasets: samples by number."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import numpy as np

from autograd import Generator, randperm
from autograd.tensor import Tensor

Sample_co = TypeVar("Sample_co", covariant=True)


class Dataset(Generic[Sample_co]):
    """Base of what maps a number to a sample: a subclass has `__getitem__` and `__len__`."""

    def __getitem__(self, index: Any) -> Sample_co:
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Tensors whose first dim counts the samples: sample i is the tuple of their rows i.

    Raises:
        AssertionError: the first dims differ.

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
            if tensor.ndim == 0:
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
        """The rows at `indices` of every tensor: what collating the samples gives, in one operation each."""
        return [
            Tensor(tensor.array.take(indices, axis=0)) if tensor.node is None else tensor[Tensor(indices)]
            for tensor in self.tensors
        ]


class Subset(Dataset[Sample_co]):
    """The samples of another dataset at the indices given.

    Raises:
        IndexError: there is no such index.
    """

    def __init__(self, dataset: Dataset[Sample_co], indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices = indices

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int) -> Sample_co:
        return self.dataset[self.indices[index]]


def random_split(dataset: Any, lengths: Sequence[float], generator: Generator | None = None) -> list[Subset[Any]]:
    """Deal the samples out at random into subsets that share none.

    Args:
        dataset: a Dataset, or anything with a length and numbered items.
        lengths: their sizes; or fractions that sum to 1, where what rounding leaves goes to the first ones.
        generator: where random numbers come from.

    Raises:
        ValueError: the lengths don't sum to the dataset's, or a fraction is not in [0, 1].

    >>> [len(part) for part in random_split(range(10), [0.7, 0.3])]
    [7, 3]
    """
    total = len(dataset)
    if math.isclose(sum(lengths), 1):
        sizes = _sizes_of_fractions(total, lengths)
    else:
        sizes = [int(length) for length in lengths]
    if sum(sizes) != total or min(sizes) < 0:
        raise ValueError("Sum of input lengths does not equal the length of the input dataset!")
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
        if size == 0:
            warnings.warn(
                f"Length of split at index {position} is 0. This might result in an empty dataset.", stacklevel=3
            )
    return sizes
