"""Tensors from sizes and numbers: constants, sequences, the identity, one-hot rows, and index tables."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...base.dtypes import (
    Array,
    NumpyDType,
    default_complex,
    default_float,
    default_for,
    from_numpy_dtype,
    int64,
    number_as,
    to_numpy_dtype,
)
from ...base.symbolic import as_array
from ...core.tensor import Tensor, wrap
from ..arguments import named, new_shape, sizes_of
from ..new_memory import with_own_memory
from .from_data import finish

__all__ = [
    "arange", "empty", "eye", "full", "linspace", "logspace", "one_hot", "ones", "tril_indices", "triu_indices",
    "unravel_index", "zeros",
]  # fmt: skip


def _type_or_default(dtype: Any) -> NumpyDType:
    return default_float() if dtype is None else to_numpy_dtype(dtype)


def _constant(name: str, make: Callable[..., Array], doc: str) -> Callable[..., Tensor]:
    """Define `zeros`, `ones` or `empty` by NumPy's function for a shape and a dtype."""

    def function(
        *sizes: Any,
        size: Any = None,
        dtype: Any = None,
        device: Any = None,
        layout: Any = None,
        pin_memory: bool = False,
        memory_format: Any = None,
        requires_grad: bool = False,
    ) -> Tensor:
        return finish(make(new_shape(sizes, size), _type_or_default(dtype)), requires_grad, device)

    doc = f"{doc} of the shape given: `{name}(2, 3)` or `{name}((2, 3))`."
    return named(function, name, f"{doc}\n\nRaises:\n    RuntimeError: a size is negative.\n")


zeros = _constant("zeros", np.zeros, "Zeros")
ones = _constant("ones", np.ones, "Ones")
empty = _constant("empty", np.empty, "An uninitialized tensor")


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
    """A tensor of the shape given filled with one value, whose type decides the dtype.

    >>> full((2,), 7)
    tensor([7, 7])
    """
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    numpy_dtype = default_for(value) if dtype is None else to_numpy_dtype(dtype)
    return finish(np.full(new_shape((size,)), number_as(value, numpy_dtype)), requires_grad, device)


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
    """The identity matrix, (n, n) or (n, m).

    >>> eye(2)
    tensor([[1., 0.],
            [0., 1.]])
    """
    new_shape((n, n if m is None else m))
    return finish(np.eye(n, m, dtype=_type_or_default(dtype)), requires_grad, device)


