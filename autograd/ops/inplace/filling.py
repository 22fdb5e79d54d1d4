"""Filling a tensor in place: with one value, with another tensor's elements, with random numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...base.dtypes import Array, from_numpy_dtype
from ...core.grad_mode import recording
from ...core.operation import array_of, as_dtype
from ...core.tensor import Tensor, wrap as tensor_of
from ..creation import random
from ..elementwise import selection
from ..shape.reshape import expand
from .forms import masked_fill_
from .writing import _check_memory, assign, check_writable


def _filled(x: Tensor, source: Any) -> Tensor:
    """`source` broadcast to the shape of `x`; the graph of `x` ends there, with gradient 0."""
    return selection.where(True, source, x)


def fill_(x: Tensor, value: Any) -> Tensor:
    """Write one value, a number or 0-d tensor, everywhere.

    Raises:
        RuntimeError: the value has dims.
    """
    if isinstance(value, Tensor) and value.array.ndim:
        raise RuntimeError(f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions.")
    if isinstance(value, Tensor) or (recording() and x.node is not None):
        check_writable(x)
    else:
        # One number may be written to places that several elements share: an expanded tensor's.
        _check_memory(x.array, None)
    source = value if isinstance(value, Tensor) else np.asarray(value).astype(x.array.dtype)[()]
    return assign(x, _filled(x, source), "fill_")


def zero_(x: Tensor) -> Tensor:
    """Write zeros."""
    return fill_(x, 0)


def copy_(x: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """Write the elements of `src`, broadcast and cast to the type of `x`.

    Raises:
        RuntimeError: the shapes do not fit.
    """
    check_writable(x)
    source = src if isinstance(src, Tensor) else tensor_of(np.asarray(src))
    source = as_dtype(source, x.array.dtype)
    if source.array.shape != x.array.shape:
        source = expand(source, x.array.shape)
    # With a graph on either side the copy is a step of its own: `x` is not the leaf that it is copied from.
    recorded = x.node is not None or source.node is not None
    return assign(x, _filled(x, source) if recorded else source, "copy_")


def fill_diagonal_(x: Tensor, fill_value: Any, wrap: bool = False) -> Tensor:
    """Write one value where all indices are equal.

    Args:
        x: a tensor of two dims, or of more that are equally long.
        fill_value: a number.
        wrap: whether in a tall matrix the diagonal begins again below its end, after an empty row.

    Raises:
        RuntimeError: there are fewer than two dims, or more that differ.

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
    chosen = np.zeros(shape, bool)
    np.fill_diagonal(chosen, True, wrap)
    return masked_fill_(x, tensor_of(chosen), fill_value)


# -- random numbers ---------------------------------------------------------------------------------------------


def _drawn(x: Tensor, values: Array, name: str) -> Tensor:
    check_writable(x)
    return assign(x, _filled(x, np.asarray(values).astype(x.array.dtype)[()]), name)


def _float(name: str, x: Tensor) -> Any:
    if x.array.dtype.kind not in "fc":
        raise RuntimeError(f"{name} expects a floating-point tensor, but got {from_numpy_dtype(x.array.dtype)}")
    return x.array.dtype


def normal_(x: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: random.Generator | None = None) -> Tensor:
    """Write normal random numbers.

    Raises:
        RuntimeError: `std` is negative.
    """
    if std < 0:
        raise RuntimeError(f"normal_ expects std >= 0.0, but found std {std}")
    return _drawn(x, random.draw_normal(x.array.shape, _float("normal_", x), generator) * std + mean, "normal_")


def uniform_(x: Tensor, a: float = 0.0, b: float = 1.0, *, generator: random.Generator | None = None) -> Tensor:
    """Write random numbers from [a, b).

    Raises:
        RuntimeError: a > b.
    """
    if a > b:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={a} > to={b}")
    return _drawn(x, random.draw_uniform(x.array.shape, _float("uniform_", x), generator) * (b - a) + a, "uniform_")


def random_(x: Tensor, low: int = 0, high: int | None = None, *, generator: random.Generator | None = None) -> Tensor:
    """Write random integers from [low, high), or from [0, low) if only one is given."""
    if high is None:
        low, high = 0, low or 2**24
    return _drawn(x, random.source(generator).integers(low, high, x.array.shape), "random_")


def bernoulli_(x: Tensor, p: Any = 0.5, *, generator: random.Generator | None = None) -> Tensor:
    """Write 1 with probability `p`, else 0."""
    return _drawn(x, random.source(generator).random(x.array.shape) < array_of(p), "bernoulli_")


def exponential_(x: Tensor, lambd: float = 1.0, *, generator: random.Generator | None = None) -> Tensor:
    """Write exponential random numbers of rate `lambd`.

    Raises:
        RuntimeError: the rate is not positive.
    """
    _float("exponential_", x)
    _positive("exponential_", "lambda", lambd)
    return _drawn(x, random.source(generator).exponential(1 / lambd, x.array.shape), "exponential_")


def geometric_(x: Tensor, p: float, *, generator: random.Generator | None = None) -> Tensor:
    """Write how many trials it takes until the first success, each with probability `p`.

    Raises:
        RuntimeError: `p` does not lie between 0 and 1.
    """
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p}")
    return _drawn(x, random.source(generator).geometric(p, x.array.shape), "geometric_")


def log_normal_(x: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: random.Generator | None = None) -> Tensor:
    """Write numbers whose logarithms are normal.

    Raises:
        RuntimeError: `std` is not positive.
    """
    _positive("log_normal_", "std", std)
    values = random.draw_normal(x.array.shape, _float("log_normal_", x), generator)
    return _drawn(x, np.exp(values * std + mean), "log_normal_")


def cauchy_(x: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: random.Generator | None = None) -> Tensor:
    """Write random numbers of Cauchy's distribution.

    Raises:
        RuntimeError: `sigma` is not positive.
    """
    _float("cauchy_", x)
    _positive("cauchy_", "sigma", sigma)
    return _drawn(x, random.source(generator).standard_cauchy(x.array.shape) * sigma + median, "cauchy_")


def _positive(name: str, parameter: str, value: float) -> None:
    if value <= 0:
        raise RuntimeError(f"{name} expects {parameter} > 0.0, but found {parameter}={value}")
