"""TensorArray: a list of tensors that a loop writes and that is stacked at the end."""

from __future__ import annotations

from typing import Any

import numpy as np

from .arranging import concat, stack
from .dtypes import as_dtype
from .errors import OutOfRangeError
from .tensors import EagerTensor, tensor_of


class TensorArray:
    """A list of tensors of the same dtype.

    Args:
        dtype: the dtype of the tensors.
        size: the initial length.
        dynamic_size: whether `write` may extend the list; true by default if `size` is not given.
        element_shape: the shape of the tensors; entries that were not written are then zeros.

    >>> squares = TensorArray("float32", size=3)
    >>> for i in range(3):
    ...     squares = squares.write(i, float(i * i))
    >>> print(squares.stack())
    tf.Tensor([0. 1. 4.], shape=(3,), dtype=float32)
    """

    def __init__(
        self, dtype: Any, size: Any = None, dynamic_size: bool | None = None, clear_after_read: bool | None = None,
        tensor_array_name: str | None = None, infer_shape: bool = True, element_shape: Any = None,
        name: str | None = None,
    ) -> None:  # fmt: skip
        self.dtype = as_dtype(dtype)
        self.dynamic_size = bool(dynamic_size) or size is None
        self.element_shape = None if element_shape is None else tuple(element_shape)
        self._tensors: list[EagerTensor | None] = [None] * int(0 if size is None else size)

    def write(self, index: Any, value: Any, name: str | None = None) -> TensorArray:
        """Write a tensor at an index; returns this array.

        Raises:
            OutOfRangeError: the index is out of range.
        """
        i = int(index)
        if i < 0 or i >= len(self._tensors) and not self.dynamic_size:
            raise OutOfRangeError(
                message=f"Tried to write to index {i} but array is not resizeable and size is: {len(self._tensors)}"
            )
        self._tensors += [None] * (i + 1 - len(self._tensors))
        self._tensors[i] = tensor_of(value, self.dtype)
        return self

    def read(self, index: Any, name: str | None = None) -> EagerTensor:
        """The tensor at an index; zeros if it was not written but `element_shape` is known.

        Raises:
            OutOfRangeError: no tensor was written at the index, and `element_shape` is unknown.
        """
        i = int(index)
        found = self._tensors[i] if 0 <= i < len(self._tensors) else None
        if found is None and self.element_shape is None:
            raise OutOfRangeError(message=f"Tried to read from index {i}, which was not written")
        return self._zeros() if found is None else found

    def stack(self, name: str | None = None) -> EagerTensor:
        """All tensors stacked along a new first axis; zeros for those that were not written."""
        written = next((t for t in self._tensors if t is not None), None)
        if written is None:
            return tensor_of(np.zeros((len(self._tensors), *(self.element_shape or ())), self.dtype.numpy))
        return stack([self._zeros(written) if t is None else t for t in self._tensors])

    def concat(self, name: str | None = None) -> EagerTensor:
        """All tensors joined along their first axis."""
        return concat([self.read(i) for i in range(len(self._tensors))], 0)

    def gather(self, indices: Any, name: str | None = None) -> EagerTensor:
        """The tensors at the indices, stacked along a new first axis."""
        return stack([self.read(i) for i in np.asarray(indices)])

    def unstack(self, value: Any, name: str | None = None) -> TensorArray:
        """Replace the tensors by the slices of a tensor along its first axis; returns this array."""
        self._tensors = list(tensor_of(value, self.dtype))
        return self

    def size(self, name: str | None = None) -> EagerTensor:
        """The length."""
        return tensor_of(len(self._tensors))

    def _zeros(self, like: EagerTensor | None = None) -> EagerTensor:
        shape = (self.element_shape or ()) if like is None else like.array.shape
        return tensor_of(np.zeros(shape, self.dtype.numpy))
