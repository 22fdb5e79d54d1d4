"""Copying tensors by `copy`, `deepcopy` and `pickle`, and sharing them with other libraries by DLPack.

A copy has the same elements, `requires_grad` and, for a subclass, attributes. The graph is not copied.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from ...base.device import check_device
from ...base.memory import owner_of
from ...core.tensor import Tensor, wrap

__all__ = ["from_dlpack"]


def shallow_copy(tensor: Tensor) -> Tensor:
    """`copy.copy`: a new leaf that shares the elements."""
    return _with_state(tensor, _rebuild(_class_of_copy(tensor), tensor._shared(), tensor.requires_grad), {})


def deep_copy(tensor: Tensor, memo: dict[int, Any]) -> Tensor:
    """`copy.deepcopy`: a new leaf with a copy of the elements and of the gradient.

    The copies of tensors that share memory share memory, if one call copies them.

    Raises:
        RuntimeError: the tensor is not a leaf.
    """
    if id(tensor) in memo:
        known: Tensor = memo[id(tensor)]
        return known
    if not tensor.is_leaf:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment: "
            f"this one was computed by {tensor.grad_fn.name() if tensor.grad_fn else 'an operation'}; "
            "deepcopy its detach(), or use clone() for a copy that stays in the graph"
        )
    copied = _rebuild(_class_of_copy(tensor), _copied_with_its_memory(tensor.array, memo), tensor.requires_grad)
    memo[id(tensor)] = copied
    if tensor.grad is not None:
        copied.grad = copy.deepcopy(tensor.grad, memo)
    return _with_state(tensor, copied, memo)


def _copied_with_its_memory(array: Any, memo: dict[int, Any]) -> Any:
    """The same view of a copy of the memory that `array` is a view of; the memo holds one copy for all views."""
    if not isinstance(array, np.ndarray):
        return array
    owner = owner_of(array)
    while isinstance(owner.base, memoryview) and isinstance(owner.base.obj, np.ndarray):  # that of `.data`
        owner = owner_of(owner.base.obj)
    copied = copy.deepcopy(owner, memo)
    if array is owner:
        return copied
    if copied.strides != owner.strides or min(owner.strides, default=0) < 0:
        return array.copy()  # NumPy lays out the copy of an array with gaps anew
    start = array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
    return np.ndarray(array.shape, array.dtype, copied.ravel(order="K"), start, array.strides)


def reduce(tensor: Tensor, protocol: Any) -> tuple[Any, ...]:
    """`Tensor.__reduce_ex__`: pickle the class, the elements, `requires_grad` and the attributes.

    The class Tensor is None in a pickle, because it has another name where `autograd.as_torch` is imported.
    """
    state, kind = getattr(tensor, "__dict__", None) or None, _class_of_copy(tensor)
    return _rebuild, (None if kind is Tensor else kind, tensor.array, tensor.requires_grad), state


def _class_of_copy(tensor: Tensor) -> type[Tensor]:
    """The class of the copy: that of the tensor, but Tensor for a view, because the copy is not a view."""
    return Tensor if hasattr(tensor, "_base") and tensor._base is not None else type(tensor)


def _rebuild(kind: type[Tensor] | None, array: Any, requires_grad: bool) -> Tensor:
    copied = Tensor.__new__(kind or Tensor)
    copied.array, copied.node = array, None
    return copied.requires_grad_() if requires_grad else copied


def _with_state(tensor: Tensor, copied: Tensor, memo: dict[int, Any]) -> Tensor:
    """`copied` with the attributes of `tensor`, if it has any; deep copies of them if there is a memo."""
    state = getattr(tensor, "__dict__", None)
    if state:
        copied.__dict__.update(copy.deepcopy(state, memo) if memo else state)
    return copied


# -- DLPack -----------------------------------------------------------------------------------------


def to_dlpack(
    tensor: Tensor, *, stream: Any = None, max_version: Any = None, dl_device: Any = None, copy: bool | None = None
) -> Any:
    """`Tensor.__dlpack__`: the capsule from which another library makes an array that shares the memory.

    Raises:
        BufferError: the tensor requires grad, or the memory cannot be shared as requested.
    """
    if tensor.requires_grad:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    array: Any = tensor._shared()
    wanted = {"stream": stream, "max_version": max_version, "dl_device": dl_device, "copy": copy}
    return array.__dlpack__(**{name: value for name, value in wanted.items() if value is not None})


def dlpack_device(tensor: Tensor) -> tuple[int, int]:
    """`Tensor.__dlpack_device__`: DLPack's number of the CPU."""
    device: tuple[int, int] = tensor._shared().__dlpack_device__()
    return device


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """A Tensor that shares the memory of another library's array.

    With NumPy 2.0 the memory of other libraries is read-only; from 2.1 on it is writable.

    Args:
        ext_tensor: an object with `__dlpack__`, in CPU memory.
        copy: whether to copy the memory instead.

    Raises:
        TypeError: the object has no `__dlpack__`.
        BufferError: the memory cannot be shared.

    >>> array = np.array([1.0, 2.0])
    >>> x = from_dlpack(array)
    >>> array[0] = 7
    >>> x
    tensor([7., 2.], dtype=autograd.float64)
    """
    if not hasattr(ext_tensor, "__dlpack__"):
        raise TypeError(f"from_dlpack: expected an object with __dlpack__, but got {type(ext_tensor).__name__}")
    if device is not None:
        check_device(device)
    if isinstance(ext_tensor, Tensor):
        ext_tensor = ext_tensor._shared()
    array = ext_tensor.view(np.ndarray) if isinstance(ext_tensor, np.ndarray) else np.from_dlpack(ext_tensor)
    return wrap(array.copy() if copy else array)
