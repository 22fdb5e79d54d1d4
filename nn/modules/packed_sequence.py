"""PackedSequence: a batch of sequences of different lengths without padding."""

from __future__ import annotations

from typing import Any, NamedTuple

from autograd import float16, float32, float64, int8, int16, int32, int64, uint8
from autograd.core.public_methods import public_methods
from autograd.core.tensor import Tensor


@public_methods
class PackedSequence(NamedTuple):
    """A batch of sequences, ordered by step and within a step by length: all first elements, all second ones, ….

    `to`, `double`, `long` and the other conversions return a batch with converted `data`.

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

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """Convert `data` as `Tensor.to` does; the batch itself if nothing changes."""
        data = self.data.to(*args, **kwargs)
        return self if data is self.data else self._replace(data=data)

    def pin_memory(self) -> PackedSequence:
        """The batch itself: there is no GPU to copy it to."""
        return self

    @property
    def is_cuda(self) -> bool:
        """False: the elements are on the CPU."""
        return False

    def is_pinned(self) -> bool:
        """False: the memory is not pinned."""
        return False

    def cpu(self) -> PackedSequence:
        """The batch itself: it is on the CPU."""
        return self

    def byte(self) -> PackedSequence:
        """The batch with `data` in uint8."""
        return self.to(uint8)

    def char(self) -> PackedSequence:
        """The batch with `data` in int8."""
        return self.to(int8)

    def short(self) -> PackedSequence:
        """The batch with `data` in int16."""
        return self.to(int16)

    def int(self) -> PackedSequence:
        """The batch with `data` in int32."""
        return self.to(int32)

    def long(self) -> PackedSequence:
        """The batch with `data` in int64."""
        return self.to(int64)

    def half(self) -> PackedSequence:
        """The batch with `data` in float16."""
        return self.to(float16)

    def float(self) -> PackedSequence:
        """The batch with `data` in float32."""
        return self.to(float32)

    def double(self) -> PackedSequence:
        """The batch with `data` in float64."""
        return self.to(float64)
