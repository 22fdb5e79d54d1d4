"""Checks of the arguments of layers, which name the argument and what was given."""

from __future__ import annotations

import operator
from numbers import Real
from typing import Any


def expect_integers(layer: str, **sizes: object) -> None:
    """Raise TypeError unless every size is an integer; `sizes` maps argument names to values."""
    for name, size in sizes.items():
        try:
            operator.index(() if getattr(size, "ndim", 0) else size)  # type: ignore[arg-type]  # that is the question
        except TypeError:
            raise TypeError(f"{layer}: {name} must be an integer, but got {type(size).__name__}: {size!r}") from None


def expect_number(name: str, value: object) -> None:
    """Raise TypeError unless the value is a real number, or a Tensor or array without dims."""
    if not isinstance(value, Real) and getattr(value, "ndim", None) != 0:
        raise TypeError(f"{name} must be a number, but got {type(value).__name__}: {value!r}")


def expect_layers(layer: str, **counts: Any) -> None:
    """Raise TypeError unless every count is an integer, and ValueError for more layers than fit into memory."""
    expect_integers(layer, **counts)
    for name, count in counts.items():
        if count > 10**6:
            raise ValueError(f"{layer}: {name}={count} is too many layers: at most {10**6} can be made")
