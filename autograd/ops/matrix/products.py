"""Products of matrices and vectors, and their combinations with sums and scales."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...base.dtypes import Array, number_as, result_numpy
from ...base.half_precision import HALF, SINGLE
from ...core.broadcasting import sum_to
from ...core.errors import not_a_tensor
from ...core.operation import Operation, primitive
from ...core.out import compute_into, may_overlap
from ...core.public import factors_first, public_as_it_is
from ...core.reraise import reraise
from ...core.tensor import Tensor, wrap
from ..arguments import check_count, check_dim_of, check_dims
from ..elementwise.arithmetic import mul
from ..elementwise.complex_numbers import conj
from ..half_precision import in_single_precision
from ..new_memory import with_own_memory
from ..reduce.reductions import sum as total, sum_axes
from ..shape.joining import stack
from ..shape.reordering import roll
from ..shape.reshape import reshape, to_shape, unsqueeze

__all__ = [
    "addbmm", "addcdiv", "addcmul", "addmm", "addmv", "addr", "baddbmm", "bmm", "cross", "dot", "ger", "inner",
    "kron", "linear", "matmul", "mm", "mv", "outer", "tensordot", "vander", "vdot",
]  # fmt: skip


def _outer(x: Any, y: Any) -> Any:
    return x[:, None] * y


_dot = primitive(
    "dot",
    lambda x, y: x @ y,
    x=lambda g, y: g * y,
    y=lambda g, x: g * x,
    doc="The inner product of two vectors: g y and g x",
)
_mv = primitive(
    "mv",
    lambda x, y: x @ y,
    x=lambda g, y: _outer(g, y),
    y=lambda g, x: x.T @ g,
    doc="A matrix times a vector: the outer product of g and y, and xᵀ @ g",
)
# A primitive of its own, because np.dot has 1.5 µs less overhead than np.matmul.
_mm: Operation = primitive(
    "mm",
    lambda x, y: x.dot(y),
    x=lambda g, y: _mm(g, y.T),
    y=lambda g, x: _mm(x.T, g),
    doc="The product of two matrices: g @ yᵀ and xᵀ @ g",
)
_matmul = primitive(
    "matmul",
    lambda x, y: x * y if x.shape[-1] == 1 else x @ y,  # outer products, in a quarter of the time
    x=lambda g, y, x_shape: sum_to(g @ y.mT, x_shape),
    y=lambda g, x, y_shape: sum_to(x.mT @ g, y_shape),
    doc="Products of two stacks of matrices that broadcast: g @ yᵀ and xᵀ @ g",
)


def _affine(x: Array, weight: Array, bias: Array | None) -> Array:
    out = _rows(x).dot(weight.T)
    if bias is not None:
        out += bias
    return out if x.ndim == 2 else out.reshape(*x.shape[:-1], weight.shape[0])


def _rows(x: Any) -> Any:
    """The rows of a stack of matrices, one below the other: one tall matrix."""
    return x if x.ndim == 2 else x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


def _rows_times(g: Any, weight: Any) -> Any:
    """g @ weight, for a matrix or a stack of them."""
    out = _mm(_rows(g), weight)
    return out if g.ndim == 2 else out.reshape(*g.shape[:-1], weight.shape[1])


#: x @ weight.T + bias as one node, which takes one pass over the output less than the composite.
_linear = primitive(
    "linear",
    _affine,
    x=_rows_times,
    weight=lambda g, x: _mm(_rows(g).T, _rows(x)),
    bias=lambda g: sum_axes(_rows(g), (0,), False),
    doc="x @ weight.T + bias: g @ weight, g.T @ x, and the sum of g over the rows",
)


def _check_types(name: str, **operands: Tensor) -> None:
    for parameter, value in operands.items():
        if not isinstance(value, Tensor):
            raise TypeError(f"{name}(): argument '{parameter}' must be {not_a_tensor(value)}")
    first, second = operands.values()
    if first.array.dtype != second.array.dtype:
        raise RuntimeError(
            f"{name}: expected both to have the same dtype, but got {first.dtype} and {second.dtype}: convert one with "
            ".to()"
        )


def matmul(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """The matrix product. 1-D operands are vectors; operands of more than two dims are stacks of matrices.

    Raises:
        RuntimeError: the inner sizes differ, the stacks do not broadcast, an operand is 0-d, or the dtypes differ.

    >>> from autograd import ones
    >>> matmul(ones(2, 3), ones(3))
    tensor([3., 3.])
    """
    if out is not None:
        return compute_into(out, matmul, input, other)
    try:
        if isinstance(input, np.ndarray):
            input = wrap(input)
        if isinstance(other, np.ndarray):
            other = wrap(other)
        tensors = isinstance(input, Tensor) and isinstance(other, Tensor)
        if not tensors or (kind := input.array.dtype) is not other.array.dtype or kind is HALF:
            _check_types("matmul", input=input, other=other)
            if input.array.dtype == HALF:
                return in_single_precision(matmul)(input, other)
        a, b = input.array.shape, other.array.shape
        m, n = len(a), len(b)
        if not m or not n:
            raise RuntimeError(
                f"matmul: both arguments need to be at least 1D, but they are {m}D and {n}D: use * instead"
            )
        if a[-1] != b[-2 if n > 1 else 0]:
            raise RuntimeError(
                f"matmul: shapes {a} and {b} do not align: the last size of the first ({a[-1]}) must equal the "
                f"{'second to last' if n > 1 else 'only'} size of the second ({b[-2 if n > 1 else 0]}); "
                "transpose one of them with .mT if its dims are the other way round"
            )
        result: Tensor
        if m == n == 2:
            result = _mm(input, other)
        elif m == n == 1:
            result = _dot(input, other)
        elif (m, n) == (2, 1):
            result = _mv(input, other)
        elif (m, n) == (1, 2):
            result = _mv(other.mT, input)
        elif n == 1:
            result = matmul(input, unsqueeze(other, 1)).squeeze(-1)
        elif m == 1:
            result = matmul(unsqueeze(input, 0), other).squeeze(-2)
        elif n == 2 and m > 2:
            # A stack times a single matrix is computed as one tall matrix times it.
            result = reshape(_mm(reshape(input, (math.prod(a[:-1]), a[-1])), other), (*a[:-1], b[-1]))
        else:
            try:
                np.broadcast_shapes(a[:-2], b[:-2])
            except ValueError:
                raise RuntimeError(
                    f"matmul: shapes {a} and {b} do not align: the stacks {a[:-2]} and {b[:-2]} do not broadcast"
                ) from None
            result = _matmul(input, other)
        return result
    except Exception as error:
        reraise(error, matmul, input, other)


def _expect(name: str, x: Tensor, ndim: int, what: str) -> None:
    if x.array.ndim != ndim:
        raise RuntimeError(
            f"{name}: {what} must be {'a vector' if ndim == 1 else 'a matrix' if ndim == 2 else f'{ndim}-D'}, "
            f"but its shape is {x.array.shape}"
        )


def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """The product of two matrices (n, m) and (m, p), without broadcasting."""
    _expect("mm", input, 2, "input")
    _expect("mm", mat2, 2, "mat2")
    return matmul(input, mat2)


def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """The products of two stacks of matrices, (b, n, m) and (b, m, p), without broadcasting."""
    _expect("bmm", input, 3, "input")
    _expect("bmm", mat2, 3, "mat2")
    if input.array.shape[0] != mat2.array.shape[0]:
        raise RuntimeError(
            f"bmm: Expected size for first two dimensions of mat2 tensor to be: "
            f"[{input.array.shape[0]}, {input.array.shape[2]}] but got: {list(mat2.array.shape[:2])}."
        )
    return matmul(input, mat2)


def mv(input: Tensor, vec: Tensor) -> Tensor:
    """The product of a matrix (n, m) and a vector (m,)."""
    _expect("mv", input, 2, "input")
    _expect("mv", vec, 1, "vec")
    return matmul(input, vec)


def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """The inner product of two vectors of the same length."""
    _expect("dot", input, 1, "input")
    _expect("dot", tensor, 1, "tensor")
    return matmul(input, tensor)


def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """The outer product of two vectors (n,) and (m,): the products of all pairs of elements, (n, m)."""
    _expect("outer", input, 1, "input")
    _expect("outer", vec2, 1, "vec2")
    return mul(unsqueeze(input, 1), vec2)


ger = outer


@factors_first("beta", "alpha")
def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta · input + alpha · (mat1 @ mat2)."""
    return mixed(input, mm(mat1, mat2), beta, alpha)


