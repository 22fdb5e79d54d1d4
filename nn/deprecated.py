"""Deprecated names of functions, as in PyTorch: without the trailing underscore, and with a warning."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def deprecated_alias(module: str, function: Callable[P, T]) -> Callable[P, T]:
    """`function` under its former name, which lacks the trailing underscore; calling it warns.

    Args:
        module: the public module of both names, such as "nn.init".
        function: the function under its current name.
    """
    new = function.__name__
    old = new.removesuffix("_")

    @functools.wraps(function)
    def warned(*args: P.args, **kwargs: P.kwargs) -> T:
        message = f"`{module}.{old}` is now deprecated in favor of `{module}.{new}`."
        warnings.warn(message, FutureWarning, stacklevel=2)
        return function(*args, **kwargs)

    warned.__name__ = warned.__qualname__ = old
    warned.__doc__ = f"Deprecated name of `{new}`."
    return warned
