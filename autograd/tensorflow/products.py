"""Products and norms of tensors, and clipping by norm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.tensor import Tensor
from ..linalg import norms
from ..ops.elementwise import complex_numbers, selection
from ..ops.matrix import functions, products as core
from ..ops.matrix.einsum import einsum as einsum_of_tensors
from ..ops.shape import reshape
from . import elementwise
from .elementwise import floats, pair
from .reductions import axes_of, reduce_euclidean_norm, reduce_max, reduce_sum
from .tensors import EagerTensor, checked, operation, tensor_of

#: The names at the top level of `autograd.tensorflow`; the others are in tf.linalg, tf.math or tf.nn.
__all__ = ["clip_by_global_norm", "clip_by_norm", "einsum", "matmul", "norm", "tensordot"]


@operation("MatMul")
def matmul(
    a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False, adjoint_a: bool = False,
    adjoint_b: bool = False, a_is_sparse: bool = False, b_is_sparse: bool = False, output_type: Any = None,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """The matrix product a · b of shapes (..., n, m) and (..., m, p); either matrix can be transposed first.

    `adjoint_a` and `adjoint_b` also conjugate it; `a_is_sparse` and `b_is_sparse` have no effect.

    Raises:
        InvalidArgumentError: an operand is not a matrix, the dtypes differ, or the sizes do not fit.

    >>> print(matmul([[1.0, 2.0]], [[3.0, 4.0]], transpose_b=True))
    tf.Tensor([[11.]], shape=(1, 1), dtype=float32)
    """
    x, y = pair("MatMul", a, b)
    if x.array.ndim < 2 or y.array.ndim < 2:
        raise RuntimeError(
            f"In[0] and In[1] ndims must be >= 2, but the shapes are {x.shape} and {y.shape}; use tf.linalg.matvec or "
            "tf.tensordot for vectors"
        )
    left = _turned("a", x, transpose_a, adjoint_a)
    right = _turned("b", y, transpose_b, adjoint_b)
    if left.array.shape[-1] != right.array.shape[-2]:
        raise RuntimeError(
            f"Matrix size-incompatible: In[0]: {list(x.array.shape)}, In[1]: {list(y.array.shape)}, transpose_a="
            f"{transpose_a}, transpose_b={transpose_b}: the inner sizes must be equal"
        )
    out = core.matmul(left, right)
    return out if output_type is None else elementwise.cast(EagerTensor.result(out), output_type)


def _turned(letter: str, x: Tensor, transpose: bool, adjoint: bool) -> Tensor:
    if transpose and adjoint:
        raise ValueError(f"Only one of `transpose_{letter}` and `adjoint_{letter}` can be True.")
    return functions.adjoint(x) if adjoint else reshape.transpose(x, -1, -2) if transpose else x


@operation("MatVec")
def matvec(
    a: Any, b: Any, transpose_a: bool = False, adjoint_a: bool = False, a_is_sparse: bool = False,
    b_is_sparse: bool = False, name: str | None = None,
) -> Tensor:  # fmt: skip
    """The product of a matrix (..., n, m) and a vector (..., m)."""
    x, y = pair("MatVec", a, b)
    column = reshape.unsqueeze(y, -1)
    return reshape.squeeze(matmul(x, column, transpose_a=transpose_a, adjoint_a=adjoint_a), -1)


@operation("Einsum")
def einsum(equation: str, *inputs: Any, optimize: str = "greedy", name: str | None = None) -> Tensor:
    """Sums of products over named axes, in Einstein's notation.

    >>> print(einsum("ij,j->i", [[1.0, 2.0]], [3.0, 4.0]))
    tf.Tensor([11.], shape=(1,), dtype=float32)
    """
    return einsum_of_tensors(equation, *[tensor_of(x) for x in inputs])


@operation("Tensordot")
def tensordot(a: Any, b: Any, axes: Any, name: str | None = None) -> Tensor:
    """Sums of products over pairs of axes.

    Args:
        axes: a number n, for the last n axes of `a` and the first n of `b`, or the axes of `a` and those of `b`.
    """
    x, y = pair("MatMul", a, b)
    if not isinstance(axes, int):
        axes = tuple([part] if isinstance(part, int) else [int(i) for i in part] for part in axes)
    return core.contract(x, y, *core.paired_dims(axes, x.array.ndim, y.array.ndim))


@operation("Norm")
def norm(
    tensor: Any, ord: Any = "euclidean", axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """The norm of all elements, or along axes: "euclidean", 1, 2, any p > 0, or infinity.

    The Euclidean norm of complex numbers is √Σ|x|², as a complex number.

    Raises:
        ValueError: `ord` is not supported.
    """
    x, axes = floats("Norm", tensor), axes_of(axis)
    if axes == () or isinstance(axes, tuple) and (len(axes) > 2 or len(set(axes)) < len(axes)):
        raise ValueError(f"'axis' must be None, an integer, or a tuple of 2 unique integers, got {axis!r}")
    if isinstance(axes, tuple) and len(axes) == 2 and ord not in ("euclidean", "fro"):
        return norms.matrix_norm(x, ord, axes, keepdims)
    if ord in ("euclidean", "fro", 2):
        return reduce_euclidean_norm(x, axes, keepdims)
    if not isinstance(ord, (int, float)) or ord <= 0:
        raise ValueError(f"'ord' must be a supported vector norm ('euclidean', 1, 2, inf or p > 0), got {ord!r}")
    size = elementwise.abs(x)
    if ord == float("inf"):
        return reduce_max(size, axes, keepdims)
    if ord == 1:
        return reduce_sum(size, axes, keepdims)
    return reduce_sum(size**ord, axes, keepdims) ** (1.0 / ord)


@operation("L2Normalize")
def l2_normalize(x: Any, axis: Any = None, epsilon: float = 1e-12, name: str | None = None) -> Tensor:
    """`x` divided by max(its Euclidean norm along axes, √epsilon)."""
    t = floats("L2Normalize", x)
    square = reduce_sum(_real_square(t), axis, keepdims=True)
    scale = elementwise.rsqrt(elementwise.maximum(square, epsilon))
    return elementwise.multiply(t, elementwise.cast(scale, t.dtype))


def _real_square(x: Tensor) -> EagerTensor:
    """|x|² as real numbers."""
    square = elementwise.squared_size(x)
    return EagerTensor.result(complex_numbers.real(square) if x.array.dtype.kind == "c" else square)


@operation("ClipByNorm")
def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None, name: str | None = None) -> Tensor:
    """`t`, scaled down to the Euclidean norm `clip_norm` if its norm is larger."""
    x = floats("ClipByNorm", t)
    square = reduce_sum(elementwise.square(x), axes, keepdims=True)
    positive = square.array > 0
    # The derivative of √x at 0 is infinite, so √1 is computed instead and discarded.
    length = elementwise.sqrt(EagerTensor.result(selection.where(positive, square, 1.0)))
    length = EagerTensor.result(selection.where(positive, length, square))
    return elementwise.divide(elementwise.multiply(x, clip_norm), elementwise.maximum(length, clip_norm))


@checked("GlobalNorm")
def global_norm(t_list: Sequence[Any], name: str | None = None) -> EagerTensor:
    """The Euclidean norm of all elements of all tensors; None in the list is skipped."""
    squares = [reduce_sum(elementwise.square(floats("GlobalNorm", t))) for t in t_list if t is not None]
    total = squares[0]
    for square in squares[1:]:
        total = elementwise.add(total, square)
    return elementwise.sqrt(total)


@checked("ClipByGlobalNorm")
def clip_by_global_norm(
    t_list: Sequence[Any], clip_norm: Any, use_norm: Any = None, name: str | None = None
) -> tuple[list[EagerTensor | None], EagerTensor]:
    """All tensors scaled by one factor, so that their global norm is at most `clip_norm`, and the norm before.

    Raises:
        TypeError: `t_list` is not a list or tuple.
    """
    if not isinstance(t_list, (list, tuple)):
        raise TypeError(f"`t_list` should be a sequence of Tensors; got type {type(t_list).__name__}")
    norm_ = global_norm(t_list) if use_norm is None else tensor_of(use_norm)
    if not np.isfinite(norm_.array):
        return [None if t is None else t * float("nan") for t in t_list], norm_
    factor = elementwise.divide(clip_norm, elementwise.maximum(norm_, clip_norm))
    return [None if t is None else elementwise.multiply(tensor_of(t), factor) for t in t_list], norm_
