"""NumPy's ufuncs on Tensors: `np.exp(t)` and `array * t` are recorded as `exp(t)` and `t * array` are."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from ...core.operands import operand
from ...core.primitive import registry
from ...core.tensor import Tensor, wrap
from ..elementwise import arithmetic, comparison, complex_numbers, elementary
from ..matrix import products


def _of_the_same_name(module: ModuleType, names: str) -> dict[np.ufunc, Callable[..., Any]]:
    return {getattr(np, name): getattr(module, name) for name in names.split()}


#: The functions for ufuncs that no primitive was made from, or whose primitive lacks the checks or dtypes of the
#: function around it. For every other ufunc, the primitive made from it is called.
_FUNCTIONS: dict[np.ufunc, Callable[..., Any]] = {
    np.add: arithmetic.plus,
    np.subtract: arithmetic.minus,
    np.true_divide: arithmetic.quotient,
    np.power: arithmetic.pow,
    np.absolute: arithmetic.abs,
    np.sign: arithmetic.sgn,
    np.rint: arithmetic.round,
    np.conjugate: complex_numbers.conj,
    np.reciprocal: elementary.reciprocal,
    np.matmul: products.matmul,
    np.equal: comparison.eq,
    np.invert: comparison.bitwise_not,
    **_of_the_same_name(arithmetic, "float_power floor_divide fmod multiply negative remainder square"),
    **_of_the_same_name(
        comparison,
        "bitwise_and bitwise_or bitwise_xor greater greater_equal isfinite isinf isnan less less_equal logical_and "
        "logical_not logical_or logical_xor not_equal signbit",
    ),
}


def array_ufunc(self: Tensor, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **kwargs: Any) -> Any:
    """`Tensor.__array_ufunc__`: what NumPy calls when an operand of a ufunc, or of an array's operator, is a Tensor.

    Raises:
        TypeError: the ufunc, its method or a keyword is not supported for Tensors.
    """
    name = ufunc.__name__
    if out is not None:
        raise TypeError(
            f"np.{name} can't write a Tensor into a NumPy array: its graph would be lost. Use t = {name}(...) instead "
            "of out= (or of array += t), or detach() the tensor first"
        )
    if method != "__call__" or kwargs:
        what = f"np.{name}.{method}" if method != "__call__" else f"np.{name} with {', '.join(kwargs)}"
        raise TypeError(f"{what} is not supported for Tensors: use the function of autograd, or detach().numpy() first")
    function = _FUNCTIONS.get(ufunc) or _function_made_from(ufunc)
    if function is None:
        raise TypeError(
            f"np.{name} has no differentiable counterpart in autograd: use detach().numpy() if no gradient is needed, "
            "or compose it from the functions of autograd"
        )
    return function(*(wrap(operand(name, x)) if isinstance(x, np.ndarray) else x for x in inputs))


#: The names of the primitives found so far.
_names: dict[np.ufunc, str] = {}


def _function_made_from(ufunc: np.ufunc) -> Callable[..., Any] | None:
    """The function of the first elementwise primitive whose forward is the ufunc.

    A user's own operation is never found: `extend` puts checks around its forward.
    """
    made = registry.get(_names.get(ufunc, ""))
    if made is None or made.elementwise is not ufunc:
        primitives = list(registry.values())  # a copy: another thread may define an operation meanwhile
        made = next((made for made in primitives if made.elementwise is ufunc), None)
        if made is None:
            return None
        _names[ufunc] = made.name
    return made.function
