"""TensorArray: tensors by number, which a loop writes and stacks in the end."""

from __future__ import annotations

from typing import Any

import numpy as np

from .arranging import concat, stack
from .dtypes import as_dtype
from .errors import OutOfRangeError
from .tensors import EagerTensor, tensor_of


class TensorArray:
    """Tensors of one dtype by number.

    Args:
        dtype: of the elements.
        size: how many places there are at first.
        dynamic_size: whether there may be more.

    >>> squares = TensorArray("float32", size=3)
    >>> for i in range(3):
    ...     squares = squares.write(i, float(i * i))
    >>> print(squares.stack())
    tf.Tensor([0. 1. 4.], shape=(3,), dtype=float32)
    """

    def __init__(
        self,
        dtype: Any,
        size: Any = None,
        dynamic_size: bool | None = None,
        clear_after_read: bool | None = None,
        tensor_array_name: str | None = None,
        infer_shape: bool = True,
        element_shape: Any = None,
        name: str | None = None,
    ) -> None:
        self.dtype = as_dtype(dtype)
        self.dynamic_size = bool(dynamic_size) or size is None
        self.element_shape = None if element_shape is None else tuple(element_shape)
        self._tensors: list[EagerTensor | None] = [None] * int(0 if size is None else size)

    def write(self, index: Any, value: Any, name: str | None = None) -> TensorArray:
        """Put a tensor in a place; returns this array.

        Raises:
            OutOfRangeError: there is no such place.
        """
        place = int(index)
        if place < 0 or place >= len(self._tensors) and not self.dynamic_size:
            raise OutOfRangeError(
                message=f"Tried to write to index {place} but array is not resizeable and size is: {len(self._tensors)}"
            )
        self._tensors += [None] * (place + 1 - len(self._tensors))
        self._tensors[place] = tensor_of(value, self.dtype)
        return self

    def read(self, index: Any, name: str | None = None) -> EagerTensor:
        """The tensor in a place.

        Raises:
            OutOfRangeError: there is no such place, or nothing was written to it.
        """
        place = int(index)
        found = self._tensors[place] if 0 <= place < len(self._tensors) else None
        if found is None and self.element_shape is None:
            raise OutOfRangeError(message=f"Tried to read from index {place}, to which nothing was written")
        return self._zeros() if found is None else found

    def stack(self, name: str | None = None) -> EagerTensor:
        """All tensors along a new first axis; zeros where nothing was written."""
        known = next((t for t in self._tensors if t is not None), None)
        if known is None:
            return tensor_of(np.zeros((len(self._tensors), *(self.element_shape or ())), self.dtype.numpy))
        return stack([self._zeros(known) if t is None else t for t in self._tensors])

    def concat(self, name: str | None = None) -> EagerTensor:
        """All tensors, one after another along their first axis."""
        return concat([self.read(i) for i in range(len(self._tensors))], 0)

    def gather(self, indices: Any, name: str | None = None) -> EagerTensor:
        """The tensors in some places along a new first axis."""
        return stack([self.read(i) for i in np.asarray(indices)])

    def unstack(self, value: Any, name: str | None = None) -> TensorArray:
        """Put the slices of a tensor in the places; returns this array."""
        self._tensors = list(tensor_of(value, self.dtype))
        return self

    def size(self, name: str | None = None) -> EagerTensor:
        """How many places there are."""
        return tensor_of(len(self._tensors))

    def _zeros(self, like: EagerTensor | None = None) -> EagerTensor:
        shape = (self.element_shape or ()) if like is None else like.array.shape
        return tensor_of(np.zeros(shape, self.dtype.numpy))
