"""Functions composed of several operations that compute float16 in float32 and round once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from ..base.half_precision import HALF, SINGLE
from ..core.operation import cast
from ..core.tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])


def in_single_precision(function: F) -> F:
    """Decorator: if the first argument is a float16 tensor, compute in float32 and round the results to float16.

    A result is not rounded if the call names its dtype.
    """

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        first = args[0] if args else None
        if not isinstance(first, Tensor) or first.array.dtype != HALF or kwargs.get("dtype") is not None:
            return function(*args, **kwargs)
        out = function(*map(_widened, args), **{name: _widened(value) for name, value in kwargs.items()})
        return tuple(map(_rounded, out)) if isinstance(out, tuple) else _rounded(out)

    return wrapped  # type: ignore[return-value]  # the same signature


def _widened(x: Any) -> Any:
    return cast(x, SINGLE) if isinstance(x, Tensor) and x.array.dtype == HALF else x


def _rounded(x: Any) -> Any:
    return cast(x, HALF) if isinstance(x, Tensor) and x.array.dtype == SINGLE else x
