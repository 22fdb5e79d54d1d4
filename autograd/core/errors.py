"""What errors and warnings have in common: the words for values in a message, the user's line, and shared checks."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from ..base.call_site import PROJECT
from ..base.dtypes import NumpyDType
from .tensor import Tensor


def users_level() -> int:
    """The `stacklevel` of a warning that is to point at the line of the caller outside of the project."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_code.co_filename.startswith(PROJECT):
        frame, level = frame.f_back, level + 1
    return level


def type_name(value: Any) -> str:
    """The name of a value's type, as PyTorch's errors write it."""
    kind = type(value)
    return f"numpy.{kind.__name__}" if kind.__module__ == "numpy" else kind.__name__


def not_a_tensor(value: Any) -> str:
    """The end of an error for a value in place of a tensor, with a hint if it can be converted."""
    convertible = isinstance(value, (bool, int, float, complex, list, tuple, np.ndarray, np.generic))
    return f"Tensor, not {type_name(value)}{': convert it with tensor(...)' if convertible else ''}"


def describe(value: Any) -> str:
    """A value in an error: a tensor by dtype and shape, a sequence by its parts, anything else by its repr."""
    if isinstance(value, Tensor):
        return f"{value.array.dtype} tensor of shape {tuple(value.array.shape)}"
    if isinstance(value, np.ndarray):
        return f"{value.dtype} array of shape {value.shape}"
    if isinstance(value, (tuple, list)) and value:
        shown = ", ".join(describe(part) for part in value[:3])
        return f"[{shown}{', ...' if len(value) > 3 else ''}]"
    if isinstance(value, (bool, int, float, complex, str, type(None))):
        return f"{value!r:.60}" if not isinstance(value, int) or abs(value) < 10**60 else "an int of many digits"
    return type_name(value)


# -- errors that several operations raise -------------------------------------------------------------


def is_boolean(x: Any) -> bool:
    """Whether a Tensor, array or number is boolean."""
    return isinstance(x, bool) or getattr(x.array if isinstance(x, Tensor) else x, "dtype", None) == np.bool_


def check_kind(name: str, numpy_dtype: NumpyDType, kinds: str) -> None:
    """Raise unless the dtype is of one of the kinds, given by NumPy's letters.

    Raises:
        RuntimeError: it is not.
    """
    if numpy_dtype.kind not in kinds:
        words = {"b": "booleans", "i": "integers", "f": "floating-point numbers", "c": "complex numbers"}
        taken = ", ".join(words[k] for k in "bifc" if k in kinds)
        raise RuntimeError(f"{name}: not implemented for {numpy_dtype} elements: it takes {taken}")


def check_float(name: str, x: Tensor) -> None:
    """Raise unless the elements are real or complex floats.

    Raises:
        NotImplementedError: they are integers or booleans.
    """
    if x.array.dtype.kind not in "fc":
        raise NotImplementedError(f"{name}: not implemented for {x.dtype}: convert it with .float()")


def broadcast_failure(name: str, a: tuple[int, ...], b: tuple[int, ...]) -> str:
    """A message that says at which dim two shapes do not broadcast."""
    for back, (m, n) in enumerate(zip(reversed(a), reversed(b)), start=1):
        if m != n and m != 1 and n != 1:
            return (
                f"{name}: shapes {a} and {b} do not broadcast: the size of tensor a ({m}) must match the size of "
                f"tensor b ({n}) at dim {-back}, or one of them must be 1; reshape or unsqueeze one of them"
            )
    return f"{name}: failed on shapes {a} and {b}"
