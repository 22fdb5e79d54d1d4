"""PackedSequence: a batch of sequences of different lengths without padding."""

from __future__ import annotations

from typing import NamedTuple

from autograd.core.tensor import Tensor


class PackedSequence(NamedTuple):
    """A batch of sequences, ordered by step and within a step by length: all first elements, all second ones, ….

    Attributes:
        data: the elements, (sum of the lengths, *).
        batch_sizes: for each step, the number of sequences that have it.
        sorted_indices: the index in the batch of each sequence, longest first; None if the batch was sorted.
        unsorted_indices: the inverse permutation.
    """

    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None = None
    unsorted_indices: Tensor | None = None
