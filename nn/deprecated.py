"""Deprecated names of functions, which PyTorch still accepts with a warning."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from autograd.core.errors import users_level

P = ParamSpec("P")
T = TypeVar("T")


def without_underscore(module: str, function: Callable[P, T]) -> Callable[P, T]:
    """The function under its deprecated name, which lacks the trailing underscore: calling it warns.

    Args:
        module: the module's name in the warning, such as "nn.init".
        function: the function under its present name, such as `uniform_`.
    """
    new = function.__name__
    old = new.removesuffix("_")

    @functools.wraps(function)
    def warned(*args: P.args, **kwargs: P.kwargs) -> T:
        message = f"`{module}.{old}` is now deprecated in favor of `{module}.{new}`."
        warnings.warn(message, FutureWarning, stacklevel=users_level())
        return function(*args, **kwargs)

    warned.__name__ = warned.__qualname__ = old
    warned.__doc__ = f"The deprecated name of `{new}`."
    return warned
