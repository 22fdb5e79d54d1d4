"""The names of functions that another function defines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def named(function: F, name: str, doc: str) -> F:
    """The function, with the name and the docstring that `help` shows."""
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function