def mixed(input: Tensor, product: Tensor, beta: Any, alpha: Any) -> Tensor:
    """beta · input + alpha · product; for integers, beta and alpha are truncated, and refused if out of range."""
    if product.array.dtype.kind in "iu":
        beta, alpha = (int(number_as(factor, input.array.dtype)) for factor in (beta, alpha))
    scaled = product if alpha == 1 else product * alpha
    return scaled if beta == 0 else scaled + (input if beta == 1 else input * beta)


@factors_first("beta", "alpha")
def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta · input + alpha · (mat @ vec)."""
    return mixed(input, mv(mat, vec), beta, alpha)


@factors_first("beta", "alpha")
def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta · input + alpha · (batch1 @ batch2)."""
    return mixed(input, bmm(batch1, batch2), beta, alpha)


def _factor(value: Any, *tensors: Tensor) -> Any:
    """The factor of a sum of tensors; of integers it is truncated, and must fit their dtype."""
    common = result_numpy(tuple(x.array for x in tensors))
    fitting = number_as(value, SINGLE if common == HALF else common)
    return int(fitting) if common.kind in "iu" else value


@factors_first("value")
def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Tensor:
    """input + value · tensor1 · tensor2."""
    return input + tensor1 * tensor2 * _factor(value, input, tensor1, tensor2)


