"""Results with memory of their own: copies, and functions whose result never shares memory with an argument."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from ..base.memory import copy_as, owner_of
from ..base.symbolic import contiguous_copy
from ..core.aliasing import View
from ..core.operation import primitive
from ..core.tensor import Tensor, wrap

#: A copy, laid out in memory by `order`: "C" is contiguous, "K" keeps the layout (see `copy_as`).
copied: Callable[..., Tensor] = primitive(
    "clone",
    lambda x, order="K": copy_as(x, x.dtype) if order == "K" else contiguous_copy(x),
    keeps_layout=True,
    x=lambda g: g,
    doc="A copy with its own memory",
)

F = TypeVar("F", bound=Callable[..., Any])


def with_own_memory(function: F) -> F:
    """Decorator: the results are contiguous and share no memory with an argument or each other.

    For a function that is composed of views, or that returns its input where there is nothing to do: without it,
    writing into the result would change the input.
    """

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        out = function(*args, **kwargs)
        if kwargs.get("out") is not None:
            return out
        given = (*args, *kwargs.values()) if kwargs else args
        if isinstance(out, Tensor):
            return _own(out, given)
        parts: list[Tensor] = []
        for part in out:
            parts.append(_own(part, (*given, *parts)))
        return type(out)(*parts) if hasattr(out, "_fields") else tuple(parts)

    return wrapped  # type: ignore[return-value]  # the same signature


def _own(out: Tensor, given: tuple[Any, ...]) -> Tensor:
    """`out`, or a contiguous copy of it if it is not contiguous or shares memory with one of the tensors given."""
    array = out.array
    if not array.flags.c_contiguous:
        return copied(out, "C")
    owner = owner_of(array)
    for x in given:
        if isinstance(x, Tensor) and (x is out or (isinstance(array, np.ndarray) and owner_of(x.array) is owner)):
            return copied(out, "C")
    return wrap(array, out.node) if type(out) is View else out
