"""Showing: numbers and arrays as short text, large arrays as a summary, with NaN and infinity counted."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base.dtypes import Array
from .walk import Entry

#: Arrays of more elements than this are summarised.
_FEW = 12


def number(value: Any) -> str:
    """A number with four significant digits.

    >>> number(2.0), number(1 / 3), number(float("nan")), number(-12345.6)
    ('2', '0.3333', 'nan', '-1.235e+04')
    """
    if isinstance(value, (bool, np.bool_, int, np.integer)):
        return str(value)
    return f"{value:.4g}"


def counted(count: int, noun: str) -> str:
    """`1 node`, `1,000 nodes`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def shown(value: Any) -> str:
    """An array or a number in one line; other values by their repr.

    >>> shown(np.arange(4.0).reshape(2, 2))
    '[[0, 1], [2, 3]]'
    >>> shown(np.array([[0.5] * 99 + [np.inf]]))
    '(1, 100): 0.5 to 0.5, mean 0.5; 1 inf'
    """
    if isinstance(value, dict):
        return "{" + ", ".join(f"output {i}: {shown(g)}" for i, g in value.items()) + "}"
    if isinstance(value, (bool, int, float, complex, np.generic)):
        return number(value)
    if not isinstance(value, np.ndarray):
        text = repr(value)
        return text if len(text) <= 60 else text[:57] + "..."
    if value.size <= _FEW:
        return _nested(value)
    return f"{tuple(value.shape)}: {summary_of(value)}"


def _nested(array: Array) -> str:
    if array.ndim == 0:
        return number(array[()])
    return "[" + ", ".join(_nested(part) for part in array) + "]"


def summary_of(array: Array) -> str:
    """The range and the mean of an array's finite elements, and how many are not finite."""
    if array.dtype.kind == "b":
        return f"{int(array.sum())} of {array.size} true"
    if array.dtype.kind not in "iufc":
        return f"elements of {array.dtype}"
    finite = finite_part(array)
    parts = []
    if finite.size:
        size = "|x| " if array.dtype.kind == "c" else ""
        mean = number(float(finite.mean(dtype=np.float64)))
        parts.append(f"{size}{number(finite.min())} to {number(finite.max())}, mean {mean}")
    parts += not_finite(array)
    return "; ".join(parts)


def finite_part(array: Array) -> Array:
    """The finite elements of an array; of complex numbers, their absolute values."""
    values = np.abs(array) if array.dtype.kind == "c" else array
    return values[np.isfinite(values)]


def not_finite(value: Any) -> list[str]:
    """How many elements are NaN, infinite and -infinite, in words; an empty list if all are finite.

    >>> not_finite(np.array([1.0, np.nan, np.inf, -np.inf]))
    ['1 nan', '1 inf', '1 -inf']
    """
    array = np.asarray(value)
    if array.dtype.kind not in "fc" or np.isfinite(array).all():
        return []
    negative = np.isneginf(array) if array.dtype.kind == "f" else np.False_  # complex infinities have no sign
    counts = {"nan": np.isnan(array).sum(), "inf": (np.isinf(array) & ~negative).sum(), "-inf": negative.sum()}
    return [f"{count} {word}" for word, count in counts.items() if count]


def value_of(entry: Entry) -> str:
    """The value of an entry, or why it is unknown."""
    if entry.value is not None:
        return summary_of(entry.value) if np.size(entry.value) > _FEW else shown(entry.value)
    return "(overwritten since)" if entry.origin == "overwritten" else "(not kept)"


def shape_of(entry: Entry) -> str:
    """`(2, 3) float32`, or a question mark if the shape is unknown."""
    return "?" if entry.shape is None else f"{entry.shape} {entry.dtype}"
