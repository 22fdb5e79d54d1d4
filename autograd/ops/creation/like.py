"""Making tensors like another: of its element type, or of its shape too."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...base.dtypes import NumpyDType, from_numpy_dtype, to_numpy_dtype
from ...core.tensor import Tensor
from ..arguments import new_shape
from .from_data import finish, tensor
from .random import Generator, draw_normal, draw_uniform, randint

__all__ = ["empty_like", "full_like", "ones_like", "rand_like", "randint_like", "randn_like", "zeros_like"]


def _type_of(input: Tensor, dtype: Any) -> NumpyDType:
    return input.array.dtype if dtype is None else to_numpy_dtype(dtype)


# -- of its shape -------------------------------------------------------------------------------------------


def zeros_like(
    input: Tensor,
    *,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    memory_format: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Zeros in the shape and type of `input`."""
    return finish(np.zeros(input.array.shape, _type_of(input, dtype)), requires_grad, device)


def ones_like(
    input: Tensor,
    *,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    memory_format: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Ones in the shape and type of `input`."""
    return finish(np.ones(input.array.shape, _type_of(input, dtype)), requires_grad, device)


def empty_like(
    input: Tensor,
    *,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    memory_format: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Whatever is in the memory, in the shape and type of `input`."""
    return finish(np.empty(input.array.shape, _type_of(input, dtype)), requires_grad, device)


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
    """One value in the shape and type of `input`."""
    return finish(np.full(input.array.shape, fill_value, _type_of(input, dtype)), requires_grad, device)


def rand_like(
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
    """Uniform random numbers in the shape and type of `input`."""
    return finish(draw_uniform(input.array.shape, _type_of(input, dtype), generator), requires_grad, device)


def randn_like(
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
    """Normal random numbers in the shape and type of `input`."""
    return finish(draw_normal(input.array.shape, _type_of(input, dtype), generator), requires_grad, device)


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
    """Random integers in the shape and type of `input`."""
    bounds = (0, low) if high is None else (low, high)
    kind = from_numpy_dtype(_type_of(input, dtype))
    return randint(
        *bounds, input.array.shape, generator=generator, dtype=kind, device=device, requires_grad=requires_grad
    )


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
    """A tensor of `data` in the element type of `input`."""
    return tensor(data, dtype=_type_of(input, dtype), device=device, requires_grad=requires_grad)


def new_zeros(
    input: Tensor,
    *size: Any,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Zeros of a shape in the element type of `input`."""
    return finish(np.zeros(new_shape(size), _type_of(input, dtype)), requires_grad, device)


def new_ones(
    input: Tensor,
    *size: Any,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Ones of a shape in the element type of `input`."""
    return finish(np.ones(new_shape(size), _type_of(input, dtype)), requires_grad, device)


def new_empty(
    input: Tensor,
    *size: Any,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Whatever is in the memory, of a shape, in the element type of `input`."""
    return finish(np.empty(new_shape(size), _type_of(input, dtype)), requires_grad, device)


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
    """One value in a shape, in the element type of `input`."""
    return finish(np.full(new_shape((size,)), fill_value, _type_of(input, dtype)), requires_grad, device)
