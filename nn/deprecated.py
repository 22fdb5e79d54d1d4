"""Old names: functions that PyTorch called otherwise once, and that warn under that name."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def renamed(room: str, function: Callable[P, T]) -> Callable[P, T]:
    """A function of this room under its old name, without the underscore at its end.

    Args:
        room: where it is, such as "nn.init".
        function: what is meant.
    """
    new = function.__name__
    old = new.removesuffix("_")

    @functools.wraps(function)
    def warned(*args: P.args, **kwargs: P.kwargs) -> T:
        message = f"`{room}.{old}` is now deprecated in favor of `{room}.{new}`."
        warnings.warn(message, FutureWarning, stacklevel=2)
        return function(*args, **kwargs)

    warned.__name__ = warned.__qualname__ = old
    warned.__doc__ = f"The old name of `{new}`; it warns."
    return warned
