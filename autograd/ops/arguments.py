"""Arguments of functions: dims, sizes and shapes.

Dims are counted as PyTorch does: negative ones from the end, and a 0-d tensor accepts the dims of a 1-d one.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ..base.size import Size
from ..core.tensor import Tensor


def check_dim(dim: Any, ndim: int) -> int:
    """`dim` as a number from 0 to ndim - 1.

    Raises:
        IndexError: `dim` is out of range.
        TypeError: `dim` is not an integer.
    """
    count = max(ndim, 1)
    try:
        dim = operator.index(dim)
    except TypeError:
        raise TypeError(f"dim must be an int, but got {type(dim).__name__}: {dim!r}") from None
    if not -count <= dim < count:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-count}, {count - 1}], but got {dim})")
    return int(dim % count)


def check_dim_of(name: str, dim: Any, ndim: int) -> int:
    """As `check_dim`, for the function `name`, which needs a dim: a 0-d tensor has none.

    Raises:
        IndexError: there are no dims, or `dim` is out of range.
        TypeError: `dim` is not an integer.
    """
    if not ndim:
        raise IndexError(f"{name}: Dimension specified as {dim} but tensor has no dimensions: unsqueeze it first")
    return check_dim(dim, ndim)


def check_dims(dim: Any, ndim: int) -> tuple[int, ...] | None:
    """One dim or several as numbers from 0 to ndim - 1; None, which means all dims, stays None.

    Raises:
        IndexError: a dim is out of range.
        RuntimeError: a dim appears twice.
    """
    if dim is None:
        return None
    dims = tuple(check_dim(d, ndim) for d in (dim if isinstance(dim, (tuple, list)) else (dim,)))
    if len(set(dims)) != len(dims):
        repeated = next(d for d in dims if dims.count(d) > 1)
        raise RuntimeError(f"dim {repeated} appears multiple times in the list of dims {tuple(dims)}")
    return dims if ndim else ()


def sizes_of(args: tuple[Any, ...]) -> tuple[int, ...]:
    """Sizes given one by one or as one sequence: `f(2, 3)` or `f((2, 3))`.

    Raises:
        TypeError: a size is not an integer.
    """
    if len(args) == 1 and not isinstance(args[0], int) and isinstance(args[0], (Sequence, Size)):
        args = tuple(args[0])
    try:
        return tuple(map(operator.index, args))
    except TypeError:
        wrong = next(a for a in args if not _is_integer(a))
        raise TypeError(f"sizes must be integers, but got {type(wrong).__name__}: {wrong!r:.40}") from None


def _is_integer(value: Any) -> bool:
    try:
        operator.index(value)
    except TypeError:
        return False
    return True


def given_sizes(args: tuple[Any, ...], keyword: Any = None) -> tuple[int, ...]:
    """The sizes or dims of a call `f(2, 3)`, `f((2, 3))` or `f(keyword=(2, 3))`.

    Raises:
        TypeError: none are given, or one is not an integer.
    """
    if not args and keyword is None:
        raise TypeError("the sizes or dims are missing: pass them one by one or as a tuple, which may be ()")
    return sizes_of(args if keyword is None else (keyword,))


def new_shape(sizes: tuple[Any, ...], size: Any = None) -> tuple[int, ...]:
    """The shape of a new tensor: as `given_sizes`.

    Raises:
        TypeError: no size is given, or one is not an integer.
        RuntimeError: a size is negative.
    """
    shape = given_sizes(sizes, size)
    if shape and min(shape) < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(shape)}: {list(shape)}")
    return shape


def check_count(name: str, count: Any, most: int = 2**24) -> int:
    """A number of steps or of results as an int; beyond `most`, computing them would not end.

    Raises:
        TypeError: it is not an integer.
        RuntimeError: it is more than `most`.
    """
    count = operator.index(count)
    if count > most:
        raise RuntimeError(f"{name}: {count} is too many: at most {most} are supported")
    return count


F = TypeVar("F", bound=Callable[..., Any])


def named(function: F, name: str, doc: str | None) -> F:
    """`function`, which another function defined, with its own name and docstring."""
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


def named_method(function: F, name: str, doc: str | None) -> F:
    """As `named`, for a method of Tensor, where pickle and help() then find it."""
    named(function, name, doc)
    function.__qualname__, function.__module__ = f"Tensor.{name}", Tensor.__module__
    return function
