"""Tensors from data: Python numbers, nested sequences, arrays, buffers and other tensors."""

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
    element_as,
    from_numpy_dtype,
    get_default_dtype,
    to_numpy_dtype,
)
from ...base.symbolic import current, given
from ...core.tensor import Tensor, wrap

__all__ = ["as_tensor", "asarray", "from_numpy", "frombuffer", "scalar_tensor", "tensor"]


def _widest(data: Any) -> NumpyDType | None:
    """The dtype of nested sequences: that of their widest element, with PyTorch's dtypes for Python numbers."""
    if isinstance(data, (list, tuple)):
        kinds = [kind for item in data if (kind := _widest(item)) is not None]
        return max(kinds, key=lambda kind: "biufc".index(kind.kind)) if kinds else None
    if isinstance(data, Tensor):
        return data.array.dtype
    if isinstance(data, (np.ndarray, np.generic)):
        return data.dtype
    return default_for(data) if isinstance(data, (bool, int, float, builtins.complex)) else None


def _without_tensors(data: Any) -> Any:
    """Nested lists in which every tensor is replaced by its array."""
    if isinstance(data, Tensor):
        return np.asarray(data.array)
    return [_without_tensors(item) for item in data] if isinstance(data, (list, tuple)) else data


def to_array(data: Any, dtype: Any = None) -> Array:
    """`data` as a new array of `dtype`, by default of the dtype that it has; a single number becomes a NumPy scalar.

    Raises:
        ValueError: a sequence is ragged.
        TypeError: an element is not a number.
        RuntimeError: a number does not fit into the dtype.
    """
    wanted = None if dtype is None else to_numpy_dtype(dtype)
    if isinstance(data, Tensor):
        data = data.array
    if isinstance(data, (np.ndarray, np.generic)):
        own = from_numpy_dtype(data.dtype.newbyteorder("=")).numpy
        if type(data) is np.ndarray:
            data = given(data)
        return data.astype(wanted or own, subok=False)
    if isinstance(data, (list, tuple)):
        try:
            kind = wanted or _widest(data) or default_float()
            array = np.array(_without_tensors(data))
        except RecursionError:
            raise ValueError(
                f"too many dimensions {type(data).__name__!r}: does the sequence contain itself?"
            ) from None
        except ValueError:
            raise ValueError(
                f"expected sequence of equal lengths at every depth, but the data is ragged: {_lengths(data)}"
            ) from None
        return _converted(array, kind, data)
    if isinstance(data, (bool, int, float, builtins.complex)):
        return _converted(np.array(data), wanted or default_for(data), data)[()]
    if hasattr(data, "__array__"):
        return to_array(np.asarray(data), dtype)
    if hasattr(data, "__len__") and not isinstance(data, (str, bytes, dict, set)):
        return to_array(list(data), dtype)
    raise TypeError(f"can't make a tensor of {type(data).__name__}: expected numbers, got {data!r:.60}")


def _converted(array: Array, kind: NumpyDType, data: Any) -> Array:
    """Python's numbers converted to a dtype. Negative numbers may wrap around in an unsigned one, as in PyTorch."""
    if array.dtype.kind not in "biufc" and array.size and not _holds_large_integers(array):
        raise TypeError(f"can't make a tensor of {array.dtype} elements: expected numbers, got {data!r:.60}")
    if array.dtype.kind == "c" and kind.kind not in "cb":
        raise TypeError(f"must be real number, not complex: {data!r:.60} does not fit {from_numpy_dtype(kind)}")
    if kind.kind in "iu" and array.size:
        limits = np.iinfo(kind)
        lowest = -int(limits.max) if kind.kind == "u" and array.dtype.kind != "f" else int(limits.min)
        # Written as a negation, so that NaN fails the check.
        if not (array.min() >= lowest and array.max() <= int(limits.max)):
            raise RuntimeError(f"value cannot be converted to type {kind} without overflow: {data!r:.60}")
    return array.astype(kind)


def _holds_large_integers(array: Array) -> bool:
    """Whether the elements are Python integers that are too large for NumPy's dtypes."""
    return array.dtype == object and all(isinstance(item, int) for item in array.flat)


def _lengths(data: Any) -> str:
    lengths = [len(item) if isinstance(item, (list, tuple)) else "a number" for item in data]
    shown = ", ".join(str(n) for n in lengths[:6])
    return f"its items have lengths {shown}{', …' if len(lengths) > 6 else ''}"


def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:
    """A new tensor with a copy of `data`: a number, nested sequences, an array or a tensor.

    Python floats become float32 (see `set_default_dtype`) and integers int64; arrays keep their dtype.

    Raises:
        ValueError: the data is ragged.
        TypeError: an element is not a number.
        RuntimeError: `requires_grad` is True, but the data is integer or boolean.

    >>> tensor([[1.0, 2.0], [3.0, 4.0]])
    tensor([[1., 2.],
            [3., 4.]])
    """
    return finish(to_array(data, dtype), requires_grad, device)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """`data` as a tensor; an array or tensor that has the dtype already is not copied."""
    wanted = None if dtype is None else to_numpy_dtype(dtype)
    if device is not None:
        check_device(device)
    if isinstance(data, Tensor):
        return data if wanted is None or data.array.dtype == wanted else data.to(dtype)
    if isinstance(data, np.ndarray) and (wanted is None or data.dtype == wanted):
        return from_numpy(data)
    return tensor(data, dtype=dtype)


