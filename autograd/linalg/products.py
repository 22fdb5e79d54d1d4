"""Powers and products of matrices and vectors, and diagonals."""

from __future__ import annotations

import operator
from collections.abc import Sequence

import numpy as np

from ..core.operation import as_dtype
from ..core.tensor import Tensor, wrap
from ..ops.arguments import check_count
from ..ops.elementwise.complex_numbers import conj
from ..ops.matrix import functions, products
from ..ops.matrix.products import matmul
from ..ops.new_memory import with_own_memory
from ..ops.reduce import reductions
from ..ops.shape.diagonals import diagonal as _diagonal
from ..ops.shape.joining import atleast_1d, stack
from ..ops.shape.reshape import unsqueeze
from .checks import check_square
from .solvers import inv


@with_own_memory
def matrix_power(A: Tensor, n: int) -> Tensor:
    """The n-th power of each matrix, by repeated squaring; for negative n, the power of its inverse.

    Raises:
        LinAlgError: n is negative, and a matrix is singular.
        RuntimeError: the matrices are not square.

    >>> from autograd import tensor
    >>> matrix_power(tensor([[1.0, 1.0], [0.0, 1.0]]), 10)
    tensor([[ 1., 10.],
            [ 0.,  1.]])
    """
    n = operator.index(n)
    if A.array.ndim < 2 or A.array.shape[-1] != A.array.shape[-2]:
        raise RuntimeError(f"linalg.matrix_power: A must be batches of square matrices, but its shape is {A.shape}")
    size = A.array.shape[-1]
    if n < 0:
        return matrix_power(inv(A), -n)
    if n == 0:
        return A * 0 + wrap(np.eye(size, dtype=A.array.dtype))
    out = None
    while n:
        if n % 2:
            out = A if out is None else matmul(out, A)
        n //= 2
        A = matmul(A, A) if n else A
    assert out is not None
    return out


def matrix_exp(A: Tensor) -> Tensor:
    """The exponential of each square matrix (*, n, n): the sum of its powers Aⁿ/n!."""
    return functions.matrix_exp(check_square("linalg.matrix_exp", A))


@with_own_memory
def multi_dot(tensors: Sequence[Tensor]) -> Tensor:
    """The product of several matrices, in the order that needs the fewest multiplications.

    The first may be a vector, a row, and the last too, a column.

    Raises:
        RuntimeError: there are fewer than two, or their shapes do not match.
    """
    xs = list(tensors)
    if len(xs) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(xs)}")
    row, column = xs[0].array.ndim == 1, xs[-1].array.ndim == 1
    xs[0] = unsqueeze(xs[0], 0) if row else xs[0]
    xs[-1] = unsqueeze(xs[-1], 1) if column else xs[-1]
    for i, x in enumerate(xs):
        if x.array.ndim != 2 or (i and x.array.shape[0] != xs[i - 1].array.shape[1]):
            raise RuntimeError(
                f"multi_dot(): tensor {i} has shape {tuple(tensors[i].array.shape)}: expected matrices whose "
                "sizes match (the first and the last may be vectors)"
            )
    out = _product_in_best_order(xs)
    out = out[0] if row else out
    return out[..., 0] if column else out


def _product_in_best_order(xs: list[Tensor]) -> Tensor:
    """The product, with the cheapest parenthesization found by dynamic programming.

    Cormen, Leiserson, Rivest and Stein, "Introduction to Algorithms", 15.2.
    """
    sizes = [xs[0].array.shape[0], *(x.array.shape[1] for x in xs)]
    cost = {(i, i): 0 for i in range(len(xs))}
    cut = {}
    for length in range(1, len(xs)):
        for i in range(len(xs) - length):
            j = i + length
            prices = {k: cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1] for k in range(i, j)}
            cut[i, j] = min(prices, key=lambda k: prices[k])
            cost[i, j] = prices[cut[i, j]]

    def product(i: int, j: int) -> Tensor:
        return xs[i] if i == j else matmul(product(i, cut[i, j]), product(cut[i, j] + 1, j))

    return product(0, len(xs) - 1)


def cross(input: Tensor, other: Tensor, *, dim: int = -1) -> Tensor:
    """The cross product of the vectors along `dim`.

    Raises:
        RuntimeError: the size of `dim` is not 3.
    """
    return products.cross(input, other, dim)


def vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """The dot product Σ conj(x) · y of the vectors along `dim`, without that dim; the shapes broadcast."""
    return reductions.sum(conj(x) * y, dim)


def vander(x: Tensor, *, N: int | None = None) -> Tensor:
    """The Vandermonde matrix: the powers 0, 1, …, N - 1 of each element in a new last dim.

    Args:
        x: (*, n).
        N: the number of powers; n by default.

    Raises:
        RuntimeError: N is less than 2.
    """
    x = atleast_1d(x)
    count = x.array.shape[-1] if N is None else check_count("vander: N", N)
    if count <= 1 and N is not None:
        raise RuntimeError(f"N must be greater than 1, but got {N}")
    x = as_dtype(x, np.dtype(np.int64)) if x.array.dtype.kind in "iu" else x
    return stack([x**i for i in range(count)], -1)


def diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The diagonal of each matrix in two dims, as the last dim; that `offset` above the main one, or below if < 0."""
    return _diagonal(A, offset, dim1, dim2)
