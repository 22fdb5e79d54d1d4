"""The smallest inputs at which a check still fails the same way: fewer elements, plain layouts, round numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from ...base.dtypes import Array
from .draw import Values
from .source import relaid

#: The largest number of inputs to try.
_TRIES = 80

Inputs = tuple[Array, ...]


def smallest(
    error_at: Callable[[Inputs], Exception | None],
    inputs: Inputs,
    values: Sequence[Values] | None,
    error: Exception,
) -> tuple[Exception, Inputs]:
    """The smallest inputs that still fail, and their error.

    Args:
        error_at: the error at some inputs, None if there is none or it is another one.
        inputs: inputs that fail.
        values: the range of each input; None if it is unknown, then shapes stay as they are.
        error: the error at `inputs`.
    """
    tries = 0
    progress = True
    while progress:
        progress = False
        for candidate in _smaller(inputs, values):
            tries += 1
            if tries > _TRIES:
                return error, inputs
            found = error_at(candidate)
            if found is not None:
                error, inputs, progress = found, candidate, True
                break
    return error, inputs


def _smaller(inputs: Inputs, values: Sequence[Values] | None) -> Iterator[Inputs]:
    """Inputs that are a little simpler, the simplest first."""
    if values is not None:
        yield from _with_fewer_elements(inputs)
    plain = tuple(np.array(x, order="C") for x in inputs)
    if any(x.strides != y.strides and x.size > 1 or _is_turned(x) for x, y in zip(inputs, plain)):
        yield plain
    yield from _rounder(inputs, values)


def _is_turned(x: Array) -> bool:
    return any(stride < 0 for stride in np.asarray(x).strides)


def _with_fewer_elements(inputs: Inputs) -> Iterator[Inputs]:
    """Dims are counted from the last, as in broadcasting, and shortened in all inputs together."""
    ndim = max(x.ndim for x in inputs)
    if ndim and all(n <= 1 for x in inputs for n in x.shape) and all(x.size for x in inputs):
        yield tuple(np.asarray(x).reshape(()) for x in inputs)
    for axis in range(1, ndim + 1):
        size = max(x.shape[-axis] for x in inputs if x.ndim >= axis)
        for part in (slice(0, 1), slice(size - 1, size), slice(0, 2)) if size > 1 else ():
            if part.stop - part.start < size:
                yield tuple(_cut(x, axis, part) for x in inputs)
        if axis == ndim and size == 1:
            yield tuple(x[0] if x.ndim == ndim else x for x in inputs)


def _cut(x: Array, axis: int, part: slice) -> Array:
    if x.ndim < axis or x.shape[-axis] == 1:
        return x
    return np.asarray(x[(..., part, *(slice(None),) * (axis - 1))])


def _rounder(inputs: Inputs, values: Sequence[Values] | None) -> Iterator[Inputs]:
    """Numbers with fewer digits, of all inputs, then of one."""
    for places in range(3):
        each = [_rounded(x, places, None if values is None else values[i]) for i, x in enumerate(inputs)]
        if any(_differ(a, b) for a, b in zip(each, inputs)):
            yield tuple(each)
        for i, x in enumerate(each):
            if len(inputs) > 1 and _differ(x, inputs[i]):
                yield (*inputs[:i], x, *inputs[i + 1 :])


def _differ(a: Array, b: Array) -> bool:
    return a.tobytes() != b.tobytes()


def _rounded(x: Array, places: int, values: Values | None) -> Array:
    x = np.asarray(x)
    if x.dtype.kind not in "fc":
        return x
    with np.errstate(all="ignore"):
        found = np.round(x, places).astype(x.dtype)
        simple = np.where(found == 0, x, found)  # 0 is a kink of many functions
        if values is not None and x.dtype.kind == "f":
            simple = np.where(values.hold(simple), simple, x)
    # Numbers that have as few digits already stay, so that the search ends.
    return relaid(np.asarray(simple), x)
