"""Norms of vectors and matrices, and the condition number."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.public import numpy_names
from ..core.tensor import Tensor
from ..ops.arguments import check_dims
from ..ops.elementwise.arithmetic import abs as absolute
from ..ops.elementwise.selection import where
from ..ops.half_precision import in_single_precision
from ..ops.matrix import functions
from ..ops.reduce import reductions
from ..ops.shape.reshape import movedim, unsqueeze
from .checks import check_floating, check_square
from .factorizations import svdvals


@numpy_names
@in_single_precision
def vector_norm(x: Tensor, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The vector norm (Σ |x|ᵖ)^(1/p) of all elements, or along `dim`; its gradient at 0 is 0.

    Args:
        x: of any shape.
        ord: p: a number, inf, -inf, or 0 (the number of nonzero elements).
        dim: one dim, or several, which are flattened into one vector.
        keepdim: keep the reduced dims with size 1.
        dtype: convert to this dtype first, which must be as wide.

    Raises:
        RuntimeError: the elements are integers, or `dtype` is narrower than theirs.

    >>> from autograd import tensor
    >>> vector_norm(tensor([3.0, 4.0]))
    tensor(5.)
    """
    x = check_floating("linalg.vector_norm", reductions.widened("linalg.vector_norm", x, dtype), 0)
    return reductions.norm(x, ord, dim, keepdim)


@numpy_names
@in_single_precision
def matrix_norm(
    A: Tensor, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The matrix norm of the matrices in two dims.

    Args:
        A: (*, m, n).
        ord: "fro": the vector norm of all elements; "nuc": the sum of the singular values; 2, -2: the largest, the
            smallest singular value; 1, -1: the largest, the smallest sum of absolute values of a column; inf, -inf:
            the same of a row.
        dim: the two dims.
        keepdim, dtype: as for `vector_norm`.

    Raises:
        RuntimeError: another order, or `dim` does not name two dims.

    >>> from autograd import tensor
    >>> matrix_norm(tensor([[1.0, -2.0], [3.0, 4.0]]), 1)
    tensor(6.)
    """
    A = check_floating("linalg.matrix_norm", reductions.widened("linalg.matrix_norm", A, dtype))
    dims = check_dims(dim, A.array.ndim)
    if dims is None or len(dims) != 2:
        raise RuntimeError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {dim}")
    if ord == "fro":
        return vector_norm(A, 2, dims, keepdim)
    if ord not in ("nuc", 1, -1, 2, -2, math.inf, -math.inf):
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported: it is 'fro', 'nuc', ±1, ±2 or ±inf")
    x = movedim(A, dims, (-2, -1))
    singular = ord == "nuc" or abs(ord) == 2
    sizes = svdvals(x) if singular else reductions.sum(absolute(x), -2 if abs(ord) == 1 else -1)
    summed = ord == "nuc" or (ord > 0 and not sizes.array.shape[-1])  # the largest of no sizes is 0, as their sum
    reduce = reductions.sum if summed else reductions.amax if ord > 0 else reductions.amin
    out: Tensor = reduce(sizes, -1)
    if keepdim:
        for axis in sorted(dims):
            out = unsqueeze(out, axis)
    return out


@numpy_names
@in_single_precision
def norm(A: Tensor, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The vector or matrix norm; by default the Euclidean norm of all elements.

    Args:
        A: of any shape; 1-D or 2-D if `ord` is given and `dim` is not.
        ord: as for `vector_norm` if `dim` is one dim, as for `matrix_norm` if it is two.
        dim: one dim or two.
        keepdim, dtype: as for `vector_norm`.

    Raises:
        RuntimeError: `ord` is given without `dim`, and A is not 1-D or 2-D; or `dim` has more than two dims.

    >>> from autograd import tensor
    >>> norm(tensor([[3.0, 0.0], [0.0, -4.0]]), 2)
    tensor(4.)
    """
    if isinstance(dim, (list, tuple)) and len(dim) not in (1, 2):
        raise RuntimeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(dim)}")
    pair = len(dim) == 2 if isinstance(dim, (list, tuple)) else dim is None and A.array.ndim == 2
    if ord is None:
        return vector_norm(A, 2, dim, keepdim, dtype=dtype)
    if dim is None and A.array.ndim not in (1, 2):
        raise RuntimeError(
            "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. "
            f"Got {A.array.ndim}D: pass dim=, or use vector_norm"
        )
    if pair or isinstance(ord, str):
        return matrix_norm(A, ord, (-2, -1) if dim is None else dim, keepdim, dtype=dtype)
    return vector_norm(A, ord, dim, keepdim, dtype=dtype)


def cond(A: Tensor, p: Any = None) -> Tensor:
    """The condition number: the norm of A times the norm of its inverse; infinite for a singular matrix.

    Args:
        A: (*, m, n), square unless `p` is ±2.
        p: the order of the matrix norm; None is 2.

    Returns:
        (*); 0 for matrices without elements.
    """
    if 0 in A.array.shape[-2:] and not isinstance(p, str):
        return reductions.sum(A, (-2, -1))
    if p is None or p in (2, -2):
        s = svdvals(A)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    inverse = functions.inv(check_square("linalg.cond", A))
    out = matrix_norm(A, p) * matrix_norm(inverse, p)
    return where(np.isnan(inverse.array).any((-2, -1)), math.inf, out)
