"""Storage: the memory behind tensors, and views of it by sizes and strides."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...base.device import check_device
from ...base.dtypes import Array, default_float, to_numpy_dtype
from ...base.half_precision import in_single
from ...base.memory import address, owner_of
from ...base.symbolic import as_array, as_one_call, real
from ...core.aliasing import Steps, View, replay
from ...core.grad_mode import is_grad_enabled, recording
from ...core.graph import Leaf
from ...core.memory import offsets
from ...core.operation import Operation, primitive, viewing
from ...core.tensor import Tensor, wrap
from ...core.writes import version, write
from ..arguments import check_dim, new_shape
from .indexing import take_at

__all__ = ["as_strided", "empty_strided"]


# -- where the elements are -----------------------------------------------------------------------------------


def stride(input: Tensor, dim: int | None = None) -> Any:
    """The distance in elements between neighbours along each dim, or along one dim."""
    strides = tuple(s // input.array.itemsize for s in as_array(input.array).strides)
    return strides if dim is None else strides[check_dim(dim, len(strides))]


def storage_offset(input: Tensor) -> int:
    """The position of the first element in the storage, in elements."""
    start = owner_of(real(input._shared())).__array_interface__["data"][0]
    return int((data_ptr(input) - start) // input.array.itemsize)


def is_contiguous(input: Tensor, memory_format: Any = None) -> bool:
    """Whether the elements lie in memory in row-major order; the format is accepted and ignored."""
    return bool(input.array.flags.c_contiguous)


def data_ptr(input: Tensor) -> int:
    """The address of the first element."""
    return int(real(input._shared()).__array_interface__["data"][0])


def element_size(input: Tensor) -> int:
    """Bytes in one element."""
    return int(input.array.itemsize)


class Storage:
    """The memory behind a tensor. The storages of tensors that share memory have the same `data_ptr()`.

    >>> from autograd import arange
    >>> x = arange(4)
    >>> x[1:].storage().data_ptr() == x.data_ptr(), x[1:].storage().tolist()
    (True, [0, 1, 2, 3])
    """

    __slots__ = ("_elements",)

    def __init__(self, elements: Array) -> None:
        self._elements = elements

    def data_ptr(self) -> int:
        """The address of the first byte."""
        return int(self._elements.__array_interface__["data"][0])

    def nbytes(self) -> int:
        """The number of bytes."""
        return int(self._elements.nbytes)

    def size(self) -> int:
        """The number of elements; of an untyped storage, the number of bytes."""
        return len(self._elements)

    __len__ = size

    def __sizeof__(self) -> int:
        return object.__sizeof__(self) + self.nbytes()

    def __getitem__(self, index: int) -> Any:
        return self._elements[index].item()

    def tolist(self) -> list[Any]:
        """The elements as Python numbers."""
        return list(self._elements.tolist())

    def __repr__(self) -> str:
        return f"<storage of {len(self)} elements of {self._elements.dtype} at {self.data_ptr():#x}>"


def storage(input: Tensor) -> Storage:
    """The memory that this tensor is a view of, as elements of its dtype."""
    return Storage(_memory(input._shared()))


def untyped_storage(input: Tensor) -> Storage:
    """The memory that this tensor is a view of, as bytes."""
    return Storage(_memory(input._shared()).view(np.uint8))


def _memory(array: Array) -> Array:
    """The whole memory that an array is a view of, as a vector of its dtype."""
    return owner_of(array).ravel(order="K").view(array.dtype)


def _strided(memory: Array, size: Sequence[int], stride: Sequence[int], start: int) -> Array:
    """A view of a vector `memory` by sizes and strides, in elements, that begins at `start`.

    Raises:
        RuntimeError: the view would reach outside the memory, a stride is negative, or there are not as many strides
            as sizes.
    """
    if len(size) != len(stride):
        raise RuntimeError(
            f"as_strided: mismatch in length of strides and shape: got {len(stride)} strides for {len(size)} sizes"
        )
    if any(step < 0 for step in stride):
        raise RuntimeError(f"as_strided: Negative strides are not supported: got strides {list(stride)}")
    needed = 0 if 0 in size else start + 1 + sum((n - 1) * step for n, step in zip(size, stride))
    if start < 0 or needed > len(memory):
        raise RuntimeError(
            f"as_strided: sizes {list(size)}, strides {list(stride)} and offset {start} require a storage of {needed} "
            f"elements, but it has {len(memory)}"
        )
    width = memory.itemsize
    return np.ndarray(size, memory.dtype, memory, start * width if needed else 0, [step * width for step in stride])


def as_strided(input: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None) -> Tensor:
    """A view of the storage of `input` by sizes and strides.

    Args:
        input: a tensor with this storage.
        size: the shape of the view.
        stride: for each dim, the distance in the storage between neighbouring elements.
        storage_offset: the position of the first element in the storage; None for that of `input`.

    Raises:
        RuntimeError: the view would reach outside the storage, or, if `input` requires grad, outside the tensor that
            is in the graph.

    >>> from autograd import arange
    >>> as_strided(arange(6), (2, 3), (1, 2))
    tensor([[0, 2, 4],
            [1, 3, 5]])
    """
    size, stride = tuple(map(int, size)), tuple(map(int, stride))
    array = input._shared()
    start = input.storage_offset() if storage_offset is None else storage_offset
    memory = _memory(array)
    array_view = _strided(memory, size, stride, start)
    base = input.base if isinstance(input, View) and not isinstance(input.node, Leaf) else input
    steps = _steps(base, memory, offsets(size, stride, start))
    if steps is None:
        if base.node is not None:
            raise RuntimeError(
                f"as_strided: sizes {list(size)}, strides {list(stride)} and offset {start} reach outside the "
                f"tensor of shape {base.array.shape} that requires grad: clone() it first"
            )
        return wrap(array_view)
    node = replay(wrap(base.array, base.node), steps).node if base.node is not None and recording() else None
    origin = None if recording() else "no_grad"
    return View(array_view, node, base, steps, (input.origin or origin) if isinstance(input, View) else origin)


def _steps(base: Tensor, memory: Array, positions: Array) -> Steps | None:
    """The operations that take the elements at `positions` in memory out of `base`; None if it lacks one of them."""
    array = base._shared()
    if array.flags.c_contiguous:
        found = positions - base.storage_offset()
    else:
        in_base = np.full(len(memory), -1)  # for each position in memory the position in `base`
        in_view = _strided(in_base, array.shape, base.stride(), base.storage_offset())
        in_view[...] = np.arange(array.size).reshape(array.shape)
        found = in_base[positions]
    if found.size and (found.min() < 0 or found.max() >= array.size):
        return None
    return positions_in(array.shape, found)


def positions_in(shape: Sequence[int], positions: Array) -> Steps:
    """The operations that take the elements at flat `positions` out of a tensor of this shape."""
    if not shape:
        return (take_at, (None,)), (take_at, (positions,))
    return ((take_at, (np.unravel_index(positions, shape),)),)


def unfold(input: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """Sliding windows of `size` elements along a dim, `step` apart; their elements are a new last dim. A view.

    Raises:
        RuntimeError: `size` is larger than the dim, or `step` is not positive.

    >>> from autograd import arange
    >>> unfold(arange(5), 0, 3, 2)
    tensor([[0, 1, 2],
            [2, 3, 4]])
    """
    shape, stride = list(input.array.shape), list(input.stride())
    axis = check_dim(dimension, len(shape))
    length, distance = (shape[axis], stride[axis]) if shape else (1, 1)
    if not 0 <= size <= length:
        raise RuntimeError(f"maximum size for tensor at dimension {axis} is {length} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    return _windows(input, axis, size, step) if shape else as_strided(input, [size], [distance])


def _windows_of(x: Array, axis: int, size: int, step: int) -> Array:
    memory, shape, strides = _memory(x), list(x.shape), list(x.strides)
    shape[axis] = (shape[axis] - size) // step + 1
    strides[axis] *= step
    start = address(x) - address(memory)
    return np.ndarray([*shape, size], x.dtype, memory, start, [*strides, x.strides[axis]])


def _sum_of_windows(g: Array, shape: tuple[int, ...], axis: int, step: int) -> Array:
    """Zeros of a shape with each window added at its place."""
    out, last = np.zeros(shape, g.dtype), g.shape[axis] * step
    for i in range(g.shape[-1]):
        out[(slice(None),) * axis + (slice(i, i + last, step),)] += g[..., i]
    return out


_windows = viewing(
    "windows",
    lambda x, axis, size, step: as_one_call(_windows_of, x, axis, size, step),
    x=lambda g, x_shape, axis, step: _windows_back(g, x_shape, axis, step),
    doc="Sliding windows along a dim as a new last dim: zeros with each window of g added at its place",
)
_windows_back: Operation = primitive(
    "windows_back",
    in_single(_sum_of_windows),
    g=lambda g, g_shape, axis, step: _windows(g, axis, g_shape[-1], step),
    doc="Zeros with each window added at its place: the windows of g",
)


# -- changing the memory of a tensor ----------------------------------------------------------------------


def set_(
    x: Tensor, source: Tensor | None = None, storage_offset: int = 0, size: Any = None, stride: Any = None
) -> Tensor:
    """Make the tensor a view of the memory of `source`; without a source, make it empty.

    Args:
        x: a tensor that does not require grad.
        source: a tensor of the same dtype.
        storage_offset, size, stride: the view of its storage; by default that of `source`.

    Raises:
        RuntimeError: the tensor requires grad, or the dtypes differ.
    """
    if x.node is not None and is_grad_enabled():
        raise RuntimeError("derivative for set_ is not implemented: assign x.data = y, or use copy_()")
    if source is None:
        x.array = np.empty(0, x.array.dtype)
        return x
    if source.array.dtype != x.array.dtype:
        raise RuntimeError(f"set_: expected a source of {x.dtype}, but got {source.dtype}: use .to() first")
    array = source._shared()
    if size is not None:
        array = _strided(_memory(array), size, _dense(size) if stride is None else stride, storage_offset)
    x.array = array
    return x


def resize_(x: Tensor, *size: Any, memory_format: Any = None) -> Tensor:
    """Change the shape of the tensor; its elements keep their order in memory, and new ones are uninitialized.

    If the new shape needs more elements than the storage has, the tensor gets a new storage.

    Raises:
        RuntimeError: the tensor requires grad.

    >>> from autograd import arange
    >>> resize_(arange(6), 2, 2)
    tensor([[0, 1],
            [2, 3]])
    """
    shape = new_shape(size)
    if x.node is not None:
        raise RuntimeError("cannot resize variables that require grad: use reshape(), or resize its detach()")
    start, needed = x.storage_offset(), math.prod(shape)
    memory = _memory(write(x))
    if start + needed > len(memory):
        memory = np.concatenate([memory, np.empty(start + needed - len(memory), memory.dtype)])
    x.array = _strided(memory, shape, _dense(shape), start)
    return x


def resize_as_(x: Tensor, the_template: Tensor, *, memory_format: Any = None) -> Tensor:
    """Change the shape of the tensor to that of `the_template`, as `resize_` does."""
    return resize_(x, the_template.array.shape)


def _dense(shape: Sequence[int]) -> list[int]:
    """The strides of a contiguous tensor."""
    return [math.prod(max(n, 1) for n in shape[i + 1 :]) for i in range(len(shape))]


# -- a new tensor with given strides ----------------------------------------------------------------------


def empty_strided(
    size: Sequence[int],
    stride: Sequence[int],
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """An uninitialized tensor with the sizes and strides given.

    >>> empty_strided((2, 3), (1, 2)).stride()
    (1, 2)
    """
    check_device("cpu" if device is None else device)
    kind = default_float() if dtype is None else to_numpy_dtype(dtype)
    needed = 0 if 0 in size else 1 + sum((n - 1) * step for n, step in zip(size, stride))
    return wrap(_strided(np.empty(needed, kind), size, stride, 0)).requires_grad_(requires_grad)


def version_of(tensor: Tensor) -> int:
    """How often the storage of a tensor was written in place: PyTorch's `_version`."""
    return version(tensor.array) if isinstance(tensor.array, np.ndarray) else 0
