"""Conversions of a tensor to Python's and NumPy's types: numbers, truth, length, iteration, text, arrays.

The functions become methods of Tensor in `methods.py`, such as `__float__` and `__array__`.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from numbers import Number
from typing import Any, NoReturn

import numpy as np

from ...base.dtypes import Array
from ...base.symbolic import elements
from ...core.aliasing import View
from ...core.errors import users_level
from ...core.public import public_as_it_is
from ...core.tensor import Tensor
from ..shape.reordering import flip


def item(self: Tensor) -> Any:
    """The single element as a Python number.

    Raises:
        RuntimeError: the tensor does not have exactly one element.
    """
    if self.array.size != 1:
        raise RuntimeError(
            f"a Tensor with {self.array.size} elements cannot be converted to Scalar: its shape is "
            f"{self.array.shape}; reduce or index it first, or use tolist()"
        )
    return self.array.item()


def tolist(self: Tensor) -> Any:
    """The elements as nested lists of Python numbers; a number for a 0-d tensor."""
    return self.array.tolist()


def numpy(self: Tensor, *, force: bool = False) -> Array:
    """The elements as an ndarray that shares their memory.

    Raises:
        RuntimeError: the tensor requires a gradient, which an array cannot track.
    """
    if self.node is not None and not force:
        _refuse("call numpy() on")
    return elements(self._shared())


def array(self: Tensor, dtype: Any = None, copy: bool | None = None) -> Array:
    """`numpy.asarray(tensor)`."""
    if self.node is not None:
        _refuse("make a NumPy array of")
    return np.array(self._shared(), dtype=dtype, copy=copy)


@public_as_it_is
def to_float(self: Tensor) -> float:
    """`float(tensor)`."""
    return float(_real_number(self))


@public_as_it_is
def to_int(self: Tensor) -> int:
    """`int(tensor)`; NaN and infinity raise Python's own errors."""
    return int(_real_number(self))


@public_as_it_is
def to_complex(self: Tensor) -> complex:
    """`complex(tensor)`."""
    return complex(_number(self))


_warned = False  # whether a conversion has warned: PyTorch too does so once in a process


def _number(self: Tensor) -> Any:
    """The single element, for `float`, `int` and `complex`, which lose the graph."""
    global _warned
    if self.array.size != 1:
        raise ValueError(
            f"only one element tensors can be converted to Python scalars, but the shape is {self.array.shape}: reduce "
            "or index it first, or use tolist()"
        )
    if self.node is not None and not _warned:
        _warned = True
        warnings.warn(
            "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior: the number has "
            "no graph. Consider using tensor.detach() first, or item(), which does not warn",
            UserWarning,
            stacklevel=users_level(),
        )
    return self.item()


def _real_number(self: Tensor) -> Any:
    number = _number(self)
    if not isinstance(number, complex):
        return number
    if number.imag:
        raise RuntimeError(f"{number} cannot be converted to a real number without loss: take .real or .abs() first")
    return number.real


def index(self: Tensor) -> int:
    """`operator.index(tensor)`: the single integer, usable as the index of a list."""
    if self.array.dtype.kind not in "biu" or self.array.size != 1:
        raise TypeError(
            f"only integer tensors of a single element can be converted to an index, not shape "
            f"{self.array.shape} of {self.dtype}"
        )
    return int(self.array.item())


def truth(self: Tensor) -> bool:
    """`bool(tensor)`."""
    if self.array.size != 1:
        raise RuntimeError(
            f"Boolean value of Tensor with {'no' if not self.array.size else 'more than one'} value"
            f"{'s' if not self.array.size else ''} is ambiguous: its shape is {self.array.shape}; "
            "use all(), any(), or compare numel() with 0"
        )
    return bool(self.array.item())


def length(self: Tensor) -> int:
    """`len(tensor)`: the size of the first dim."""
    if not self.array.ndim:
        raise TypeError("len() of a 0-d tensor")
    return len(self.array)


def iterate(self: Tensor) -> Iterator[Tensor]:
    """`iter(tensor)`: the slices along the first dim."""
    if not self.array.ndim:
        raise TypeError("iteration over a 0-d tensor")
    return iter(self.unbind(0))


def reverse(self: Tensor) -> Tensor:
    """`reversed(tensor)`: a tensor with the slices along the first dim in reverse order; a 0-d tensor itself."""
    return flip(self, 0) if self.array.ndim else self


def contains(self: Tensor, element: Any) -> bool:
    """`element in tensor`.

    Raises:
        RuntimeError: `element` is neither a Tensor nor a number.
    """
    if not isinstance(element, (Tensor, Number, np.generic)):
        raise RuntimeError(f"a Tensor contains numbers: `in` takes a Tensor or a number, not {type(element).__name__}")
    wanted = element.array if isinstance(element, Tensor) else element
    return bool(np.any(self.array == wanted))


@public_as_it_is
def formatted(self: Tensor, spec: str) -> str:
    """`format(tensor, spec)`: a 0-d tensor is formatted as its number."""
    if self.array.ndim == 0 and (spec or type(self) in (Tensor, View)):
        return format(self.array.item(), spec)
    return object.__format__(self, spec) if spec else repr(self)


def _refuse(what: str) -> NoReturn:
    raise RuntimeError(
        f"Can't {what} a Tensor that requires grad: NumPy would lose its graph. Use tensor.detach().numpy() instead, "
        "or the function of the same name in autograd"
    )
