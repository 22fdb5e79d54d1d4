"""Dropout: zero elements, or whole channels, at random during training."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np

from autograd import rand
from autograd.core.errors import users_level
from autograd.core.public import other_names
from autograd.core.tensor import Tensor, wrap
from autograd.ops.inplace.writing import in_place

from ..checks import expect_number

__all__ = ["alpha_dropout", "dropout", "dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout"]

Drop = Callable[[Tensor, float, int | None], Tensor]

#: The value of dropped elements in `alpha_dropout`: the limit of selu at minus infinity.
_SELU_LOW = -1.7580993408473766


@other_names(train="training")
def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """In training, zero each element with probability `p` and divide the rest by 1 - p.

    Args:
        input: Tensor of any shape.
        p: probability of zeroing an element.
        training: if False, return `input` unchanged.
        inplace: overwrite `input` and return it.

    Raises:
        ValueError: `p` is not in [0, 1].

    >>> from autograd import ones
    >>> dropout(ones(3), p=1.0).tolist(), dropout(ones(3), p=1.0, training=False).tolist()
    ([0.0, 0.0, 0.0], [1.0, 1.0, 1.0])
    """
    return _apply(_drop, _drop_, input, p, training, None, inplace)


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """As `dropout`, but whole channels of (N, C, L) or (C, L) are zeroed.

    Raises:
        RuntimeError: the input has neither 2 nor 3 dims.
    """
    if input.ndim not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {input.ndim}D input. Note that dropout1d exists to "
            "provide channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional "
            "batch dimension (i.e. 2D or 3D inputs)."
        )
    return _apply(_drop, _drop_, input, p, training, 1 + (input.ndim == 3), inplace)


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """As `dropout`, but whole channels of (N, C, H, W) are zeroed."""
    if input.ndim == 3:
        warnings.warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is "
            "desired - input is interpreted as shape (N, C, L). Use dropout1d for it.",
            stacklevel=users_level(),
        )
    _warn_about_dims("dropout2d", input, (3, 4))
    return _apply(_drop, _drop_, input, p, training, 2, inplace)


def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """As `dropout`, but whole channels of (N, C, D, H, W) or (C, D, H, W) are zeroed."""
    _warn_about_dims("dropout3d", input, (4, 5))
    return _apply(_drop, _drop_, input, p, training, 1 + (input.ndim == 5), inplace)


@other_names(train="training")
def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Dropout for `selu`: standard normal inputs keep mean 0 and variance 1 (Klambauer, 2017)."""
    return _apply(_alpha_drop, _alpha_drop_, input, p, training, None, inplace)


@other_names(train="training")
def feature_alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """As `alpha_dropout`, but whole channels of (N, C, *) are dropped."""
    return _apply(_alpha_drop, _alpha_drop_, input, p, training, 2, inplace)


def check_probability(p: float) -> None:
    """Raise ValueError unless `p` is in [0, 1], TypeError unless it is a number."""
    expect_number("dropout probability", p)
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _apply(drop: Drop, drop_: Drop, input: Tensor, p: float, training: bool, lead: int | None, inplace: bool) -> Tensor:
    """`drop`, or `drop_` if `inplace`, where any element can be dropped."""
    check_probability(p)
    if not training or p == 0:
        return input
    if input.array.dtype.kind not in "fc":
        raise RuntimeError(f"dropout: result type Float can't be cast to {input.dtype}: use input.float()")
    return drop_(input, p, lead) if inplace else drop(input, p, lead)


def _drop(input: Tensor, p: float, lead: int | None) -> Tensor:
    if p == 1:
        return input * 0
    mask = _random_mask(input, p, lead)
    mask *= 1 / (1 - p)
    return input * wrap(mask)


def _alpha_drop(input: Tensor, p: float, lead: int | None) -> Tensor:
    if p == 1:
        return input * 0
    mask = _random_mask(input, p, lead)
    scale = ((1 - p) * (1 + p * _SELU_LOW**2)) ** -0.5
    shift = scale * _SELU_LOW * ((1 - mask) - p)
    return input * wrap(mask * mask.dtype.type(scale)) + wrap(shift.astype(mask.dtype))


_drop_ = in_place("dropout_", _drop)
_alpha_drop_ = in_place("alpha_dropout_", _alpha_drop)


def _random_mask(input: Tensor, p: float, lead: int | None) -> np.ndarray:
    """A mask of 1 (kept) and 0 (dropped) for each element, or for each index into the first `lead` dims."""
    shape = input.array.shape
    if lead is not None:
        if len(shape) < lead:
            raise RuntimeError(
                f"Feature dropout requires at least {lead} dimensions in the input, but got {len(shape)}"
            )
        shape = (*shape[:lead], *[1] * (len(shape) - lead))
    return np.asarray(rand(shape).array >= p).astype(input.array.dtype)


def _warn_about_dims(name: str, input: Tensor, expected: tuple[int, int]) -> None:
    if input.ndim not in expected:
        warnings.warn(
            f"{name}: Received a {input.ndim}-D input to {name}, which is deprecated and will result in an error in a "
            "future release. To retain the behavior and silence this warning, please use dropout instead.",
            stacklevel=users_level(),
        )
