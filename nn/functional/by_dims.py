"""One function for any number of spatial dims becomes PyTorch's three names for it: `conv1d`, `conv2d`, `conv3d`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

#: What replaces `*size` in a docstring, by the number of spatial dims.
_SIZES = {1: "L", 2: "H, W", 3: "D, H, W"}


def for_dims(module: str, dims: int, function: Callable[Concatenate[str, int, P], R]) -> Callable[P, R]:
    """`function(name, dims, ...)` for a fixed number of spatial dims, with the signature of the other parameters.

    Args:
        module: the name of the module that defines the result.
        dims: 1, 2 or 3.
        function: its first two arguments become the public name, which its error messages begin with, and `dims`.
    """
    name = f"{function.__name__.lstrip('_')}{dims}d"
    signature = inspect.signature(function)
    signature = signature.replace(parameters=list(signature.parameters.values())[2:])

    def spelled(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(name, dims, *args, **kwargs)
        except TypeError:
            try:
                signature.bind(*args, **kwargs)
            except TypeError as error:  # in the caller's terms, without `name` and `dims`
                raise TypeError(f"{name}() {error}") from None
            raise

    spelled.__name__ = spelled.__qualname__ = name
    spelled.__module__ = module
    spelled.__doc__ = (inspect.getdoc(function) or "").replace("*size", _SIZES[dims])
    spelled.__signature__ = signature  # type: ignore[attr-defined]  # `inspect` reads it
    spelled.__wrapped__ = function  # type: ignore[attr-defined]  # `get_type_hints` reads its module for the names
    spelled.__annotations__ = {k: v for k, v in function.__annotations__.items() if k not in ("name", "dims")}
    return spelled