@factors_first("value")
def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Tensor:
    """input + value · tensor1 / tensor2."""
    return input + tensor1 / tensor2 * value


@public_as_it_is
def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None, *, out: Any = None) -> Tensor:
    """The affine map of the last dim: input @ weight.T + bias.

    Args:
        input: (*, in_features).
        weight: (out_features, in_features), or (in_features,).
        bias: (out_features,).

    Raises:
        RuntimeError: the sizes do not align, or the dtypes differ.
    """
    if out is not None:
        return compute_into(out, linear, input, weight, bias)
    try:
        x, w = input.array, weight.array
        if not x.ndim and w.ndim:
            raise RuntimeError(
                f"linear: both arguments need to be at least 1D, but they are 0D and {w.ndim}D: "
                f"the input's last size must be in_features = {w.shape[-1]}; give it a dim with reshape(1)"
            )
        if w.ndim == 2 and x.shape[-1] != w.shape[1]:
            raise RuntimeError(
                f"linear: mat1 and mat2 shapes cannot be multiplied ({math.prod(x.shape[:-1])}x{x.shape[-1]} and "
                f"{w.shape[1]}x{w.shape[0]}): the input's last size must be in_features = {w.shape[1]}"
            )
        if w.ndim != 2 or (bias is None and x.ndim < 2):
            out = matmul(input, weight.t())
            return out if bias is None else out + bias
        if bias is not None and bias.array.shape != w.shape[:1]:
            raise RuntimeError(
                f"linear: the bias has shape {bias.array.shape}, but the weight {w.shape} expects {w.shape[:1]}: "
                "one number for each of the out_features"
            )
        if (kind := x.dtype) is not w.dtype or kind is HALF or (bias is not None and bias.array.dtype is not kind):
            _check_types("linear", input=input, weight=weight)
            if bias is not None:
                _check_types("linear", bias=bias, weight=weight)
            if kind == HALF:
                return in_single_precision(linear)(input, weight, bias)
        if x.ndim == 2 or x.flags.c_contiguous:
            return _linear(input, weight, bias)
        # Rows that are copied here, if at all, are not copied again in the backward.
        flat = _linear(to_shape(input, (math.prod(x.shape[:-1]), x.shape[-1])), weight, bias)
        return to_shape(flat, (*x.shape[:-1], w.shape[0]))
    except Exception as error:
        reraise(error, linear, input, weight, bias)


may_overlap.add(linear)


@with_own_memory
def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """The product of two tensors, summed over pairs of dims.

    Args:
        a, b: the tensors.
        dims: a number n, for the last n dims of `a` and the first n of `b`; or two lists, of dims of `a` and of `b`.

    Raises:
        RuntimeError: the sizes of paired dims differ, there are not n dims, the lists differ in length, or `dims` is
            neither an integer nor a list.
        IndexError: a dim is out of range.
        TypeError: the lists do not hold integers.
        ValueError: there are not two lists.
    """
    left, right = paired_dims(dims.tolist() if isinstance(dims, Tensor) else dims, a.array.ndim, b.array.ndim)
    for i, j in zip(left, right, strict=True):  # a size of 1 broadcasts: the other side is summed first
        m, n = a.array.shape[i], b.array.shape[j]
        a = sum_axes(a, (i,), True) if n == 1 != m else a
        b = sum_axes(b, (j,), True) if m == 1 != n else b
    return contract(a, b, left, right)


def contract(a: Tensor, b: Tensor, left: Sequence[int], right: Sequence[int]) -> Tensor:
    """The product of two tensors, summed over the dims `left` of `a` and `right` of `b`, in pairs.

    Raises:
        RuntimeError: the sizes of paired dims differ.
    """
    sizes = [a.array.shape[d] for d in left]
    if sizes != [b.array.shape[d] for d in right]:
        raise RuntimeError(
            f"tensordot: contracted dimensions need to match, but the sizes are {sizes} and "
            f"{[b.array.shape[d] for d in right]}"
        )
    a_free = [d for d in range(a.array.ndim) if d not in left]
    b_free = [d for d in range(b.array.ndim) if d not in right]
    inner = math.prod(sizes)
    rows = [a.array.shape[d] for d in a_free]
    cols = [b.array.shape[d] for d in b_free]
    first = a.permute((*a_free, *left)).reshape(math.prod(rows), inner)
    second = b.permute((*right, *b_free)).reshape(inner, math.prod(cols))
    return matmul(first, second).reshape((*rows, *cols))


