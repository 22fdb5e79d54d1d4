"""Making tensors: from data, of constants, of sequences."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from ...base.device import check_device
from ...base.dtypes import (
    Array,
    NumpyDType,
    default_float,
    default_for,
    from_numpy_dtype,
    get_default_dtype,
    to_numpy_dtype,
)
from ...core.tensor import Tensor, wrap

__all__ = ["as_tensor", "asarray", "from_numpy", "frombuffer", "scalar_tensor", "tensor"]


def _widest(data: Any) -> NumpyDType | None:
    """The type of nested Python numbers: that of the widest, in PyTorch's defaults."""
    if isinstance(data, (list, tuple)):
        kinds = [kind for item in data if (kind := _widest(item)) is not None]
        return max(kinds, key=lambda kind: "biufc".index(kind.kind)) if kinds else None
    if isinstance(data, Tensor):
        return data.array.dtype
    if isinstance(data, (np.ndarray, np.generic)):
        return data.dtype
    return default_for(data) if isinstance(data, (bool, int, float, builtins.complex)) else None


def _plain(data: Any) -> Any:
    """Nested lists with arrays in place of tensors."""
    if isinstance(data, Tensor):
        return np.asarray(data.array)
    return [_plain(item) for item in data] if isinstance(data, (list, tuple)) else data


def to_array(data: Any, dtype: Any = None) -> Array:
    """An ndarray of numbers, nested sequences of them, arrays or tensors; a number becomes a NumPy scalar.

    Raises:
        ValueError: the sequence is ragged.
        TypeError: the elements are no numbers.
    """
    wanted = None if dtype is None else to_numpy_dtype(dtype)
    if isinstance(data, Tensor):
        data = data.array
    if isinstance(data, (np.ndarray, np.generic)):
        from_numpy_dtype(data.dtype.newbyteorder("="))
        return data.astype(wanted or data.dtype.newbyteorder("="), subok=False)
    if isinstance(data, (list, tuple)):
        try:
            kind = wanted or _widest(data) or default_float()
            array = np.array(_plain(data))
        except RecursionError:
            raise ValueError(f"too many dimensions {type(data).__name__!r}: a sequence that holds itself?") from None
        except ValueError:
            raise ValueError(
                f"expected sequence of equal lengths at every depth, but the data is ragged: {_lengths(data)}"
            ) from None
        return _narrowed(array, kind, data)
    if isinstance(data, (bool, int, float, builtins.complex)):
        return _narrowed(np.array(data), wanted or default_for(data), data)[()]
    if hasattr(data, "__array__"):
        return to_array(np.asarray(data), dtype)
    if hasattr(data, "__len__") and not isinstance(data, (str, bytes, dict, set)):
        return to_array(list(data), dtype)
    raise TypeError(f"can't make a tensor of {type(data).__name__}: expected numbers, got {data!r:.60}")


def _narrowed(array: Array, kind: NumpyDType, data: Any) -> Array:
    """Python's numbers as elements of one type. Negative ones may wrap around to an unsigned type, as in PyTorch."""
    if array.dtype.kind not in "biufc" and array.size and not _whole(array):
        raise TypeError(f"can't make a tensor of {array.dtype} elements: expected numbers, got {data!r:.60}")
    if array.dtype.kind == "c" and kind.kind not in "cb":
        raise TypeError(f"must be real number, not complex: {data!r:.60} does not fit {from_numpy_dtype(kind)}")
    if kind.kind in "iu" and array.size:
        limits = np.iinfo(kind)
        lowest = -int(limits.max) if kind.kind == "u" and array.dtype.kind != "f" else int(limits.min)
        # Written so that a NaN fails it.
        if not (array.min() >= lowest and array.max() <= int(limits.max)):
            raise RuntimeError(f"value cannot be converted to type {kind} without overflow: {data!r:.60}")
    return array.astype(kind)


def _whole(array: Array) -> bool:
    """Whether these are Python integers too large for NumPy's."""
    return array.dtype == object and all(isinstance(item, int) for item in array.flat)


