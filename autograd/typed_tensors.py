"""PyTorch's old constructors: `Tensor(...)`, FloatTensor, LongTensor and the other types of tensors by dtype."""

from __future__ import annotations

from typing import Any

from .base import dtypes, names
from .base.device import check_device
from .base.dtypes import dtype, get_default_dtype, to_numpy_dtype
from .base.size import Size
from .core.operation import as_dtype
from .core.public import other_names
from .core.tensor import Tensor
from .ops.creation.filled import empty
from .ops.creation.from_data import as_tensor, tensor

__all__ = [
    "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor", "HalfTensor", "IntTensor", "LongTensor",
    "ShortTensor", "Variable",
]  # fmt: skip


class TensorType:
    """The tensors of one dtype as a type: calling it creates one, and `isinstance` recognizes them.

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
        """A tensor of the data; or, for sizes, an uninitialized tensor.

        Raises:
            TypeError: the data is a float, or a tensor of another dtype.
        """
        if len(args) == 1 and isinstance(args[0], Tensor) and args[0].dtype is not self.dtype:
            raise TypeError(f"{self.__name__}: expected elements of {self.dtype} (got {args[0].dtype}): use .to()")
        return construct(self.__name__, self.dtype, args)

    @staticmethod
    def named(name: Any) -> TensorType | None:
        """The tensor type of a name such as "torch.FloatTensor"; a tensor type itself; None for anything else."""
        return name if isinstance(name, TensorType) else _TYPES.get(str(name).rpartition(".")[2])

    def __instancecheck__(self, instance: Any) -> bool:
        return isinstance(instance, Tensor) and instance.dtype is self.dtype

    def __repr__(self) -> str:
        return f"{names.package()}.{self.__name__}"


def construct(name: str, of: dtype, args: tuple[Any, ...]) -> Tensor:
    """The tensor that an old constructor creates.

    Args:
        name: the name of the constructor, for error messages.
        of: the dtype.
        args: sizes, for an uninitialized tensor; or a sequence or an array, whose values are copied; or a tensor,
            whose memory is shared.

    Raises:
        TypeError: anything else.
    """
    first = args[0] if args else 0
    if len(args) == 1 and isinstance(first, Tensor):
        return first.detach()
    if len(args) != 1 or isinstance(first, Size) or type(first) is int:
        return empty(*(args or (0,)), dtype=of)
    if isinstance(first, (str, bytes)) or not hasattr(first, "__len__"):
        raise TypeError(f"{name}: data must be a sequence (got {type(first).__name__}): use tensor({first!r})")
    return tensor(first, dtype=of)


def initialize(self: Tensor, *data: Any, device: Any = None) -> None:
    """`Tensor(...)`, PyTorch's old constructor: sizes, or data of the default dtype. `tensor()` is the plainer one.

    >>> Tensor([1, 2]), Tensor(2, 3).shape
    (tensor([1., 2.]), autograd.Size([2, 3]))
    """
    if device is not None:
        check_device(device)
    self.array = construct("Tensor", get_default_dtype(), data).array
    self.node = None


initialize.__qualname__ = "Tensor.__init__"  # for errors about its arguments

FloatTensor = TensorType("FloatTensor", dtypes.float32)
DoubleTensor = TensorType("DoubleTensor", dtypes.float64)
HalfTensor = TensorType("HalfTensor", dtypes.float16)
LongTensor = TensorType("LongTensor", dtypes.int64)
IntTensor = TensorType("IntTensor", dtypes.int32)
ShortTensor = TensorType("ShortTensor", dtypes.int16)
CharTensor = TensorType("CharTensor", dtypes.int8)
ByteTensor = TensorType("ByteTensor", dtypes.uint8)
BoolTensor = TensorType("BoolTensor", dtypes.bool_)

_TYPES = {name: value for name, value in globals().items() if isinstance(value, TensorType)}


def type_of(input: Tensor, dtype: Any = None, non_blocking: bool = False) -> Any:
    """The tensor converted to a dtype, or to the dtype of an old type name; without one, the tensor's old type name.

    >>> from autograd import ones
    >>> ones(2).type()
    'torch.FloatTensor'
    >>> ones(2).type(LongTensor)
    tensor([1, 1])
    """
    if dtype is None:
        names = [t.__name__ for t in _TYPES.values() if t.dtype is input.dtype]
        return f"torch.{names[0]}" if names else repr(input.dtype)
    old = TensorType.named(dtype)
    return as_dtype(input, to_numpy_dtype(dtype if old is None else old.dtype))


@other_names(size="data", other="data")
def new(input: Tensor, *data: Any, device: Any = None) -> Tensor:
    """A tensor of the data, or for sizes an uninitialized tensor, in the dtype of `input`."""
    if device is not None:
        check_device(device)
    return TensorType("new", input.dtype)(*(Size(d) if isinstance(d, tuple) else d for d in data))


class _VariableType(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor)


class Variable(metaclass=_VariableType):
    """A tensor that shares the data. Before PyTorch 0.4, a tensor had to be wrapped to have a gradient.

    Every tensor is an instance of it.

    >>> from autograd import ones
    >>> Variable(ones(2), requires_grad=True)
    tensor([1., 1.], requires_grad=True)
    >>> isinstance(ones(2), Variable)
    True
    """

    def __new__(cls, data: Any, requires_grad: bool = False, volatile: bool = False) -> Any:
        return as_tensor(data).detach().requires_grad_(requires_grad)
