"""Comparisons, logical and bitwise operations, and tests of elements: nothing here is differentiable."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ...base.dtypes import Array, result_numpy
from ...base.symbolic import as_array
from ...core.errors import broadcast_failure, check_kind
from ...core.operands import constant, operand
from ...core.operation import array_of, as_dtype
from ...core.public import numpy_names
from ...core.tensor import Tensor, wrap
from ..arguments import check_dims, named
from ..new_memory import with_own_memory

__all__ = [
    "all", "allclose", "any", "bitwise_and", "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift",
    "bitwise_xor", "count_nonzero", "e", "eq", "equal", "ge", "greater", "greater_equal", "gt", "inf", "is_complex",
    "is_floating_point", "is_nonzero", "is_same_size", "is_signed", "is_tensor", "isclose", "isfinite", "isinf",
    "isnan", "isneginf", "isposinf", "le", "less", "less_equal", "logical_and", "logical_not", "logical_or",
    "logical_xor", "lt", "nan", "ne", "not_equal", "numel", "pi", "signbit",
]  # fmt: skip


def _comparison(name: str, compare: Callable[[Array, Array], Array], doc: str) -> Callable[[Any, Any], Any]:
    """Define a comparison of tensors and numbers, with type promotion and broadcasting."""

    def function(input: Any, other: Any) -> Any:
        a, b = array_of(input), array_of(other)
        if not isinstance(a, (np.ndarray, np.generic)) or not isinstance(b, (np.ndarray, np.generic)):
            constant(name, a), constant(name, b)
        elif a.dtype is not b.dtype:
            common = result_numpy((a, b))
            a, b = as_dtype(a, common), as_dtype(b, common)
        if name in ("lt", "le", "gt", "ge"):
            check_kind(name, result_numpy((a, b)), "biuf")
        try:
            out = compare(a, b)
        except ValueError:
            raise RuntimeError(broadcast_failure(name, np.shape(a), np.shape(b))) from None
        except OverflowError:  # a number outside the range of the dtype
            out = compare(a.astype(np.float64), float(b))
        return wrap(as_array(out)[()]) if isinstance(input, Tensor) or isinstance(other, Tensor) else out

    return named(function, name, doc)


eq = _comparison("eq", operator.eq, "Whether elements are equal: input == other.")
ne = not_equal = _comparison("ne", operator.ne, "Whether elements differ: input != other.")
lt = less = _comparison("lt", operator.lt, "Whether elements are less: input < other.")
le = less_equal = _comparison("le", operator.le, "Whether elements are less or equal: input <= other.")
gt = greater = _comparison("gt", operator.gt, "Whether elements are greater: input > other.")
ge = greater_equal = _comparison("ge", operator.ge, "Whether elements are greater or equal: input >= other.")
logical_and = _comparison("logical_and", np.logical_and, "Whether both elements are nonzero.")
logical_or = _comparison("logical_or", np.logical_or, "Whether at least one of the two elements is nonzero.")
logical_xor = _comparison("logical_xor", np.logical_xor, "Whether exactly one of the two elements is nonzero.")


def _bitwise(name: str, combine: Callable[..., Array], doc: str) -> Callable[..., Tensor]:
    """Define an operation on the bits of integers and booleans, with type promotion and broadcasting."""

    def function(input: Any, other: Any) -> Tensor:
        arrays = [x.array if isinstance(x, Tensor) else operand(name, x) for x in (input, other)]
        common = result_numpy(tuple(arrays))
        if common.kind not in "biu":
            raise NotImplementedError(f"{name}: not implemented for {common}: it takes integers and booleans")
        return wrap(as_array(combine(*(as_dtype(a, common) for a in arrays)))[()])

    return named(function, name, doc)


bitwise_and = _bitwise("bitwise_and", operator.and_, "Bitwise and; of booleans, logical and.")
bitwise_or = _bitwise("bitwise_or", operator.or_, "Bitwise or; of booleans, logical or.")
bitwise_xor = _bitwise("bitwise_xor", operator.xor, "Bitwise exclusive or; of booleans, logical exclusive or.")
bitwise_left_shift = _bitwise(
    "bitwise_left_shift", operator.lshift, "The bits of `input` shifted left by `other` places."
)
bitwise_right_shift = _bitwise(
    "bitwise_right_shift", operator.rshift, "The bits of `input` shifted right by `other` places."
)


def bitwise_not(input: Tensor) -> Tensor:
    """Bitwise not; of booleans, logical not."""
    check_kind("bitwise_not", input.array.dtype, "biu")
    return wrap(~input.array)


def inverted(input: Tensor) -> Tensor:
    """`~input`: `bitwise_not`; of other elements it is a TypeError, as for Python's numbers."""
    if input.array.dtype.kind not in "biu":
        raise TypeError(f"~ takes integers and booleans, but the elements are {input.dtype}")
    return bitwise_not(input)


