"""Converting tensors: to another dtype, to a copy, to contiguous memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...base import dtypes
from ...base.device import check_device, contiguous_format
from ...base.dtypes import dtype, to_numpy_dtype
from ...base.memory import copy_as
from ...core.operation import as_dtype
from ...core.public import other_names, public_as_it_is
from ...core.reraise import reraise
from ...core.tensor import Tensor, wrap
from ..arguments import named_method
from ..new_memory import copied

__all__ = ["clone", "detach"]


def detach(input: Tensor) -> Tensor:
    """A tensor that shares the elements of `input` but is not part of any graph."""
    return input.detach()


@public_as_it_is
def clone(input: Tensor, *, memory_format: Any = None) -> Tensor:
    """A differentiable copy in the memory layout of `input`, or contiguous with `contiguous_format`."""
    try:
        if memory_format is contiguous_format:
            return copied(input, "C")
        if input.node is None:
            array = input.array
            return wrap(array.copy() if array.flags.c_contiguous else copy_as(array, array.dtype))
        return copied(input, "K")
    except Exception as error:
        reraise(error, clone, input)


def contiguous(input: Tensor, memory_format: Any = None) -> Tensor:
    """The tensor itself if its memory is contiguous, else a contiguous copy."""
    return input if input.array.flags.c_contiguous else copied(input, "C")


@other_names(other="args")
def to(
    input: Tensor,
    *args: Any,
    device: Any = None,
    dtype: Any = None,
    non_blocking: bool = False,
    copy: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """The tensor in another dtype: `x.to(float64)`, `x.to("cpu", float64)` or `x.to(other)`.

    Args:
        input: any tensor.
        *args: a device, a dtype or both, or a tensor whose dtype to take; then optionally `non_blocking` and `copy`.
        device: None or the CPU, the only device.
        dtype: the new dtype; None keeps the present one.
        non_blocking, memory_format: accepted for compatibility with PyTorch, and ignored.
        copy: whether to copy even if the dtype is the same.

    Raises:
        RuntimeError: the device is not the CPU.
        TypeError: the arguments fit none of these forms.

    >>> from autograd import float64, tensor
    >>> tensor([1, 2]).to(float64)
    tensor([1., 2.], dtype=autograd.float64)
    """
    rest = list(args)
    if rest and (rest[0] is None or isinstance(rest[0], str)):
        device = rest.pop(0)
    if rest and not isinstance(rest[0], bool):
        dtype = rest.pop(0)
    if len(rest) > 2 or not all(isinstance(flag, bool) for flag in rest):
        raise TypeError(
            "to() received an invalid combination of arguments: expected (device, dtype, non_blocking, copy), "
            f"(dtype, non_blocking, copy) or (other, non_blocking, copy), but got {len(args)}: "
            f"({', '.join(type(arg).__name__ for arg in args)})"
        )
    if len(rest) == 2:
        copy = rest[1]
    if device is not None:
        check_device(device)
    if isinstance(dtype, Tensor):
        dtype = dtype.array.dtype
    x = input if dtype is None else as_dtype(input, to_numpy_dtype(dtype))
    return clone(x) if copy and x is input else x


def type_as(input: Tensor, other: Tensor) -> Tensor:
    """`input` in the dtype of `other`."""
    return to(input, other)


def _converter(name: str, to_type: dtype) -> Callable[..., Tensor]:
    def convert(input: Tensor, memory_format: Any = None) -> Tensor:
        return as_dtype(input, to_type.numpy)

    return named_method(convert, name, f"The tensor as {to_type.name}; itself if it is {to_type.name} already.")


#: The methods that convert a tensor to a dtype, such as `x.double()`, by name.
converters = {
    name: _converter(name, to_type)
    for name, to_type in {
        "float": dtypes.float32, "double": dtypes.float64, "half": dtypes.float16, "bfloat16": dtypes.bfloat16,
        "int": dtypes.int32, "long": dtypes.int64, "short": dtypes.int16, "char": dtypes.int8, "byte": dtypes.uint8,
        "bool": dtypes.bool_, "cfloat": dtypes.complex64, "cdouble": dtypes.complex128,
    }.items()
}  # fmt: skip