def paired_dims(dims: Any, a_ndim: int, b_ndim: int) -> tuple[Sequence[int], Sequence[int]]:
    """The dims of `a` and of `b` that `tensordot` sums over in pairs."""
    if isinstance(dims, (int, np.integer)):
        if not 0 <= dims <= min(a_ndim, b_ndim):
            raise RuntimeError(
                f"tensordot: expected dims from 0 to {min(a_ndim, b_ndim)}, for tensors of {a_ndim} and {b_ndim} dims, "
                f"but got dims={dims}"
            )
        return range(a_ndim - dims, a_ndim), range(dims)
    if not isinstance(dims, (tuple, list)):
        raise RuntimeError(f"tensordot: dims must be an int, or a list of dims for each tensor, but got {dims!r}")
    if not all(isinstance(side, (tuple, list)) for side in dims):
        raise TypeError(f"tensordot: dims must have a list of dims for each tensor, but got {dims!r}")
    if len(dims) != 2:
        raise ValueError(f"tensordot: expected two lists of dims, one for each tensor, but got {len(dims)}: {dims!r}")
    left, right = (check_dims(side, ndim) or () for side, ndim in zip(dims, (a_ndim, b_ndim), strict=True))
    if len(left) != len(right):
        raise RuntimeError(f"tensordot: both lists of dims should have the same length, but got {dims!r}")
    return left, right


@with_own_memory
def kron(input: Tensor, other: Tensor) -> Tensor:
    """The Kronecker product: each element of `input` is replaced by its product with `other`."""
    ndim = max(input.array.ndim, other.array.ndim)
    a, b = ((1,) * (ndim - x.array.ndim) + x.array.shape for x in (input, other))
    left = input.reshape([n for size in a for n in (size, 1)])
    right = other.reshape([n for size in b for n in (1, size)])
    return (left * right).reshape([m * n for m, n in zip(a, b, strict=True)])


def inner(input: Tensor, other: Tensor) -> Tensor:
    """The products summed along the last dims; for vectors, the inner product."""
    return tensordot(input, other, ([-1], [-1])) if input.array.ndim and other.array.ndim else input * other


def vdot(input: Tensor, other: Tensor) -> Tensor:
    """The dot product of two vectors, with the first one conjugated."""
    return dot(conj(input), other)


@factors_first("beta", "alpha")
def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta · input + alpha · (the outer product of two vectors)."""
    product = outer(vec1, vec2)
    if product.array.dtype.kind == input.array.dtype.kind == "b":
        return (product & bool(alpha)) | (input & bool(beta))
    return mixed(input, product, beta, alpha)


@factors_first("beta", "alpha")
def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta · input + alpha · (batch1 @ batch2, summed over the batch)."""
    return mixed(input, total(bmm(batch1, batch2), 0), beta, alpha)


def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """The cross product of vectors along `dim`, by default along the first dim of size 3.

    Raises:
        RuntimeError: the dim does not have size 3, or the numbers of dims differ.
        IndexError: `dim` is out of range.
    """
    if input.array.ndim != other.array.ndim:
        raise RuntimeError(
            f"linalg.cross: inputs must have the same number of dimensions, but got {input.array.shape} and "
            f"{other.array.shape}"
        )
    if dim is None:
        dim = next((i for i, n in enumerate(input.array.shape) if n == 3), None)
    if dim is None:
        raise RuntimeError(f"linalg.cross: no dimension of size 3 in input, whose shape is {input.array.shape}")
    dim = check_dim_of("linalg.cross", dim, input.array.ndim)
    sizes = input.array.shape[dim], other.array.shape[dim]
    if sizes != (3, 3):
        raise RuntimeError(f"linalg.cross: inputs dimension {dim} must have length 3. Got {sizes[0]} and {sizes[1]}")
    return roll(input, -1, dim) * roll(other, 1, dim) - roll(input, 1, dim) * roll(other, -1, dim)


def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """The Vandermonde matrix of a vector: its powers as columns, from N - 1 down to 0, or up with `increasing`.

    Raises:
        RuntimeError: N is negative.
    """
    if N is not None and N < 0:
        raise RuntimeError(f"vander: N must be non-negative, but got {N}")
    powers = range(len(x.array) if N is None else check_count("vander: N", N))
    if not powers:
        return unsqueeze(x, 1)[:, :0]
    return stack([x**i for i in (powers if increasing else reversed(powers))], 1)
