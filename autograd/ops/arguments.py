"""Dims as PyTorch counts them: negative ones from the end, and 0-d tensors as if they had one."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ..core.tensor import Size, Tensor


def check_dim(dim: Any, ndim: int) -> int:
    """`dim` as a number from 0 to ndim - 1.

    Raises:
        IndexError: it is out of range.
        TypeError: it is no integer.
    """
    room = max(ndim, 1)
    try:
        dim = operator.index(dim)
    except TypeError:
        raise TypeError(f"dim must be an int, but got {type(dim).__name__}: {dim!r}") from None
    if not -room <= dim < room:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-room}, {room - 1}], but got {dim})")
    return int(dim % room)


def check_dims(dim: Any, ndim: int) -> tuple[int, ...] | None:
    """One dim, several, or None (all of them) as numbers from 0.

    Raises:
        IndexError: one is out of range.
        RuntimeError: one appears twice.
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
        TypeError: one of them is no integer.
    """
    if len(args) == 1 and isinstance(args[0], (Sequence, Size)):
        args = tuple(args[0])
    try:
        return tuple(operator.index(a) for a in args)
    except TypeError:
        wrong = next(a for a in args if not isinstance(a, (int, Tensor)))
        raise TypeError(f"sizes must be integers, but got {type(wrong).__name__}: {wrong!r:.40}") from None


def new_shape(sizes: tuple[Any, ...], size: Any = None) -> tuple[int, ...]:
    """The shape of a new tensor: `f(2, 3)`, `f((2, 3))` or `f(size=(2, 3))`.

    Raises:
        TypeError: a size is no integer.
        RuntimeError: a size is negative.
    """
    shape = sizes_of(sizes if size is None else (size,))
    if any(n < 0 for n in shape):
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(shape)}: {list(shape)}")
    return shape


F = TypeVar("F", bound=Callable[..., Any])
_NUMPY_NAMES = {"axis": "dim", "keepdims": "keepdim"}


def numpy_names(function: F) -> F:
    """Let a function be called by NumPy's names too, as PyTorch does: `axis` for `dim`, `keepdims` for `keepdim`.

    NumPy's arrays, though, it refuses as PyTorch does, with a TypeError.
    """

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            if kwargs.get("out", 0) is None:  # NumPy's own functions, such as np.sum, say so
                del kwargs["out"]
            kwargs = {_NUMPY_NAMES.get(name, name): value for name, value in kwargs.items()}
        try:
            return function(*args, **kwargs)
        except AttributeError:
            # Found out only now: a check beforehand would cost every call.
            _check_first(function, args, kwargs)
            raise

    return wrapped  # type: ignore[return-value]  # the same signature, and two names more


def _check_first(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Raise unless the first argument is a Tensor.

    Raises:
        TypeError: it is something else.
    """
    name = function.__code__.co_varnames[0]
    given = args[0] if args else kwargs.get(name)
    where = f"'{name}' (position 1)" if args else f"'{name}'"
    kind = type(given)
    what = f"numpy.{kind.__name__}" if kind.__module__ == "numpy" else kind.__name__
    if not isinstance(given, Tensor):
        raise TypeError(
            f"{function.__name__}(): argument {where} must be Tensor, not {what}: make one of it with tensor(...)"
        ) from None
