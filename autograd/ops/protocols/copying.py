"""Copies of tensors: `copy`, `deepcopy`, `pickle`, and DLPack, the exchange with other libraries.

A tensor is copied by its state: its elements, whether it requires a gradient, and the attributes
of a subclass. The graph behind it is not copied.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from ...core.tensor import Tensor, wrap

__all__ = ["from_dlpack"]


def shallow_copy(tensor: Tensor) -> Tensor:
    """`copy.copy`: another leaf that shares the elements."""
    return _with_state(tensor, _rebuild(_kind_of(tensor), tensor._shared(), tensor.requires_grad), {})


def deep_copy(tensor: Tensor, memo: dict[int, Any]) -> Tensor:
    """`copy.deepcopy`: another leaf with elements of its own, and with a copy of the gradient.

    Raises:
        RuntimeError: the tensor was computed, and the copy could not be part of the graph.
    """
    if id(tensor) in memo:
        found: Tensor = memo[id(tensor)]
        return found
    if not tensor.is_leaf:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment: "
            f"this one was made by {tensor.grad_fn.name() if tensor.grad_fn else 'an operation'}; "
            "deepcopy its detach(), or clone() it to stay in the graph"
        )
    made = _rebuild(_kind_of(tensor), copy.deepcopy(tensor.array, memo), tensor.requires_grad)
    memo[id(tensor)] = made
    if tensor.grad is not None:
        made.grad = copy.deepcopy(tensor.grad, memo)
    return _with_state(tensor, made, memo)


def reduce(tensor: Tensor, protocol: Any) -> tuple[Any, ...]:
    """What `pickle` writes: the class, the elements and whether a gradient is required."""
    state = getattr(tensor, "__dict__", None) or None
    return _rebuild, (_kind_of(tensor), tensor.array, tensor.requires_grad), state


def _kind_of(tensor: Tensor) -> type[Tensor]:
    """The class of the copy: that of the tensor, but for a view, whose copy is a tensor of its own."""
    return Tensor if hasattr(tensor, "_base") and tensor._base is not None else type(tensor)


def _rebuild(kind: type[Tensor], array: Any, requires_grad: bool) -> Tensor:
    made = kind.__new__(kind)
    made.array, made.node = array, None
    return made.requires_grad_() if requires_grad else made


def _with_state(tensor: Tensor, made: Tensor, memo: dict[int, Any]) -> Tensor:
    """`made` with the attributes of `tensor`, if its class has any; with a memo, deep copies of them."""
    state = getattr(tensor, "__dict__", None)
    if state:
        made.__dict__.update(copy.deepcopy(state, memo) if memo else state)
    return made


# -- DLPack -----------------------------------------------------------------------------------------


def to_dlpack(
    tensor: Tensor, *, stream: Any = None, max_version: Any = None, dl_device: Any = None, copy: bool | None = None
) -> Any:
    """The capsule that another library makes its own array from, sharing the memory.

    Raises:
        BufferError: the tensor requires a gradient, or memory cannot be shared as asked.
    """
    if tensor.requires_grad:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    array: Any = tensor._shared()
    wanted = {"stream": stream, "max_version": max_version, "dl_device": dl_device, "copy": copy}
    return array.__dlpack__(**{name: value for name, value in wanted.items() if value is not None})


def dlpack_device(tensor: Tensor) -> tuple[int, int]:
    """DLPack's name of the CPU."""
    device: tuple[int, int] = tensor._shared().__dlpack_device__()
    return device


def from_dlpack(ext_tensor: Any) -> Tensor:
    """A Tensor that shares the memory of another library's array.

    NumPy 2.0 shows the memory of a third library for reading only; from 2.1 on it may be written too.

    Args:
        ext_tensor: any object with `__dlpack__`, of CPU memory.

    Raises:
        TypeError: it has no `__dlpack__`.
        BufferError: its memory cannot be shared.

    >>> array = np.array([1.0, 2.0])
    >>> x = from_dlpack(array)
    >>> array[0] = 7
    >>> x
    tensor([7., 2.], dtype=autograd.float64)
    """
    if not hasattr(ext_tensor, "__dlpack__"):
        raise TypeError(f"from_dlpack: expected an object with __dlpack__, but got {type(ext_tensor).__name__}")
    if isinstance(ext_tensor, Tensor):
        ext_tensor = ext_tensor._shared()
    return wrap(ext_tensor.view(np.ndarray) if isinstance(ext_tensor, np.ndarray) else np.from_dlpack(ext_tensor))
