"""Checks of arguments that are numbers or names: a ValueError says which one, what was given and what is allowed."""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from typing import Any


def number(value: Any, argument: str, least: float = -math.inf, most: float = math.inf) -> Any:
    """A real number within bounds, unchanged.

    >>> number(0.5, "rate", 0, 1)
    0.5
    """
    if not isinstance(value, numbers.Real) or not least <= float(value) <= most:
        raise ValueError(
            f"Invalid value received for argument `{argument}`. Expected a number from {least} to {most}. Received: "
            f"{argument}={value!r:.60}"
        )
    return value


def integer(value: Any, argument: str, least: int = 0) -> int:
    """An integer that is not too small; of a number below 2**62, so that it can be a length."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or not least <= int(value) < 2**62:
        raise ValueError(f"`{argument}` must be an integer of at least {least}. Received: {argument}={value!r:.60}")
    return int(value)


def integers(value: Any, argument: str, count: int | None = None) -> tuple[int, ...]:
    """Integers as a tuple: from one, which stands for `count` equal ones, or a sequence of `count` or of any length."""
    if isinstance(value, numbers.Integral):
        return (int(value),) * (count or 1)
    is_sequence = isinstance(value, (list, tuple)) and all(isinstance(part, numbers.Integral) for part in value)
    if not is_sequence or count is not None and len(value) != count:
        wanted = "integers" if count is None else f"an integer, or {count} of them"
        raise ValueError(f"`{argument}` must be {wanted}. Received: {argument}={value!r:.60}")
    return tuple(int(part) for part in value)


def numbers_pair(value: Any, argument: str) -> tuple[float, float]:
    """Two real numbers."""
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise ValueError(f"`{argument}` must be two numbers. Received: {argument}={value!r:.60}")
    return float(number(value[0], argument)), float(number(value[1], argument))


def choice(value: Any, argument: str, allowed: Sequence[str]) -> str:
    """One of the names that are allowed."""
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"`{argument}` must be one of {', '.join(map(repr, allowed))}. Received: {value!r:.60}")
    return value
