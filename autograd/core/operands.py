"""Operands: what a function of two values accepts beside a Tensor, and what an operator does with anything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..base.dtypes import Array
from ..base.symbolic import Symbolic, as_array
from .reraise import reraise
from .tensor import Tensor

NUMBERS = frozenset({bool, int, float, complex})


def declined(error: Exception, function: Callable[..., Any], x: Any, y: Any) -> Any:
    """What an operator returns when `function(x, y)` has failed: NotImplemented if an operand is of an unknown type.

    Python then asks that operand: `t + q` calls `type(q).__radd__`, and `t == object()` is False. Between known
    operands the error is raised as `reraise` does.
    """
    if is_operand(x) and is_operand(y):
        reraise(error, function, x, y)
    return NotImplemented


def is_operand(x: Any) -> bool:
    """Whether `x` is a Tensor, an array or a number."""
    return isinstance(x, (Tensor, np.ndarray, np.generic, Symbolic)) or type(x) in NUMBERS


def constant(name: str, x: Any) -> Array:
    """`x`, which must be an array or a number.

    Raises:
        TypeError: it is neither.
    """
    if is_operand(x):
        return x
    raise TypeError(f"{name}: expected a Tensor, an array or a number, but got {type(x).__name__}: {x!r:.60}")


def operand(name: str, x: Any) -> Any:
    """`x`, which must be an array or a number, as an operand beside a Tensor.

    A NumPy scalar becomes a Python number, so that it does not widen the Tensor's type.

    Raises:
        TypeError: it is neither, or a masked array, whose mask would be lost.
    """
    if isinstance(x, np.generic):
        return constant(name, x).item()
    if not isinstance(x, np.ndarray) or type(x) is np.ndarray:
        return constant(name, x)
    if hasattr(x, "mask"):
        raise TypeError(f"{name}: a masked array would lose its mask beside a Tensor: fill it first")
    return as_array(x)
