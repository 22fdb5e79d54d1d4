"""TODO: say what idea this file holds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...base.dtypes import Array, NumpyDType, default_float, default_for, int64, to_numpy_dtype
from ...core.tensor import Tensor, wrap
from ..arguments import new_shape, sizes_of
from .from_data import finish

__all__ = [
    "arange", "complex", "empty", "eye", "full", "linspace", "logspace", "meshgrid", "one_hot", "ones", "tril_indices",
    "triu_indices", "unravel_index", "zeros",
]  # fmt: skip


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = int64, device: Any = None) -> Tensor:
    """The rows and columns of a lower triangle."""
    return wrap(np.stack(np.tril_indices(row, offset, col)).astype(to_numpy_dtype(dtype)))


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = int64, device: Any = None) -> Tensor:
    """The rows and columns of an upper triangle."""
    return wrap(np.stack(np.triu_indices(row, offset, col)).astype(to_numpy_dtype(dtype)))


def unravel_index(indices: Tensor, shape: Any) -> tuple[Tensor, ...]:
    """The coordinates, a tensor each dim, of flat positions in a shape."""
    return tuple(wrap(i) for i in np.unravel_index(indices.array, sizes_of((shape,))))


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

    >>> from autograd import tensor
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
