"""Filling a tensor in place with one value, the elements of another tensor, or random numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...base.dtypes import Array, number_as
from ...base.symbolic import as_array
from ...core.aliasing import View
from ...core.errors import not_a_tensor
from ...core.grad_mode import recording
from ...core.memory import check_memory
from ...core.operation import array_of, as_dtype
from ...core.public import other_names
from ...core.tensor import Tensor, wrap as tensor_of
from ...core.writes import write
from ..creation import random
from ..elementwise.complex_numbers import imag, real
from ..elementwise.selection import where
from ..shape.reshape import expand
from .forms import masked_fill_
from .writing import assign, check_recordable, check_writable, setitem


def _filled(x: Tensor, source: Any) -> Tensor:
    """`source` broadcast to the shape of `x`, recorded so that the old value of `x` gets the gradient 0."""
    return where(True, source, x)


def fill_(x: Tensor, value: Any) -> Tensor:
    """Set every element to one value, a number or 0-d tensor.

    Raises:
        RuntimeError: the value is a tensor with dims, or complex, and `x` is not.
        TypeError: the value is not a number.
    """
    if isinstance(value, Tensor):
        if value.array.ndim:
            raise RuntimeError(f"fill_ only supports a 0-dimension value tensor, but got one with {value.ndim} dims")
        check_writable(x, value.node is not None)
        return assign(x, _filled(x, as_dtype(value, x.array.dtype)), "fill_")
    if not isinstance(value, (bool, int, float, complex, np.generic)):
        raise TypeError(f"fill_: the value must be a number or a 0-d tensor, but got {type(value).__name__}")
    recorded = recording() and (x.node is not None or (isinstance(x, View) and x.base.node is not None))
    if recorded:
        check_writable(x)
    else:
        # Elements that share memory, as in an expanded tensor, may all be set to one number.
        check_memory(x.array, None)
    source = number_as(value, x.array.dtype)
    if not recorded:
        write(x)[...] = source
        return x
    return assign(x, _filled(x, source), "fill_")


def zero_(x: Tensor) -> Tensor:
    """Set every element to 0."""
    return fill_(x, 0)


@other_names(other="src")
def copy_(x: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """Copy the elements of `src`, a tensor or number, broadcast to the shape of `x` and cast to its dtype.

    Raises:
        RuntimeError: `src` does not broadcast to the shape of `x`.
        TypeError: `src` is neither a tensor nor a number.
    """
    if not isinstance(src, (Tensor, np.ndarray, np.generic, bool, int, float, complex)):
        raise TypeError(f"copy_(): argument 'src' must be {not_a_tensor(src)}")
    if src is x:  # a write like any other, which changes nothing
        check_recordable(x, x.node is not None)
        write(x)
        return x
    source = src if isinstance(src, Tensor) else tensor_of(as_array(src))
    check_writable(x, source.node is not None)
    source = as_dtype(source, x.array.dtype)
    if source.array.shape != x.array.shape:
        source = expand(source, x.array.shape)
    # The copy needs a node of its own if either side has one: the node of a leaf `source` must not become that of `x`.
    recorded = x.node is not None or source.node is not None
    return assign(x, _filled(x, source) if recorded else source, "copy_")


def fill_diagonal_(x: Tensor, fill_value: Any, wrap: bool = False) -> Tensor:
    """Set the main diagonal, where all indices are equal, to one value.

    Args:
        x: a matrix, or a tensor of more dims that all have the same size.
        fill_value: a number.
        wrap: whether, in a tall matrix, the diagonal starts again one row below its end.

    Raises:
        RuntimeError: there are fewer than two dims, or more than two that differ in size.

    >>> from autograd import zeros
    >>> fill_diagonal_(zeros(2, 3), 5)
    tensor([[5., 0., 0.],
            [0., 5., 0.]])
    """
    shape = x.array.shape
    if len(shape) < 2:
        raise RuntimeError(f"fill_diagonal_: dimensions must larger than 1, but the shape is {list(shape)}")
    if len(shape) > 2 and len(set(shape)) > 1:
        raise RuntimeError(f"fill_diagonal_: all dimensions of input must be of equal length, but got {list(shape)}")
    on_diagonal = np.zeros(shape, bool)
    np.fill_diagonal(on_diagonal, True, wrap)
    return masked_fill_(x, tensor_of(on_diagonal), fill_value)


def set_real(x: Tensor, value: Any) -> None:
    """`x.real = value`: write the real parts; see `setitem`."""
    setitem(real(x), ..., value)


def set_imag(x: Tensor, value: Any) -> None:
    """`x.imag = value`: write the imaginary parts; see `setitem`."""
    setitem(imag(x), ..., value)


# -- random numbers ---------------------------------------------------------------------------------------------


def _write_drawn(x: Tensor, values: Array, name: str) -> Tensor:
    check_writable(x)
    return assign(x, _filled(x, as_array(values).astype(x.array.dtype)[()]), name)


def normal_(x: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: random.Generator | None = None) -> Tensor:
    """Fill with numbers from a normal distribution; a negative `std` is a RuntimeError."""
    if std < 0:
        raise RuntimeError(f"normal_ expects std >= 0.0, but found std {std}")
    values = random.draw_normal(x.array.shape, random.float_type("normal_", x.dtype), generator)
    return _write_drawn(x, values * std + mean, "normal_")


@other_names(**{"from": "a", "to": "b"})
def uniform_(x: Tensor, a: float = 0.0, b: float = 1.0, *, generator: random.Generator | None = None) -> Tensor:
    """Fill with numbers from the uniform distribution on [a, b); a > b is a RuntimeError."""
    if a > b:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={a} > to={b}")
    values = random.draw_uniform(x.array.shape, random.float_type("uniform_", x.dtype), generator)
    return _write_drawn(x, values * (b - a) + a, "uniform_")


@other_names(**{"from": "low", "to": "high"})
def random_(
    x: Tensor, low: int | None = None, high: int | None = None, *, generator: random.Generator | None = None
) -> Tensor:
    """Fill with random integers from [low, high), from [0, low) without `high`, or else with all that the dtype holds.

    Raises:
        RuntimeError: the range is empty, or does not fit the dtype.
    """
    if high is None:
        low, high = 0, _default_range(x.array.dtype) if low is None else low
    low = low or 0
    random.check_range(low, high, x.array.dtype)
    return _write_drawn(x, random.source(generator).integers(low, high, x.array.shape), "random_")


def _default_range(kind: Any) -> int:
    """One more than the largest random integer by default: that of the dtype, or up to which it holds all integers."""
    if kind.kind == "b":
        return 2
    return int(np.iinfo(kind).max) + 1 if kind.kind in "iu" else 2 ** (np.finfo(kind).nmant + 1) + 1


def bernoulli_(x: Tensor, p: Any = 0.5, *, generator: random.Generator | None = None) -> Tensor:
    """Set each element to 1 with probability `p`, a number or a tensor, else to 0.

    Raises:
        RuntimeError: a probability is not in [0, 1].
    """
    if not np.all((array_of(p) >= 0) & (array_of(p) <= 1)):
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p}")
    return _write_drawn(x, random.source(generator).random(x.array.shape) < array_of(p), "bernoulli_")


def exponential_(x: Tensor, lambd: float = 1.0, *, generator: random.Generator | None = None) -> Tensor:
    """Fill with numbers from the exponential distribution with rate `lambd`, which must be positive."""
    random.float_type("exponential_", x.dtype)
    _positive("exponential_", "lambda", lambd)
    return _write_drawn(x, random.source(generator).exponential(1 / lambd, x.array.shape), "exponential_")


def geometric_(x: Tensor, p: float, *, generator: random.Generator | None = None) -> Tensor:
    """Fill with numbers of trials until the first success, each of probability `p`, which must be between 0 and 1."""
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p}")
    return _write_drawn(x, random.source(generator).geometric(p, x.array.shape), "geometric_")


def log_normal_(x: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: random.Generator | None = None) -> Tensor:
    """Fill with numbers whose logarithms are normally distributed, with this mean and deviation, which is positive."""
    _positive("log_normal_", "std", std)
    values = random.draw_normal(x.array.shape, random.float_type("log_normal_", x.dtype), generator)
    return _write_drawn(x, np.exp(values * std + mean), "log_normal_")


def cauchy_(x: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: random.Generator | None = None) -> Tensor:
    """Fill with numbers from the Cauchy distribution with this median and scale, which must be positive."""
    random.float_type("cauchy_", x.dtype)
    _positive("cauchy_", "sigma", sigma)
    return _write_drawn(x, random.source(generator).standard_cauchy(x.array.shape) * sigma + median, "cauchy_")


def _positive(name: str, parameter: str, value: float) -> None:
    if value <= 0:
        raise RuntimeError(f"{name} expects {parameter} > 0.0, but found {parameter}={value}")
