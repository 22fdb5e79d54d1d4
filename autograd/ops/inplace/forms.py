"""The in-place forms of operations: `x.exp_()` for `x.exp()`.

Every elementwise primitive gets its in-place form from its definition. The other operations that have one are named in
`_NAMES`, or written out here where the result is not simply written over the first argument.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ...core.aliasing import View
from ...core.grad_mode import recording
from ...core.memory import overlaps
from ...core.primitive import registry
from ...core.public import factors_first
from ...core.tensor import Tensor, wrap
from ..arguments import check_dim, named_method
from ..elementwise import arithmetic, comparison
from ..elementwise.arithmetic import float_power
from ..elementwise.selection import masked_fill
from ..shape.reshape import expand, squeeze, t, transpose, unsqueeze
from ..shape.scattering import index_fill, index_put
from .writing import assign, check_recordable, in_place, in_place_by_ufunc, setitem

#: The methods of Tensor, besides the elementwise primitives, whose results may be written over the tensor.
_NAMES = {
    "addbmm", "addmm", "addmv", "addr", "baddbmm", "bitwise_not", "clamp", "clamp_max", "clamp_min", "clip",
    "copysign", "cumprod", "cumsum", "deg2rad", "eq", "fix", "fmod", "gcd", "ge", "greater", "greater_equal", "gt",
    "heaviside", "i0", "index_add", "index_copy", "index_reduce", "lcm", "ldexp", "le", "lerp", "less", "less_equal",
    "logical_and", "logical_not", "logical_or", "logical_xor", "logit", "lt", "masked_scatter", "multiply",
    "nan_to_num", "ne", "negative", "nextafter", "not_equal",
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
bitwise_and_ = in_place("bitwise_and_", comparison.bitwise_and)
bitwise_or_ = in_place("bitwise_or_", comparison.bitwise_or)
bitwise_xor_ = in_place("bitwise_xor_", comparison.bitwise_xor)
bitwise_left_shift_ = in_place("bitwise_left_shift_", comparison.bitwise_left_shift)
bitwise_right_shift_ = in_place("bitwise_right_shift_", comparison.bitwise_right_shift)
floor_divide_ = in_place("floor_divide_", arithmetic.floor_divide)
remainder_ = in_place("remainder_", arithmetic.remainder)


def float_power_(x: Tensor, exponent: Any) -> Tensor:
    """The power in double precision, in place.

    Raises:
        RuntimeError: the tensor is not of the dtype of the result, float64 or complex128.
    """
    result = float_power(x, exponent)
    if result.array.dtype != x.array.dtype:
        raise RuntimeError(
            f"float_power_: the base has dtype {x.dtype}, but the result {result.dtype}: use float_power(), or convert "
            "the base first"
        )
    return _float_power_(x, exponent)


_float_power_ = in_place("float_power_", arithmetic.float_power)


def abs_(x: Tensor) -> Tensor:
    """The absolute value, in place; a RuntimeError for complex numbers, whose absolute value is real."""
    if x.array.dtype.kind == "c":
        raise RuntimeError("abs_: in-place abs is not supported for complex tensors: use abs()")
    return _abs_(x)


_abs_ = in_place("abs_", arithmetic.abs)
absolute_ = abs_


@factors_first("value")
def addcmul_(x: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Tensor:
    """Add value · tensor1 · tensor2 in place."""
    return add_(x, tensor1 * tensor2 * value)


@factors_first("value")
def addcdiv_(x: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Tensor:
    """Add value · tensor1 / tensor2 in place."""
    return add_(x, tensor1 / tensor2 * value)


def apply_(x: Tensor, callable: Callable[[Any], Any]) -> Tensor:
    """Replace each element by the result of a Python function: slow, and not differentiable."""
    if x.requires_grad:
        raise RuntimeError("apply_: the tensor requires grad, and a Python function has no derivative: detach() it")
    return assign(x, wrap(np.vectorize(callable, otypes=[x.array.dtype])(x.array)), "apply_")


# -- by index: PyTorch also writes to elements that share memory, and warns --------------------------------


def masked_fill_(x: Tensor, mask: Tensor, value: Any) -> Tensor:
    """`masked_fill`, in place. A value written to elements that share memory is that of all of them; that warns."""
    if not overlaps(x.array):
        return _masked_fill_(x, mask, value)
    masked_fill(x, mask, value)  # raises for arguments that do not fit
    setitem(x, expand(mask, x.array.shape), value)
    return x


def index_fill_(x: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """`index_fill`, in place. Elements of `x` that share memory are written as by `masked_fill_`."""
    if not overlaps(x.array):
        return _index_fill_(x, dim, index, value)
    index_fill(x, dim, index, value)  # raises for arguments that do not fit
    setitem(x, (slice(None),) * check_dim(dim, x.array.ndim) + (index,), value)
    return x


def index_put_(x: Tensor, indices: Sequence[Tensor], values: Tensor, accumulate: bool = False) -> Tensor:
    """`index_put`, in place. Elements of `x` that share memory are written as by `masked_fill_`."""
    if accumulate or not overlaps(x.array):
        return _index_put_(x, indices, values, accumulate)
    setitem(x, tuple(indices), values)
    return x


_masked_fill_ = in_place("masked_fill_", masked_fill)
_index_fill_ = in_place("index_fill_", index_fill)
_index_put_ = in_place("index_put_", index_put)


# -- the shape or the graph changes, the memory stays ------------------------------------------------------


def _by_view(name: str, function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The in-place form of a function that returns a view of its first argument: the tensor becomes that view."""

    @functools.wraps(function)
    def method(x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        check_recordable(x)
        view = function(x, *args, **kwargs)
        if isinstance(x, View) and isinstance(view, View):
            x._steps = view.steps
        x.array = view.array
        if recording():
            x.node = view.node
        return x

    return named_method(method, name, f"`{name[:-1]}`, in place: only the shape and strides of the tensor change.")


unsqueeze_ = _by_view("unsqueeze_", unsqueeze)
squeeze_ = _by_view("squeeze_", squeeze)
transpose_ = swapaxes_ = swapdims_ = _by_view("transpose_", transpose)
t_ = _by_view("t_", t)


def detach_(x: Tensor) -> Tensor:
    """Detach the tensor itself from its graph.

    Raises:
        RuntimeError: it is a view, whose base would stay in the graph.
    """
    if isinstance(x, View):
        if not x.is_alone():
            raise RuntimeError("Can't detach views in-place. Use detach() instead.")
        x.base.node = None
    if x.is_leaf:
        return x.requires_grad_(False)
    x.node = None
    return x
