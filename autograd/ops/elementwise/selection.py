"""Selecting between values, element by element: where, clamp, relu, maximum and minimum."""

from __future__ import annotations

import itertools
import math
import warnings
from typing import Any

import numpy as np

from ...base.dtypes import Array, element_as, number_as, result_numpy
from ...base.size import Size
from ...base.symbolic import as_array
from ...core.errors import broadcast_failure, check_kind
from ...core.operation import (
    Operation,
    array_of,
    as_dtype,
    binary,
    primitive,
    record,
    unary,
)
from ...core.primitive import Primitive
from ...core.tensor import Tensor, wrap
from ..new_memory import with_own_memory

__all__ = ["broadcast_shapes", "clamp", "clip", "masked_fill", "maximum", "minimum", "relu", "where"]


#: For each floating-point dtype, the integer dtype of the same size.
_BITS = {np.dtype(f"f{size}"): np.dtype(f"i{size}") for size in (2, 4, 8)}


def _keep(x: Array, mask: Any) -> Array:
    # Multiplying the bits by 0 or 1 is ten times faster than np.where (measured: 23 against 230 µs for 65536 elements).
    kind = x.dtype
    bits = _BITS.get(kind)
    if bits is None or not isinstance(mask, np.ndarray) or not mask.ndim:
        return as_array(np.where(mask, x, kind.type(0)))[()]
    return (x.view(bits) * mask).view(kind)


#: The number of elements from which selecting by bits is faster than np.where.
_LARGE = 1000


def select(mask: Any, x: Any, y: Any) -> Array:
    """np.where of arrays or numbers."""
    if np.size(mask) > _LARGE and mask.dtype == np.bool_:
        kind = np.result_type(x, y)
        bits = _BITS.get(kind)
        if bits is not None:
            first, second = as_array(x, kind).view(bits), as_array(y, kind).view(bits)
            return (second ^ ((first ^ second) & (-mask.view(np.int8)).astype(bits))).view(kind)
    return as_array(np.where(mask, x, y))[()]


#: `x` where the mask is True, else 0, even where `x` is infinite or NaN.
keep: Operation = primitive(
    "keep",
    _keep,
    x=lambda g, mask: keep(g, mask),
    keeps_layout=True,
    doc="x where a mask is True, else 0: g where the mask is True, else 0",
)

_where = Primitive(
    "where",
    lambda condition, x, y: np.where(condition, x, y),
    {"x": lambda g, condition: keep(g, condition), "y": lambda g, condition: keep(g, ~condition)},
    doc="x where a condition is True, else y: g where its element was selected, else 0",
)


def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """`input` where `condition` is True and `other` elsewhere, all three broadcast together.

    The gradient goes only to the selected elements. If the derivative of an unselected element is infinite, its
    gradient is still NaN (0 · ∞): replace such inputs by harmless ones *before* computing with them.

    With the condition alone: the indices where it is True, one tensor for each dim.

    Raises:
        RuntimeError: the shapes do not broadcast, or the condition is a tensor of neither bool nor uint8.

    >>> from autograd import tensor
    >>> where(tensor([True, False]), tensor([1.0, 2.0]), 0.0)
    tensor([1., 0.])
    """
    mask = array_of(condition)
    if not isinstance(mask, (np.ndarray, np.bool_)) or mask.dtype != np.bool_:
        if input is not None and isinstance(condition, Tensor):
            _check_condition(condition)
        mask = as_array(mask).astype(np.bool_)[()]
    if input is None and other is None:
        return tuple(wrap(i) for i in np.nonzero(np.atleast_1d(mask)))
    x, y = input, other
    of_tensors = isinstance(x, Tensor) or isinstance(y, Tensor)
    if of_tensors:
        common = result_numpy((array_of(x), array_of(y)))
        x = as_dtype(x, common) if isinstance(x, (Tensor, np.ndarray)) else element_as(x, common)
        y = as_dtype(y, common) if isinstance(y, (Tensor, np.ndarray)) else element_as(y, common)
    a, b = array_of(x), array_of(y)
    if not of_tensors and isinstance(condition, Tensor):
        common = result_numpy((a, b))
        a, b = as_array(a, common), as_array(b, common)
    try:
        out = select(mask, a, b)
    except ValueError:
        shapes = np.shape(mask), np.shape(a), np.shape(b)
        raise RuntimeError(
            f"where: shapes {shapes[0]} (condition), {shapes[1]} and {shapes[2]} do not broadcast together"
        ) from None
    if not of_tensors:
        return wrap(out) if isinstance(condition, Tensor) else out
    return record(_where, (mask, x, y), out, broadcasts=True)