def _lengths(data: Any) -> str:
    lengths = [len(item) if isinstance(item, (list, tuple)) else "a number" for item in data]
    shown = ", ".join(str(n) for n in lengths[:6])
    return f"its items have lengths {shown}{', …' if len(lengths) > 6 else ''}"


def tensor(data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A new tensor with a copy of `data`: a number, nested sequences, an array or a tensor.

    Python floats become float32 (see `set_default_dtype`) and integers int64; arrays keep their type.

    Raises:
        ValueError: the data is ragged.
        TypeError: the elements are no numbers.
        RuntimeError: integers or booleans are to require a gradient.

    >>> tensor([[1.0, 2.0], [3.0, 4.0]])
    tensor([[1., 2.],
            [3., 4.]])
    """
    return finish(to_array(data, dtype), requires_grad, device)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """`data` as a tensor, which shares memory with an array or tensor of the same type."""
    wanted = None if dtype is None else to_numpy_dtype(dtype)
    if device is not None:
        check_device(device)
    if isinstance(data, Tensor):
        return data if wanted is None or data.array.dtype == wanted else data.to(dtype)
    if isinstance(data, np.ndarray) and (wanted is None or data.dtype == wanted):
        return from_numpy(data)
    return tensor(data, dtype=dtype)


def asarray(obj: Any, *, dtype: Any = None, copy: bool | None = None, requires_grad: bool = False) -> Tensor:
    """`obj` as a tensor that shares its memory where it can, unless `copy` asks for a new one."""
    out = tensor(obj, dtype=dtype) if copy else as_tensor(obj, dtype)
    return out.detach().requires_grad_() if requires_grad else out


def from_numpy(ndarray: Array) -> Tensor:
    """A tensor that shares the memory of an ndarray.

    Raises:
        TypeError: it is no ndarray, or no tensor holds its elements.

    >>> a = np.zeros(2, np.float32)
    >>> t = from_numpy(a); a[0] = 5
    >>> t
    tensor([5., 0.])
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__}): use tensor(...)")
    from_numpy_dtype(ndarray.dtype)
    return wrap(ndarray.view(np.ndarray))


def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Tensor:
    """A tensor that shares the memory of a buffer: bytes, a bytearray, a memory map.

    Args:
        buffer: what has the memory; if that is for reading only, so is the tensor.
        dtype: of the elements.
        count: how many elements; all that there are if negative.
        offset: how many bytes to leave out first.
        requires_grad: whether the tensor gathers gradients.

    Raises:
        ValueError: the buffer is none, or does not hold so many elements.

    >>> from autograd import int16
    >>> frombuffer(bytes([1, 0, 2, 0]), dtype=int16)
    tensor([1, 2], dtype=autograd.int16)
    """
    try:
        array = np.frombuffer(buffer, to_numpy_dtype(dtype), count if count >= 0 else -1, offset)
    except TypeError:
        raise ValueError(f"object does not implement Python buffer protocol: {type(buffer).__name__}") from None
    if not array.size:
        size = memoryview(buffer).nbytes
        raise ValueError(f"frombuffer: no element is left of {size} bytes with count={count} and offset={offset}")
    return wrap(array).requires_grad_(requires_grad)


# -- of constants ----------------------------------------------------------------------------------------


# -- of sequences ----------------------------------------------------------------------------------------


def scalar_tensor(s: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A 0-d tensor of a number, of the default type unless `dtype` is given."""
    return tensor(s, dtype=dtype or get_default_dtype(), device=device, requires_grad=requires_grad)


def finish(array: Array, requires_grad: bool, device: Any = None) -> Tensor:
    """The tensor of a new array, 0-d as a NumPy scalar.

    Raises:
        RuntimeError: the device is not the CPU, or the elements can't require a gradient.
    """
    if device is not None:
        check_device(device)
    out = wrap(array if array.ndim else array[()])
    return out.requires_grad_() if requires_grad else out
