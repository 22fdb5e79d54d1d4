"""Regression losses: squared, absolute, Huber and smooth absolute error.

`reduction` is "none" for one loss per element, "sum" for their sum, or "mean", the default; any other value
raises ValueError. `size_average` and `reduce` are its deprecated spelling.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from autograd.base.dtypes import Array, number_as
from autograd.core.errors import check_float, users_level
from autograd.core.operation import array_of, primitive
from autograd.core.tensor import Tensor
from autograd.ops.elementwise.selection import limited, where
from autograd.ops.fused import losses as fused

from .reduction import chosen_reduction, expect_tensors, reduced

__all__ = ["huber_loss", "l1_loss", "mse_loss", "smooth_l1_loss"]


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """The squared error (x - t)².

    Args:
        input, target: Tensors of one shape; other shapes that broadcast give a warning.
        weight: a weight for each element of the input; "mean" then divides by the sum of the weights.

    Raises:
        ValueError: the weights' shape differs from the input's.

    >>> from autograd import tensor
    >>> mse_loss(tensor([1.0, 2.0]), tensor([1.0, 4.0])).item()
    2.0
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    same = _same_shape(input, target)
    dtype = input.array.dtype
    if same and reduction == "mean" and weight is None and dtype == target.array.dtype and dtype.kind not in "biu":
        return fused.mse(input, target)
    difference = _difference(input, target)
    return _weighted_reduction(difference * difference, input, weight, reduction)


def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """The absolute error |x - t|; its gradient at 0 is 0. Arguments as for `mse_loss`."""
    reduction = chosen_reduction(size_average, reduce, reduction)
    _same_shape(input, target)
    return _weighted_reduction((input - target).abs(), input, weight, reduction)


def _difference(input: Tensor, target: Tensor) -> Tensor:
    """input - target, where bools count as 0 and 1 beside a tensor of another dtype."""
    if target.array.dtype == bool:
        target = target.to(input.dtype)
    elif input.array.dtype == bool:
        input = input.to(target.dtype)
    return input - target


def _weighted_reduction(losses: Tensor, input: Tensor, weight: Tensor | None, reduction: str) -> Tensor:
    if weight is None:
        return reduced(losses, reduction)
    weighted = _weighted(losses, input, weight)
    return weighted.sum() / weight.sum() if reduction == "mean" else reduced(weighted, reduction)


def _weighted(losses: Tensor, input: Tensor, weight: Tensor) -> Tensor:
    if weight.shape != input.shape:
        raise ValueError(
            f"Weights and input must have the same size: {list(weight.shape)} for an input of {list(input.shape)}"
        )
    return losses * weight


def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None
) -> Tensor:
    """d² / 2 where |d| <= delta, and delta (|d| - delta / 2) beyond, for the difference d = x - t.

    Args: as for `mse_loss`, and
        delta: where the quadratic part meets the linear part.
        weight: a weight for each element of the input; "mean" is the plain mean of the weighted losses.

    Raises:
        RuntimeError: delta is not positive.
        ValueError: the weights' shape differs from the input's.
    """
    if delta <= 0:
        raise RuntimeError(f"huber_loss does not support non-positive values for delta. Got: {delta}")
    _same_shape(input, target)
    losses = _huber(_difference(input, target), delta)
    return reduced(losses if weight is None else _weighted(losses, input, weight), reduction)


def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """The absolute error, quadratic where it is below `beta`: huber_loss / beta, and l1_loss if beta is 0.

    Raises:
        RuntimeError: beta is negative.
    """
    reduction = chosen_reduction(size_average, reduce, reduction)
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss does not support negative values for beta. Got: {beta}")
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)
    _same_shape(input, target)
    return reduced(_huber(_difference(input, target), beta), reduction) / beta


def _huber_of(d: Array, delta: Any) -> Array:
    within = limited(d, -delta, delta)
    return within * (d - within * 0.5)


def _slope_of_huber(d: Any, delta: Any) -> Any:
    """`d` limited to [-delta, delta], whose own slope is 0 at the bounds and beyond, and at NaN."""
    within = limited(array_of(d), -delta, delta)
    return where(np.abs(d.array) < delta, d, within) if isinstance(d, Tensor) else within


_huber_at = primitive(
    "huber",
    _huber_of,
    d=lambda g, d, delta: g * _slope_of_huber(d, delta),
    keeps_layout=True,
    doc="d² / 2 for |d| ≤ a, else a (|d| - a / 2): g times d limited to [-a, a]",
)


def _huber(difference: Tensor, delta: float) -> Tensor:
    check_float("huber_loss", difference)
    loss: Tensor = _huber_at(difference, number_as(delta, difference.array.dtype))
    return loss


def _same_shape(input: Tensor, target: Tensor) -> bool:
    """Whether the shapes are equal; warns if they are not, because broadcasting is seldom intended."""
    if not isinstance(input, Tensor) or not isinstance(target, Tensor):
        expect_tensors(input=input, target=target)
    if input.array.shape == target.array.shape:
        return True
    warnings.warn(
        f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). "
        "This will likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
        stacklevel=users_level(),
    )
    return False