def _check_condition(condition: Tensor) -> None:
    """Raise unless a condition is boolean, or warn if it is uint8, which PyTorch had for masks before bool."""
    if condition.array.dtype != np.uint8:
        raise RuntimeError(
            f"where expected condition to be a boolean tensor, but got a tensor with dtype {condition.dtype}"
        )
    warnings.warn(
        "where received a uint8 condition tensor. This behavior is deprecated and will be removed in a future version "
        "of PyTorch. Use a boolean condition instead.",
        stacklevel=3,
    )


def where_method(input: Tensor, condition: Tensor, other: Any) -> Tensor:
    """`input` where `condition` is True and `other` elsewhere: `where` as a method.

    >>> from autograd import tensor
    >>> tensor([1.0, -2.0]).where(tensor([True, False]), 0.0)
    tensor([1., 0.])
    """
    selected: Tensor = where(condition, input, other)
    return selected


#: The rule of relu. As in PyTorch it depends on `y` too, with slope 0, so that the second derivative of a network of
#: ReLUs is zeros rather than an error.
_relu_back: Operation = primitive(
    "relu_back",
    lambda x, y: _keep(x, y != 0),
    x=lambda g, y: _relu_back(g, y),
    y=lambda g: g * 0,
    keeps_layout=True,
    doc="x where y is not 0, else 0: for x the same of g, for y 0",
)


def _positive_part(x: Array) -> Array:
    if type(x) is not np.ndarray or not x.flags.c_contiguous:
        return np.maximum(x, 0)
    zeros = np.zeros(x.shape, x.dtype)  # of two arrays NumPy finds the maximum in half the time
    return np.maximum(x, zeros, out=zeros)


#: The positive part, with slope 0 at 0.
relu = unary(
    "relu",
    _positive_part,
    lambda g, out: _relu_back(g, out),
    kinds="iuf",
    doc="The positive part, max(x, 0): g for x > 0, else 0",
)


def _where_greater(g: Any, x: Array, y: Array) -> Any:
    """`g` where x > y or either is NaN, half of it where they are equal, as in PyTorch, and 0 elsewhere."""
    return keep(g, ~(x <= y)) + keep(g / 2, x == y)


maximum = binary(
    "maximum",
    np.maximum,
    lambda g, x, y: _where_greater(g, array_of(x), array_of(y)),
    lambda g, x, y: _where_greater(g, array_of(y), array_of(x)),
    kinds="biuf",
    doc="The larger of x and y, broadcast: g for the larger, and half of it for each at a tie",
)
minimum = binary(
    "minimum",
    np.minimum,
    lambda g, x, y: _where_greater(g, array_of(y), array_of(x)),
    lambda g, x, y: _where_greater(g, array_of(x), array_of(y)),
    kinds="biuf",
    doc="The smaller of x and y, broadcast: g for the smaller, and half of it for each at a tie",
)


def limited(x: Array, low: Any, high: Any) -> Array:
    """`x` within [low, high], of which one may be None; a NaN is kept, and so is the sign of a zero."""
    if as_array(x).dtype.kind == "f":  # in a third of the time
        return np.clip(x, -math.inf if low is None else low, math.inf if high is None else high)
    if low is not None:
        x = np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


def _inside(x: Any, low: Any, high: Any) -> Any:
    """Where x is within the bounds; NaN is not."""
    x = array_of(x)
    above = ~np.isnan(x) if low is None else x >= low
    return above if high is None else above & (x <= high)


