"""Making tensors: from data, of constants, of sequences."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from ...base.device import check_device
from ...base.dtypes import Array, NumpyDType, default_float, default_for, from_numpy_dtype, to_numpy_dtype
from ...core.tensor import Tensor, wrap
from ...making import finish
from ..arguments import new_shape


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


def _type_or_default(dtype: Any) -> NumpyDType:
    return default_float() if dtype is None else to_numpy_dtype(dtype)


def zeros(
    *sizes: Any,
    size: Any = None,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Zeros of a shape: `zeros(2, 3)` or `zeros((2, 3))`.

    Raises:
        RuntimeError: a size is negative.
    """
    return finish(np.zeros(new_shape(sizes, size), _type_or_default(dtype)), requires_grad, device)


def ones(
    *sizes: Any,
    size: Any = None,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Ones of a shape."""
    return finish(np.ones(new_shape(sizes, size), _type_or_default(dtype)), requires_grad, device)


def empty(
    *sizes: Any,
    size: Any = None,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Whatever is in the memory, in a shape."""
    return finish(np.empty(new_shape(sizes, size), _type_or_default(dtype)), requires_grad, device)


def full(
    size: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """One value in a shape; its type decides that of the tensor.

    >>> full((2,), 7)
    tensor([7, 7])
    """
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    numpy_dtype = default_for(value) if dtype is None else to_numpy_dtype(dtype)
    return finish(np.full(new_shape((size,)), value, numpy_dtype), requires_grad, device)


def eye(
    n: int,
    m: int | None = None,
    *,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """The identity matrix, n × n or n × m.

    >>> eye(2)
    tensor([[1., 0.],
            [0., 1.]])
    """
    new_shape((n, n if m is None else m))
    return finish(np.eye(n, m, dtype=_type_or_default(dtype)), requires_grad, device)


# -- of sequences ----------------------------------------------------------------------------------------


def arange(
    start: Any,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """The numbers from `start` (0 if left out) up to, not including, `end`: integers if all three are.

    Raises:
        RuntimeError: `step` is 0, or leads away from `end`.

    >>> arange(1, 2, 0.25)
    tensor([1.0000, 1.2500, 1.5000, 1.7500])
    """
    if end is None:
        start, end = 0, start
    start, end, step = (v.item() if isinstance(v, (Tensor, np.generic)) else v for v in (start, end, step))
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if (end - start) * step < 0:
        raise RuntimeError(f"upper bound and lower bound inconsistent with step sign: {start} to {end} by {step}")
    whole = all(isinstance(v, int) for v in (start, end, step))
    numpy_dtype = np.dtype(np.int64) if dtype is None and whole else _type_or_default(dtype)
    if numpy_dtype.kind in "iu" and not whole:
        # As in PyTorch: int64 forgets the fractions before it counts the numbers, a smaller type afterwards.
        if numpy_dtype == np.int64:
            start, end, step = int(start), int(end), int(step)
        if not int(step):
            raise RuntimeError("step must be nonzero")
        count = max(0, math.ceil((end - start) / step))
        return finish((int(start) + int(step) * np.arange(count)).astype(numpy_dtype), requires_grad, device)
    if numpy_dtype.kind == "f":
        count = max(0, math.ceil((end - start) / step))
        return finish((start + step * np.arange(count)).astype(numpy_dtype), requires_grad, device)
    return finish(np.arange(start, end, step).astype(numpy_dtype), requires_grad, device)


def linspace(
    start: Any,
    end: Any,
    steps: int,
    *,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """`steps` numbers at equal distances from `start` to `end`, both included.

    Raises:
        RuntimeError: `steps` is negative.
    """
    if steps < 0:
        raise RuntimeError(f"number of steps must be non-negative, but got {steps}")
    return finish(_evenly(start, end, steps, _type_or_default(dtype)), requires_grad, device)


def _evenly(start: Any, end: Any, steps: int, numpy_dtype: NumpyDType, base: float | None = None) -> Array:
    """`steps` numbers from `start` to `end`, or powers of `base`; integers are cut off towards zero, bounds first."""
    first, last = (v.item() if isinstance(v, (Tensor, np.generic)) else v for v in (start, end))
    if numpy_dtype.kind in "iu":
        first, last = int(first), int(last)
    # From both ends to the middle, so that the last number is exact too.
    step = (last - first) / max(1, steps - 1)
    places = np.arange(steps)
    numbers = np.where(places < steps // 2 if steps > 1 else True, first + step * places, last - step * places[::-1])
    return (numbers if base is None else np.power(base, numbers)).astype(numpy_dtype)


def logspace(
    start: Any,
    end: Any,
    steps: int,
    base: float = 10.0,
    *,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Powers of `base` with exponents at equal distances from `start` to `end`.

    Raises:
        RuntimeError: `steps` is negative.

    >>> logspace(0, 2, 3)
    tensor([  1.,  10., 100.])
    """
    if steps < 0:
        raise RuntimeError(f"number of steps must be non-negative, but got {steps}")
    return finish(_evenly(start, end, steps, _type_or_default(dtype), base), requires_grad, device)


def meshgrid(*tensors: Tensor, indexing: str = "ij") -> tuple[Tensor, ...]:
    """Vectors expanded to the grid that they span, one tensor for each.

    Raises:
        RuntimeError: a tensor has more than one dim, or `indexing` is neither "ij" nor "xy".
    """
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        tensors = tuple(tensors[0])
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f'meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    if any(x.array.ndim > 1 for x in tensors):
        raise RuntimeError("meshgrid: expected scalar or 1D tensors, but got one with more dims")
    xs = [x.reshape(-1) for x in tensors]
    shape = tuple(len(x) for x in xs)
    grids = []
    for i, x in enumerate(xs):
        grid = x.reshape(*(-1 if j == i else 1 for j in range(len(xs)))).expand(*shape)
        grids.append(grid.transpose(0, 1) if indexing == "xy" and len(xs) > 1 else grid)
    return tuple(grids)


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """A row of zeros with a 1 at the class, for each class index.

    Raises:
        RuntimeError: an index is negative, too large or no integer.

    >>> one_hot(tensor([0, 2]))
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    classes = np.asarray(tensor.array)
    if classes.dtype.kind not in "iu":
        raise RuntimeError(f"one_hot is only applicable to index tensor of type LongTensor, but got {tensor.dtype}")
    if classes.size and classes.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    if num_classes == -1:
        if not classes.size:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
        num_classes = int(classes.max()) + 1
    if classes.size and classes.max() >= num_classes:
        raise RuntimeError(f"Class values must be smaller than num_classes: {int(classes.max())} >= {num_classes}")
    return wrap((classes[..., None] == np.arange(num_classes)).astype(np.int64))


def complex(real: Tensor, imag: Tensor) -> Tensor:
    """A complex tensor of its two parts.

    Raises:
        RuntimeError: they are not of one floating-point type.
    """
    if real.array.dtype != imag.array.dtype or real.array.dtype.kind != "f":
        raise RuntimeError(
            f"complex: expected both parts in one floating-point type, but got {real.dtype} and {imag.dtype}"
        )
    return real + imag * 1j
