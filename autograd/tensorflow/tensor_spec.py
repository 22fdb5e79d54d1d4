"""TensorSpec: a shape and dtype, as a description of tensors."""

from __future__ import annotations

from typing import Any

from .dtypes import as_dtype
from .tensors import TensorShape, tensor_of


class TensorSpec:
    """The shape and dtype of tensors; None in the shape, or as the shape, stands for any size.

    >>> TensorSpec([None, 2], "float32")
    TensorSpec(shape=(None, 2), dtype=tf.float32, name=None)
    """

    def __init__(self, shape: Any = None, dtype: Any = "float32", name: str | None = None) -> None:
        sizes = None if shape is None else tuple(shape)
        self.shape = sizes if sizes is None or None in sizes else TensorShape(sizes)
        self.dtype, self.name = as_dtype(dtype), name

    @staticmethod
    def from_tensor(tensor: Any, name: str | None = None) -> TensorSpec:
        """The shape and dtype of a tensor."""
        t = tensor_of(tensor)
        return TensorSpec(t.array.shape, t.dtype, name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TensorSpec) and (self.shape, self.dtype) == (other.shape, other.dtype)

    def __hash__(self) -> int:
        return hash((self.shape, self.dtype))

    def __repr__(self) -> str:
        shape = "<unknown>" if self.shape is None else str(self.shape)
        return f"TensorSpec(shape={shape}, dtype={self.dtype!r}, name={self.name!r})"