def arange(
    start: Any = None,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """The numbers from `start` (default 0) up to but not including `end`; integers if all three arguments are.

    Raises:
        RuntimeError: `step` is 0, or has the wrong sign, or a number is complex.
        NotImplementedError: `dtype` is bool or complex.
        TypeError: neither `start` nor `end` is given.

    >>> arange(1, 2, 0.25)
    tensor([1.0000, 1.2500, 1.5000, 1.7500])
    """
    if end is None:
        start, end = None, start
    if end is None:
        raise TypeError("arange(): missing the argument 'end': arange(3) counts to 2")
    start = 0 if start is None else start
    if dtype is None and type(start) is type(end) is type(step) is int and step and (end - start) * step >= 0:
        return finish(np.arange(start, end, step, dtype=np.int64), requires_grad, device)  # the usual case
    start, end, step = (v.item() if isinstance(v, (Tensor, np.generic)) else v for v in (start, end, step))
    numpy_dtype = np.dtype(np.int64) if dtype is None else to_numpy_dtype(dtype)
    if numpy_dtype.kind in "bc":
        raise NotImplementedError(f"arange: not implemented for {from_numpy_dtype(numpy_dtype).name}")
    start, end, step = (_real_part("arange", v) for v in (start, end, step))
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if (end - start) * step < 0:
        raise RuntimeError(f"upper bound and lower bound inconsistent with step sign: {start} to {end} by {step}")
    integers = all(isinstance(v, int) for v in (start, end, step))
    numpy_dtype = numpy_dtype if integers else _type_or_default(dtype)
    # As in PyTorch: for int64 the fractions are dropped before the numbers are counted, for other integers afterwards.
    if numpy_dtype == np.int64 and not integers:
        start, end, step = int(start), int(end), int(step)
        if not step:
            raise RuntimeError("step must be nonzero")
    count = max(0, math.ceil((end - start) / step))
    if numpy_dtype.kind != "f":
        start, step = int(start), int(step)
    return finish((start + step * np.arange(count)).astype(numpy_dtype), requires_grad, device)


def _real_part(name: str, value: Any) -> Any:
    """The number itself, or of a complex one without an imaginary part the real part."""
    if isinstance(value, complex):
        if value.imag:
            raise RuntimeError(f"{name}: value cannot be converted to a real number without overflow: {value}")
        return value.real
    return value


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
    """`steps` evenly spaced numbers from `start` to `end`, both included.

    Raises:
        RuntimeError: `steps` is negative, or a number does not fit the dtype.
        NotImplementedError: `dtype` is bool.
    """
    return finish(_evenly("linspace", start, end, steps, dtype), requires_grad, device)


def _evenly(name: str, start: Any, end: Any, steps: int, dtype: Any, base: float | None = None) -> Array:
    """`steps` evenly spaced numbers, or `base` raised to them; for integers, both ends are truncated first."""
    if steps < 0:
        raise RuntimeError(f"number of steps must be non-negative, but got {steps}")
    first, last = (v.item() if isinstance(v, (Tensor, np.generic)) else v for v in (start, end))
    is_complex = any(isinstance(v, complex) for v in (first, last, base))
    numpy_dtype = default_complex() if dtype is None and is_complex else _type_or_default(dtype)
    if numpy_dtype.kind == "b":
        raise NotImplementedError(f"{name}: not implemented for bool")
    if is_complex and numpy_dtype.kind != "c":
        raise RuntimeError(f"{name}: complex numbers cannot be converted to {from_numpy_dtype(numpy_dtype).name}")
    if numpy_dtype.kind in "iu":
        first, last = (number_as(v, numpy_dtype).item() for v in (first, last))
    else:
        number_as(first, numpy_dtype), number_as(last, numpy_dtype)
    # From both ends to the middle, so that the last number is exact as well.
    step = (last - first) / max(1, steps - 1)
    i = np.arange(steps)
    numbers = np.where(i < steps // 2 if steps > 1 else True, first + step * i, last - step * i[::-1])
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
    """`base` raised to `steps` evenly spaced exponents from `start` to `end`.

    >>> logspace(0, 2, 3)
    tensor([  1.,  10., 100.])
    """
    return finish(_evenly("logspace", start, end, steps, dtype, base), requires_grad, device)


@with_own_memory
def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """For each class index a row of zeros with a 1 at the class.

    Raises:
        RuntimeError: an index is negative, too large or not an integer.

    >>> from autograd import tensor
    >>> one_hot(tensor([0, 2]))
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    classes = as_array(tensor.array)
    if classes.dtype.kind not in "iu":
        raise RuntimeError(f"one_hot is only applicable to index tensor of type LongTensor, but got {tensor.dtype}")
    if classes.size and classes.min() < 0:
        raise RuntimeError(f"Class values must be non-negative, but the least is {classes.min()}")
    if num_classes == -1:
        if not classes.size:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
        num_classes = int(classes.max()) + 1
    if classes.size and classes.max() >= num_classes:
        raise RuntimeError(f"Class values must be smaller than num_classes: {int(classes.max())} >= {num_classes}")
    out = np.zeros((classes.size, num_classes), np.int64)
    out[np.arange(classes.size), classes.reshape(-1)] = 1
    return wrap(out.reshape(*classes.shape, num_classes))


def _indices(name: str, make: Callable[..., tuple[Array, Array]], triangle: str) -> Callable[..., Tensor]:
    """Define `tril_indices` or `triu_indices` by NumPy's function."""

    def function(
        row: int,
        col: int,
        offset: int = 0,
        *,
        dtype: Any = int64,
        device: Any = None,
        layout: Any = None,
        pin_memory: bool = False,
        requires_grad: bool = False,
    ) -> Tensor:
        new_shape((row, col))
        return finish(np.stack(make(row, offset, col)).astype(to_numpy_dtype(dtype)), requires_grad, device)

    return named(function, name, f"The row and column indices, (2, n), of the {triangle} triangle of a matrix.")


tril_indices = _indices("tril_indices", np.tril_indices, "lower")
triu_indices = _indices("triu_indices", np.triu_indices, "upper")


def unravel_index(indices: Tensor, shape: Any) -> tuple[Tensor, ...]:
    """The coordinates of flat indices in a shape, one tensor for each dim."""
    return tuple(wrap(i) for i in np.unravel_index(indices.array, sizes_of((shape,))))
