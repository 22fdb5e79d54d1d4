"""New tensors like an existing one: of its dtype (`new_zeros`), or of its shape and dtype (`zeros_like`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from ...base.device import contiguous_format
from ...base.dtypes import Array, NumpyDType, number_as, to_numpy_dtype
from ...core.tensor import Tensor
from ..arguments import named, new_shape
from .from_data import finish, tensor
from .random import Generator, draw_normal, draw_uniform, float_type, randint

__all__ = ["empty_like", "full_like", "ones_like", "rand_like", "randint_like", "randn_like", "zeros_like"]


def _type_of(input: Tensor, dtype: Any) -> NumpyDType:
    return input.array.dtype if dtype is None else to_numpy_dtype(dtype)


def _value(fill_value: Any, input: Tensor, dtype: Any) -> Array:
    return number_as(fill_value.item() if isinstance(fill_value, Tensor) else fill_value, _type_of(input, dtype))


# -- of the same shape --------------------------------------------------------------------------------------


def _constant_like(name: str, make: Callable[..., Array], doc: str) -> Callable[..., Tensor]:
    """Define `zeros_like`, `ones_like` or `empty_like` by NumPy's function, which keeps the layout in memory."""

    def function(
        input: Tensor,
        *,
        dtype: Any = None,
        device: Any = None,
        layout: Any = None,
        pin_memory: bool = False,
        memory_format: Any = None,
        requires_grad: bool = False,
    ) -> Tensor:
        return finish(make(input.array, _type_of(input, dtype), _order(input, memory_format)), requires_grad, device)

    return named(function, name, doc)


def _order(input: Tensor, memory_format: Any) -> Literal["C", "K"]:
    """The order in memory of a tensor like `input`: its own, but contiguous if asked for, or for an expanded one."""
    return "C" if memory_format is contiguous_format or 0 in input.array.strides else "K"


zeros_like = _constant_like("zeros_like", np.zeros_like, "Zeros of the shape and dtype of `input`.")
ones_like = _constant_like("ones_like", np.ones_like, "Ones of the shape and dtype of `input`.")
empty_like = _constant_like("empty_like", np.empty_like, "An uninitialized tensor of the shape and dtype of `input`.")


def full_like(
    input: Tensor,
    fill_value: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    memory_format: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of the shape and dtype of `input` filled with one value."""
    value = _value(fill_value, input, dtype)
    return finish(np.full_like(input.array, value, value.dtype, _order(input, memory_format)), requires_grad, device)


def _drawn_like(name: str, draw: Callable[..., Array], doc: str) -> Callable[..., Tensor]:
    """Define `rand_like` or `randn_like` by the function that draws the numbers."""

    def function(
        input: Tensor,
        *,
        dtype: Any = None,
        generator: Generator | None = None,
        device: Any = None,
        layout: Any = None,
        pin_memory: bool = False,
        memory_format: Any = None,
        requires_grad: bool = False,
    ) -> Tensor:
        numpy_dtype = float_type(name, input.dtype if dtype is None else dtype)
        return finish(draw(input.array.shape, numpy_dtype, generator), requires_grad, device)

    return named(function, name, doc)


rand_like = _drawn_like("rand_like", draw_uniform, "Random numbers from [0, 1), in the shape and dtype of `input`.")
randn_like = _drawn_like("randn_like", draw_normal, "Standard normal random numbers in the shape and dtype of `input`.")


def randint_like(
    input: Tensor,
    low: int,
    high: int | None = None,
    *,
    dtype: Any = None,
    generator: Generator | None = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    memory_format: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Random integers from [low, high), or [0, low), in the shape and dtype of `input`."""
    low, high = (0, low) if high is None else (low, high)
    kind, shape = _type_of(input, dtype), input.array.shape
    return randint(low, high, shape, generator=generator, dtype=kind, device=device, requires_grad=requires_grad)


# -- of another shape ---------------------------------------------------------------------------------------


def new_tensor(
    input: Tensor,
    data: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of `data` in the dtype of `input`."""
    return tensor(data, dtype=_type_of(input, dtype), device=device, requires_grad=requires_grad)


def _new_constant(name: str, make: Callable[..., Array], doc: str) -> Callable[..., Tensor]:
    """Define `new_zeros`, `new_ones` or `new_empty` by NumPy's function for a shape and a dtype."""

    def function(
        input: Tensor,
        *size: Any,
        dtype: Any = None,
        device: Any = None,
        layout: Any = None,
        pin_memory: bool = False,
        requires_grad: bool = False,
    ) -> Tensor:
        return finish(make(new_shape(size), _type_of(input, dtype)), requires_grad, device)

    return named(function, name, doc)


new_zeros = _new_constant("new_zeros", np.zeros, "Zeros of the shape given, in the dtype of `input`.")
new_ones = _new_constant("new_ones", np.ones, "Ones of the shape given, in the dtype of `input`.")
new_empty = _new_constant("new_empty", np.empty, "An uninitialized tensor of the shape given, in the dtype of `input`.")


def new_full(
    input: Tensor,
    size: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of the shape given filled with one value, in the dtype of `input`."""
    return finish(np.full(new_shape((size,)), _value(fill_value, input, dtype)), requires_grad, device)
