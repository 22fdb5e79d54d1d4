"""The `reduction` argument of the losses: "none", "mean" or "sum", and its deprecated spelling by two flags."""

from __future__ import annotations

import warnings

from autograd.core.errors import not_a_tensor, users_level
from autograd.core.tensor import Tensor

REDUCTIONS = ("none", "mean", "sum")


def reduced(loss: Tensor, reduction: str) -> Tensor:
    """The losses as they are ("none"), their mean or their sum.

    Raises:
        ValueError: `reduction` is not "none", "mean" or "sum".
    """
    if reduction == "mean":
        return loss.mean()
    if reduction == "sum":
        return loss.sum()
    check_reduction(reduction)
    return loss


def chosen_reduction(
    size_average: bool | None, reduce: bool | None, reduction: str, allowed: tuple[str, ...] = REDUCTIONS
) -> str:
    """`reduction`, or its equivalent for the deprecated flags `size_average` and `reduce`, with a warning.

    Raises:
        ValueError: `reduction` is not one of those allowed.
    """
    if reduction not in allowed:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    if size_average is None and reduce is None:
        return reduction
    chosen = "none" if reduce is False else "sum" if size_average is False else "mean"
    warnings.warn(
        f"size_average and reduce args will be deprecated, please use reduction={chosen!r} instead.",
        stacklevel=users_level(),
    )
    return chosen


def check_reduction(reduction: str) -> None:
    """Raise ValueError unless `reduction` is "none", "mean" or "sum"."""
    chosen_reduction(None, None, reduction)


def expect_tensors(**named: object) -> None:
    """Raise TypeError unless every argument is a Tensor; `named` maps argument names to values."""
    for name, x in named.items():
        if not isinstance(x, Tensor):
            raise TypeError(f"the {name} of a loss must be {not_a_tensor(x)}")
