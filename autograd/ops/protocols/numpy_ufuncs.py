"""NumPy meets Tensor: `np.exp(t)` and `array * t` are recorded, and nothing detaches silently."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.operation import operand
from ...core.tensor import Tensor, wrap
from ..elementwise import arithmetic, comparison, elementary, selection
from ..matrix import products

#: NumPy's ufuncs and the functions that stand for them here.
UFUNCS: dict[np.ufunc, Callable[..., Any]] = {
    np.add: arithmetic.plus,
    np.subtract: arithmetic.minus,
    np.multiply: arithmetic.mul,
    np.true_divide: arithmetic.quotient,
    np.floor_divide: arithmetic.floor_divide,
    np.remainder: arithmetic.remainder,
    np.fmod: arithmetic.fmod,
    np.power: arithmetic.pow,
    np.float_power: arithmetic.float_power,
    np.negative: arithmetic.neg,
    np.absolute: arithmetic.abs,
    np.sign: arithmetic.sgn,
    np.square: arithmetic.square,
    np.floor: arithmetic.floor,
    np.ceil: arithmetic.ceil,
    np.trunc: arithmetic.trunc,
    np.rint: arithmetic.round,
    np.conjugate: arithmetic.conj,
    np.sqrt: elementary.sqrt,
    np.reciprocal: elementary.reciprocal,
    np.exp: elementary.exp,
    np.exp2: elementary.exp2,
    np.expm1: elementary.expm1,
    np.log: elementary.log,
    np.log1p: elementary.log1p,
    np.log2: elementary.log2,
    np.log10: elementary.log10,
    np.sin: elementary.sin,
    np.cos: elementary.cos,
    np.tan: elementary.tan,
    np.arcsin: elementary.asin,
    np.arccos: elementary.acos,
    np.arctan: elementary.atan,
    np.arctan2: elementary.atan2,
    np.hypot: elementary.hypot,
    np.sinh: elementary.sinh,
    np.cosh: elementary.cosh,
    np.tanh: elementary.tanh,
    np.arcsinh: elementary.asinh,
    np.arccosh: elementary.acosh,
    np.arctanh: elementary.atanh,
    np.maximum: selection.maximum,
    np.minimum: selection.minimum,
    np.matmul: products.matmul,
    np.equal: comparison.eq,
    np.not_equal: comparison.ne,
    np.less: comparison.lt,
    np.less_equal: comparison.le,
    np.greater: comparison.gt,
    np.greater_equal: comparison.ge,
    np.logical_and: comparison.logical_and,
    np.logical_or: comparison.logical_or,
    np.logical_xor: comparison.logical_xor,
    np.logical_not: comparison.logical_not,
    np.bitwise_and: comparison.bitwise_and,
    np.bitwise_or: comparison.bitwise_or,
    np.bitwise_xor: comparison.bitwise_xor,
    np.invert: comparison.bitwise_not,
    np.isnan: comparison.isnan,
    np.isinf: comparison.isinf,
    np.isfinite: comparison.isfinite,
    np.signbit: comparison.signbit,
}


def array_ufunc(self: Tensor, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **kwargs: Any) -> Any:
    """What NumPy calls when a ufunc, or an array's operator, meets a Tensor.

    Raises:
        TypeError: the ufunc, its method or a keyword has no counterpart here.
    """
    name = ufunc.__name__
    if out is not None:
        raise TypeError(
            f"np.{name} can't write a Tensor into a NumPy array: its graph would be lost. Write t = {name}(…) in place "
            "of out= (or of array += t), or detach() the tensor first"
        )
    if method != "__call__" or kwargs:
        what = f"np.{name}.{method}" if method != "__call__" else f"np.{name} with {', '.join(kwargs)}"
        raise TypeError(f"{what} is not defined for Tensors: use the function of autograd, or detach().numpy() first")
    function = UFUNCS.get(ufunc)
    if function is None:
        raise TypeError(
            f"np.{name} has no differentiable counterpart in autograd: detach().numpy() the tensor if no gradient is "
            "wanted, or compose it from the functions of autograd"
        )
    return function(*(wrap(operand(name, x)) if isinstance(x, np.ndarray) else x for x in inputs))
