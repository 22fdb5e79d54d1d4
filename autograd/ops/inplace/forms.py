"""The in-place forms of operations: `x.exp_()` for `x.exp()`.

Every elementwise primitive gets its in-place form from its definition. The other operations that have one are named in
`_NAMES`, or written out here where the result is not simply written over the first argument.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ...core.aliasing import View
from ...core.primitive import registry
from ...core.tensor import Tensor, wrap
from ..arguments import named_method
from ..elementwise import arithmetic
from ..shape.reshape import reversed_dims, squeeze, transpose, unsqueeze
from .writing import assign, in_place, in_place_by_ufunc

#: The methods of Tensor, besides the elementwise primitives, whose results may be written over the tensor.
_NAMES = {
    "abs", "absolute", "addbmm", "addmm", "addmv", "addr", "baddbmm", "bitwise_and", "bitwise_left_shift",
    "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "clamp", "clamp_max", "clamp_min", "clip",
    "copysign", "cumprod", "cumsum", "deg2rad", "eq", "fix", "float_power", "fmod", "gcd", "ge", "greater",
    "greater_equal", "gt", "heaviside", "i0", "index_add", "index_copy", "index_fill", "index_put", "index_reduce",
    "lcm", "ldexp", "le", "less", "less_equal", "logical_and", "logical_not", "logical_or", "logical_xor", "logit",
    "lt", "masked_fill", "masked_scatter", "multiply", "nan_to_num", "ne", "negative", "nextafter", "not_equal",
    "put", "rad2deg", "renorm", "round", "scatter", "scatter_add", "scatter_reduce", "sgn", "sinc", "tril", "triu",
    "true_divide", "xlogy",
}  # fmt: skip

#: The elementwise primitives that PyTorch has no in-place form of.
_EXCEPTIONS = {"maximum", "minimum"}


def in_place_forms(methods: Mapping[str, Any]) -> dict[str, Callable[..., Tensor]]:
    """The in-place methods, by name, that follow from a table of Tensor's methods: `exp_` from `exp`."""
    return {
        f"{name}_": in_place(f"{name}_", function)
        for name, function in methods.items()
        if name in _NAMES or (_is_elementwise(name, function) and f"{name}_" not in methods)
    }


def _is_elementwise(name: str, function: Any) -> bool:
    """Whether a method is an elementwise primitive itself, and not a function around it or another name for it."""
    made = registry.get(name)
    return made is not None and made.elementwise is not None and made.function is function and name not in _EXCEPTIONS


add_ = in_place_by_ufunc("add_", np.add, arithmetic.add)
sub_ = subtract_ = in_place_by_ufunc("sub_", np.subtract, arithmetic.sub)
mul_ = in_place_by_ufunc("mul_", np.multiply, arithmetic.mul)
div_ = divide_ = in_place_by_ufunc("div_", np.true_divide, arithmetic.div)
pow_ = in_place("pow_", arithmetic.pow)
floor_divide_ = in_place("floor_divide_", arithmetic.floor_divide)
remainder_ = in_place("remainder_", arithmetic.remainder)


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
    """Replace each element by the result of a Python function: slow, and not differentiable."""
    return assign(x, wrap(np.vectorize(callable, otypes=[x.array.dtype])(x.array)), "apply_")


# -- the shape or the graph changes, the memory stays ------------------------------------------------------


def _by_view(name: str, function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The in-place form of a function that returns a view of its first argument: the tensor becomes that view."""

    @functools.wraps(function)
    def method(x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        view = function(x, *args, **kwargs)
        x.array, x.node = view.array, view.node
        return x

    return named_method(method, name, f"`{name[:-1]}`, in place: only the shape and strides of the tensor change.")


unsqueeze_ = _by_view("unsqueeze_", unsqueeze)
squeeze_ = _by_view("squeeze_", squeeze)
transpose_ = swapaxes_ = swapdims_ = _by_view("transpose_", transpose)
t_ = _by_view("t_", reversed_dims)


def detach_(x: Tensor) -> Tensor:
    """Detach the tensor itself from its graph.

    Raises:
        RuntimeError: it is a view, whose base would stay in the graph.
    """
    if isinstance(x, View):
        raise RuntimeError("Can't detach views in-place. Use detach() instead.")
    x.node = None
    return x
