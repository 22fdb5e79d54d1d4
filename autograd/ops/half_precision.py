"""Functions composed of several operations that compute float16 in float32 and round once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from ..base.dtypes import to_numpy_dtype
from ..base.half_precision import HALF, SINGLE
from ..core.operation import cast
from ..core.tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])


def in_single_precision(function: F) -> F:
    """Decorator: if the first argument is a float16 tensor, compute in float32 and round the results to float16.

    This changes nothing if another argument, or `dtype`, makes the result wider.
    """

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        first = args[0] if args else None
        if not isinstance(first, Tensor) or first.array.dtype != HALF or _is_wider(args, kwargs):
            return function(*args, **kwargs)
        kwargs.pop("dtype", None)
        out = function(*map(_widened, args), **{name: _widened(value) for name, value in kwargs.items()})
        return tuple(map(_rounded, out)) if isinstance(out, tuple) else _rounded(out)

    return wrapped  # type: ignore[return-value]  # the same signature


def _is_wider(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether the result of a call is wider than float16."""
    dtype = kwargs.get("dtype")
    others = [x.array.dtype for x in (*args, *kwargs.values()) if isinstance(x, Tensor)]
    others += [] if dtype is None else [to_numpy_dtype(dtype)]
    return any(kind.kind in "fc" and kind != HALF for kind in others) or (dtype is not None and others[-1] != HALF)


def _widened(x: Any) -> Any:
    return cast(x, SINGLE) if isinstance(x, Tensor) and x.array.dtype == HALF else x


def _rounded(x: Any) -> Any:
    return cast(x, HALF) if isinstance(x, Tensor) and x.array.dtype == SINGLE else x
