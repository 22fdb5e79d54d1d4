"""The old names of tensors of one element type: FloatTensor, LongTensor and their like."""

from __future__ import annotations

from typing import Any

from .creation import empty, tensor
from .dtypes import (
    bool_,
    dtype,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    to_numpy_dtype,
    uint8,
)
from .primitive import as_dtype
from .tensor import Tensor


class TensorType:
    """A name for tensors of one element type: it makes them, and `isinstance` knows them.

    >>> LongTensor([1, 2])
    tensor([1, 2])
    >>> FloatTensor(2, 3).shape
    autograd.Size([2, 3])
    >>> isinstance(LongTensor([1]), FloatTensor)
    False
    """

    def __init__(self, name: str, of: dtype) -> None:
        self.__name__ = name
        self.dtype = of

    def __call__(self, *args: Any) -> Tensor:
        """A tensor of the data, or without values of the sizes."""
        if len(args) == 1 and not isinstance(args[0], (int, tuple)):
            return tensor(args[0], dtype=self.dtype)
        if len(args) == 1 and isinstance(args[0], tuple):
            return tensor(list(args[0]), dtype=self.dtype)
        return empty(*(args or (0,)), dtype=self.dtype)

    def __instancecheck__(self, instance: Any) -> bool:
        return isinstance(instance, Tensor) and instance.dtype is self.dtype

    def __repr__(self) -> str:
        return f"autograd.{self.__name__}"


FloatTensor = TensorType("FloatTensor", float32)
DoubleTensor = TensorType("DoubleTensor", float64)
HalfTensor = TensorType("HalfTensor", float16)
LongTensor = TensorType("LongTensor", int64)
IntTensor = TensorType("IntTensor", int32)
ShortTensor = TensorType("ShortTensor", int16)
CharTensor = TensorType("CharTensor", int8)
ByteTensor = TensorType("ByteTensor", uint8)
BoolTensor = TensorType("BoolTensor", bool_)

_TYPES = {
    t.__name__: t
    for t in (
        FloatTensor, DoubleTensor, HalfTensor, LongTensor, IntTensor, ShortTensor, CharTensor, ByteTensor, BoolTensor,
    )
}  # fmt: skip


def type_of(input: Tensor, dtype: Any = None) -> Any:
    """The tensor in another element type, given by a dtype or an old name; without one, its own old name.

    >>> from autograd import ones
    >>> ones(2).type()
    'torch.FloatTensor'
    >>> ones(2).type(LongTensor)
    tensor([1, 1])
    """
    if dtype is None:
        names = [t.__name__ for t in _TYPES.values() if t.dtype is input.dtype]
        return f"torch.{names[0]}" if names else repr(input.dtype)
    if isinstance(dtype, str):
        dtype = _TYPES.get(dtype.rpartition(".")[2], dtype)
    return as_dtype(input, to_numpy_dtype(dtype.dtype if isinstance(dtype, TensorType) else dtype))


def cpu(input: Tensor) -> Tensor:
    """The tensor itself, which is on the CPU already."""
    return input


def cuda(input: Tensor, device: Any = None) -> Tensor:
    """Not there.

    Raises:
        RuntimeError: always: there is no GPU.
    """
    raise RuntimeError("cuda() is not there: every tensor lives on the CPU; leave it out, or use .to('cpu')")