_clamp = Primitive(
    "clamp",
    limited,
    {"x": lambda g, x, low, high: keep(g, _inside(x, low, high))},
    doc="x limited to [low, high]: g within, including the bounds, and 0 outside",
)
#: The same with slope 0 at the bounds, and 1 at NaN.
hardtanh = primitive(
    "hardtanh",
    limited,
    x=lambda g, x, low, high: keep(g, ~((array_of(x) <= low) | (array_of(x) >= high))),
    keeps_layout=True,
    doc="x limited to [low, high]: g between the bounds, and 0 at them and outside",
)


def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    """Limit every element to [min, max]; where min > max, the result is max.

    The gradient passes where min <= input <= max, including the bounds, as in PyTorch. A bound that is a tensor gets
    the gradient where the input was limited to it.

    Args:
        input: Tensor of any shape and real dtype.
        min, max: number or Tensor that broadcasts with `input`; at least one is needed.

    Raises:
        RuntimeError: both bounds are None.

    >>> from autograd import tensor
    >>> clamp(tensor([-1., 0.5, 2.]), 0, 1)
    tensor([0.0000, 0.5000, 1.0000])
    """
    if min is None and max is None:
        raise RuntimeError("clamp: at least one of 'min' or 'max' must not be None")
    if isinstance(min, Tensor) or isinstance(max, Tensor):
        if min is not None:
            input = where((array_of(input) < array_of(min)) | np.isnan(array_of(min)), min, input)
        return input if max is None else where((array_of(input) > array_of(max)) | np.isnan(array_of(max)), max, input)
    if not isinstance(input, Tensor):
        return limited(input, min, max)
    bounds = tuple(b for b in (min, max) if b is not None)
    common = result_numpy((input.array, *bounds))
    check_kind("clamp", common, "iuf")
    low = None if min is None else number_as(min, common)
    high = None if max is None else number_as(max, common)
    x = as_dtype(input, common)
    return record(_clamp, (x, low, high), limited(x.array, low, high))


clip = clamp


@with_own_memory
def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """`input` with `value`, a number or 0-d tensor, where `mask` is True.

    Raises:
        RuntimeError: the mask is not boolean, the shapes do not broadcast, or the value does not fit the dtype.
        TypeError: the value is not a number.

    >>> from autograd import tensor
    >>> masked_fill(tensor([1.0, 2.0]), tensor([True, False]), 0)
    tensor([0., 2.])
    """
    if mask.array.dtype != np.bool_:
        raise RuntimeError(f"masked_fill only supports boolean masks, but got mask with dtype {mask.dtype}")
    if isinstance(value, Tensor):
        if value.array.ndim:
            raise RuntimeError(
                f"masked_fill only supports a 0-dimensional value tensor, but got one with {value.array.ndim} dims"
            )
        return where(mask, as_dtype(value, input.array.dtype), input)
    if not isinstance(value, (bool, int, float, complex, np.generic)):
        raise TypeError(f"masked_fill: the value must be a number or a 0-d tensor, but got {type(value).__name__}")
    return where(mask, number_as(value, input.array.dtype), input)


def broadcast_shapes(*shapes: Any) -> Any:
    """The shape that tensors of these shapes broadcast to.

    Raises:
        RuntimeError: they do not broadcast.
        ValueError: a size is negative.

    >>> broadcast_shapes((2, 1), (3,))
    autograd.Size([2, 3])
    """
    sized = [(s,) if isinstance(s, int) else tuple(s) for s in shapes]
    try:
        return Size(np.broadcast_shapes(*sized))
    except ValueError:
        for a, b in itertools.combinations(sized, 2):  # shapes broadcast together if every two of them do
            if any(m != n and 1 not in (m, n) for m, n in zip(reversed(a), reversed(b))):
                raise RuntimeError(broadcast_failure("broadcast_shapes", a, b)) from None
        raise ValueError(f"broadcast_shapes: sizes must not be negative, but got the shapes {sized}") from None
