"""The in-place forms of functions that need no more than to be written over their first argument.

To add one, name its function here.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from ...core.aliasing import View
from ...core.tensor import Tensor, wrap
from ..elementwise import arithmetic, comparison, composites, elementary, selection
from ..matrix import distances, products
from ..reduce import reductions
from ..shape import reshape, scattering
from ..shape.reshape import reversed_dims, squeeze, transpose, unsqueeze
from ..special import bessel, error_function, gamma
from .writing import _with_ufunc, assign, in_place

_FUNCTIONS: dict[ModuleType, str] = {
    arithmetic: "fix float_power fmod frac multiply negative sgn true_divide",
    comparison: "eq ge gt le lt ne logical_and logical_not logical_or logical_xor "
    "bitwise_and bitwise_not bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift "
    "greater greater_equal less less_equal not_equal",
    composites: "absolute clamp_max clamp_min copysign deg2rad gcd heaviside lcm ldexp logit nan_to_num nextafter "
    "rad2deg sinc xlogy",
    elementary: "acos acosh asin asinh atan atan2 atanh cosh exp2 expm1 hypot log10 log1p log2 sinh tan",
    reductions: "cumprod cumsum",
    reshape: "tril triu",
    products: "addbmm addmm addmv addr baddbmm",
    scattering: "index_copy index_put index_reduce masked_scatter put scatter_reduce",
    gamma: "digamma igamma igammac lgamma",
    error_function: "erfc erfinv",
    bessel: "i0",
    distances: "renorm",
}

FORMS = {
    f"{name}_": in_place(f"{name}_", getattr(module, name))
    for module, names in _FUNCTIONS.items()
    for name in names.split()
}


add_ = _with_ufunc("add_", np.add, arithmetic.add)

sub_ = _with_ufunc("sub_", np.subtract, arithmetic.sub)

mul_ = _with_ufunc("mul_", np.multiply, arithmetic.mul)

div_ = _with_ufunc("div_", np.true_divide, arithmetic.div)

pow_ = in_place("pow_", arithmetic.pow)

neg_ = in_place("neg_", arithmetic.neg)

abs_ = in_place("abs_", arithmetic.abs)

square_ = in_place("square_", arithmetic.square)

sign_ = in_place("sign_", arithmetic.sign)

floor_ = in_place("floor_", arithmetic.floor)

ceil_ = in_place("ceil_", arithmetic.ceil)

round_ = in_place("round_", arithmetic.round)

trunc_ = in_place("trunc_", arithmetic.trunc)

floor_divide_ = in_place("floor_divide_", arithmetic.floor_divide)

remainder_ = in_place("remainder_", arithmetic.remainder)

exp_ = in_place("exp_", elementary.exp)

log_ = in_place("log_", elementary.log)

sqrt_ = in_place("sqrt_", elementary.sqrt)

rsqrt_ = in_place("rsqrt_", elementary.rsqrt)

reciprocal_ = in_place("reciprocal_", elementary.reciprocal)

sin_ = in_place("sin_", elementary.sin)

cos_ = in_place("cos_", elementary.cos)

tanh_ = in_place("tanh_", elementary.tanh)

sigmoid_ = in_place("sigmoid_", elementary.sigmoid)

erf_ = in_place("erf_", error_function.erf)

relu_ = in_place("relu_", selection.relu)

clamp_ = in_place("clamp_", selection.clamp)

masked_fill_ = in_place("masked_fill_", selection.masked_fill)

index_add_ = in_place("index_add_", scattering.index_add)

index_fill_ = in_place("index_fill_", scattering.index_fill)

scatter_ = in_place("scatter_", scattering.scatter)

scatter_add_ = in_place("scatter_add_", scattering.scatter_add)


def addcmul_(x: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Tensor:
    """Add value · tensor1 · tensor2 in place."""
    return add_(x, tensor1 * tensor2 * value)


def addcdiv_(x: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Tensor:
    """Add value · tensor1 / tensor2 in place."""
    return add_(x, tensor1 / tensor2 * value)


def lerp_(x: Tensor, end: Tensor, weight: Any) -> Tensor:
    """Move towards `end` by the fraction `weight`, in place."""
    return add_(x, (end - x) * weight)


def apply_(x: Tensor, callable: Callable[[Any], Any]) -> Tensor:
    """Put the function's value of each element in its place: slow, and without a gradient."""
    return assign(x, wrap(np.vectorize(callable, otypes=[x.array.dtype])(x.array)), "apply_")


def _show(x: Tensor, shown: Tensor) -> Tensor:
    x.array, x.node = shown.array, shown.node
    return x


def unsqueeze_(x: Tensor, dim: int) -> Tensor:
    """Give the tensor itself a new dim of size 1."""
    return _show(x, unsqueeze(x, dim))


def squeeze_(x: Tensor, dim: Any = None) -> Tensor:
    """Drop dims of size 1 from the tensor itself."""
    return _show(x, squeeze(x, dim))


def transpose_(x: Tensor, dim0: int, dim1: int) -> Tensor:
    """Exchange two dims of the tensor itself."""
    return _show(x, transpose(x, dim0, dim1))


def t_(x: Tensor) -> Tensor:
    """Transpose the tensor itself."""
    return _show(x, reversed_dims(x))


def detach_(x: Tensor) -> Tensor:
    """Cut the tensor itself off its graph.

    Raises:
        RuntimeError: it is a view: its base would not know.
    """
    if isinstance(x, View):
        raise RuntimeError("Can't detach views in-place. Use detach() instead.")
    x.node = None
    return x