def asarray(
    obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None, requires_grad: bool | None = None
) -> Tensor:
    """`obj` as a tensor that shares its memory if possible.

    Args:
        obj: a tensor, an ndarray, an object with a buffer (whose bytes are read as `dtype`), a number or nested
            sequences.
        dtype: the dtype of the elements; None for that of `obj`.
        device: the CPU.
        copy: True for a copy, False for an error where the memory cannot be shared.
        requires_grad: whether the tensor requires grad; None for what `obj` says.

    Raises:
        ValueError: `copy` is False, and the memory cannot be shared.

    >>> asarray([1, 2], copy=False)
    Traceback (most recent call last):
    ValueError: can't alias arbitrary sequence into a tensor: a list has no memory to share; leave out copy=False
    """
    if device is not None:
        check_device(device)
    if isinstance(obj, (Tensor, np.ndarray)):
        given: Any = as_tensor(obj)
    elif _has_buffer(obj):
        given = frombuffer(obj, dtype=get_default_dtype() if dtype is None else dtype)
    elif copy is False:
        raise ValueError(
            f"can't alias arbitrary sequence into a tensor: a {type(obj).__name__} has no memory to share; leave out "
            "copy=False"
        )
    else:
        return finish(to_array(obj, dtype), bool(requires_grad), None)
    wanted = given.dtype if dtype is None else from_numpy_dtype(to_numpy_dtype(dtype))
    if copy is False and wanted != given.dtype:
        raise ValueError(f"can't alias tensor with dtype {given.dtype} into dtype {wanted}; leave out copy=False")
    out: Tensor = given.to(wanted, copy=bool(copy))
    if requires_grad is not None and requires_grad != out.requires_grad:
        out = out.detach().requires_grad_(requires_grad)
    return out


def _has_buffer(obj: Any) -> bool:
    """Whether an object has memory that others can share; a NumPy scalar shows only a copy of its own."""
    try:
        memoryview(obj)
    except TypeError:
        return False
    return not isinstance(obj, np.generic)


def from_numpy(ndarray: Array) -> Tensor:
    """A tensor that shares the memory of an ndarray.

    Raises:
        TypeError: the argument is not an ndarray, or its dtype is not supported.

    >>> a = np.zeros(2, np.float32)
    >>> t = from_numpy(a); a[0] = 5
    >>> t
    tensor([5., 0.])
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__}): use tensor(...) for other data")
    from_numpy_dtype(ndarray.dtype)
    return wrap(ndarray.view(np.ndarray))


def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Tensor:
    """A tensor that shares the memory of a buffer: bytes, a bytearray, a memory map.

    Args:
        buffer: the owner of the memory; the tensor is read-only if the buffer is.
        dtype: the dtype of the elements.
        count: the number of elements; all if negative.
        offset: the number of bytes to skip at the start.
        requires_grad: whether the tensor accumulates gradients.

    Raises:
        ValueError: the argument is not a buffer, or does not hold `count` elements.

    >>> from autograd import int16
    >>> frombuffer(bytes([1, 0, 2, 0]), dtype=int16)
    tensor([1, 2], dtype=autograd.int16)
    """
    try:
        array = np.frombuffer(buffer, to_numpy_dtype(dtype), count if count >= 0 else -1, offset)
    except TypeError:
        raise ValueError(f"object does not implement Python buffer protocol: {type(buffer).__name__}") from None
    except ValueError as error:
        raise ValueError(f"frombuffer: {error}") from None
    if not array.size:
        size = memoryview(buffer).nbytes
        raise ValueError(f"frombuffer: {size} bytes hold no element with count={count} and offset={offset}")
    return wrap(array).requires_grad_(requires_grad)


def scalar_tensor(
    s: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """A 0-d tensor of a number, of the default dtype unless `dtype` is given.

    Raises:
        RuntimeError: the number does not fit the dtype.
    """
    number = s.array.item() if isinstance(s, Tensor) else s
    kind = to_numpy_dtype(dtype or get_default_dtype())
    return finish(element_as(number, kind), requires_grad, device)


def finish(array: Array, requires_grad: bool, device: Any = None) -> Tensor:
    """The last step of every factory function: check the device, wrap the array, set requires_grad.

    Raises:
        RuntimeError: the device is not the CPU, or `requires_grad` is True for integers or booleans.
    """
    if device is not None:
        check_device(device)
    if current.trace is not None:
        array = current.trace.record.constant(array)
    out = wrap(array if array.ndim else array[()])
    return out.requires_grad_() if requires_grad else out
