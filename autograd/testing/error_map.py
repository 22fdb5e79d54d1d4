"""`error_map`: where on its domain a function and its gradient lose digits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .engine.pair_rule import PairRule
from .engine.rule import Rule
from .engine.run import name_of
from .engine.sweep import ErrorMap, sweep
from .engine.tensor_rule import TensorRule


def error_map(
    func: Callable[..., Any],
    domain: Any,
    vjp: Callable[..., Any] | None = None,
    *,
    dtype: str = "float32",
    reference: Callable[..., Any] | None = None,
    points: int = 256,
) -> ErrorMap:
    """The errors of a function and its gradient along a domain, in units of the last place.

    In float32 they are measured against the function itself in float64; that the gradient is right there, `check_op`
    and `check_rule` prove. In float64 they are measured against a reference in NumPy's extended precision, whose slope
    is taken by the complex step. An error that is larger than the condition of the point explains is a fault of the
    formula, not of the function: another formula has it smaller.

    Args:
        func: takes Tensors; or NumPy arrays, if there is a `vjp`. It is called with one number, or several.
        domain: the range of the input as for `check_op`; of several the first is swept, the others stay in the middle.
        vjp: as for `check_rule`.
        dtype: the precision to measure.
        reference: the same function on NumPy arrays, for float64.
        points: the number of points.

    Raises:
        TypeError, ValueError: an argument is unsuitable, or the function returns more than one number.

    >>> import numpy as np
    >>> found = error_map(lambda x: np.log(1 + x), (1e-6, 1), lambda g, x: g / (1 + x), points=64)
    >>> bool(found.value.max() > 1e5), bool(found.gradient.max() < 2)
    (True, True)
    >>> bool(error_map(np.log1p, (1e-6, 1), lambda g, x: g / (1 + x), points=64).value.max() < 2)
    True
    """
    if not callable(func):
        raise TypeError(f"error_map: expected a function, but got {type(func).__name__}")
    rule: Rule = PairRule(func, vjp) if vjp is not None else TensorRule(func).cast(np.dtype(np.float64))
    return sweep(rule, name_of(func), domain, dtype, reference, points)