# -- tests of elements and of tensors --------------------------------------------------------------------


def _test(name: str, of_array: Callable[[Array], Array], doc: str) -> Callable[[Tensor], Tensor]:
    """Define a test of each element."""

    def function(input: Tensor) -> Tensor:
        return wrap(of_array(input.array))

    return named(function, name, doc)


isnan = _test("isnan", np.isnan, "Whether each element is NaN.")
isinf = _test("isinf", np.isinf, "Whether each element is infinite.")
isposinf = _test("isposinf", np.isposinf, "Whether each element is +∞.")
isneginf = _test("isneginf", np.isneginf, "Whether each element is -∞.")
isfinite = _test("isfinite", np.isfinite, "Whether each element is neither infinite nor NaN.")
logical_not = _test("logical_not", np.logical_not, "Whether each element is 0.")


def signbit(input: Tensor) -> Tensor:
    """Whether each element is negative, including -0.0."""
    return wrap(np.signbit(input.array) if input.array.dtype.kind == "f" else input.array < 0)


def is_tensor(obj: Any) -> bool:
    """Whether `obj` is a Tensor."""
    return isinstance(obj, Tensor)


def numel(input: Tensor) -> int:
    """The number of elements."""
    return input.numel()


def is_nonzero(input: Tensor) -> bool:
    """Whether the single element of `input` is nonzero.

    Raises:
        RuntimeError: `input` does not have exactly one element.

    >>> from autograd import tensor
    >>> is_nonzero(tensor([0.5]))
    True
    """
    return bool(input)


def is_signed(input: Tensor) -> bool:
    """Whether the dtype has negative numbers."""
    return input.array.dtype.kind in "ifc"


def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same shape."""
    return input.array.shape == other.array.shape


def is_floating_point(input: Tensor) -> bool:
    """Whether the dtype is a real floating-point type."""
    return input.is_floating_point()


def is_complex(input: Tensor) -> bool:
    """Whether the dtype is complex."""
    return input.is_complex()


# -- of all elements, or of those along a dim -------------------------------------------------------------


def _reduce_truth(reduce: Callable[..., Array], input: Tensor, dim: Any, keepdim: bool) -> Tensor:
    axes = check_dims(dim, input.array.ndim)
    out = as_array(reduce(as_array(input.array) != 0, axis=axes, keepdims=keepdim))
    return wrap((out.astype(np.uint8) if input.array.dtype == np.uint8 else out)[()])  # PyTorch's masks before bool


@numpy_names
@with_own_memory
def all(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Whether all elements are nonzero: of the tensor, or along `dim`."""
    return _reduce_truth(np.all, input, dim, keepdim)


@numpy_names
@with_own_memory
def any(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Whether any element is nonzero: of the tensor, or along `dim`."""
    return _reduce_truth(np.any, input, dim, keepdim)


@numpy_names
@with_own_memory
def count_nonzero(input: Tensor, dim: Any = None) -> Tensor:
    """The number of nonzero elements: of the tensor, or along `dim`, where () means all dims."""
    axes = check_dims(dim, input.array.ndim) or None
    return wrap(as_array(np.count_nonzero(input.array, axis=axes))[()])


def equal(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same shape and the same elements."""
    return bool(input.array.shape == other.array.shape and np.array_equal(input.array, other.array))


def isclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    """Whether |input - other| <= atol + rtol · |other|, element by element.

    Raises:
        RuntimeError: the dtypes differ, or a tolerance is negative.
    """
    if rtol < 0 or atol < 0:
        raise RuntimeError(f"isclose: tolerances must be greater than or equal to zero, but got {rtol=} and {atol=}")
    if input.array.dtype != other.array.dtype:
        raise RuntimeError(f"isclose: {input.dtype} did not match {other.dtype}: convert one with .to()")
    return wrap(as_array(np.isclose(input.array, other.array, rtol, atol, equal_nan))[()])


def allclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether all elements are close by the criterion of `isclose`.

    >>> from autograd import tensor
    >>> allclose(tensor([1.0]), tensor([1.0 + 1e-7]))
    True
    """
    return bool(np.all(isclose(input, other, rtol, atol, equal_nan).array))


inf, nan, pi, e = math.inf, math.nan, math.pi, math.e
