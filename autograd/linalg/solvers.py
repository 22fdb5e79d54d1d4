"""Linear algebra under the names of `torch.linalg`: norms, inverses, decompositions, for stacks of matrices.

Matrices are in the last two dims. Everything has gradients, to any order; those of singular vectors and
eigenvectors exist only where the values are distinct.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import arranging
from ..base.dtypes import to_numpy_dtype
from ..core.operation import array_of, as_dtype
from ..core.tensor import Tensor, wrap
from ..ops.arguments import check_dims, numpy_names
from ..ops.creation.from_data import complex as as_complex
from ..ops.elementwise.arithmetic import abs as absolute, conj, imag, real
from ..ops.elementwise.elementary import cos, sin
from ..ops.elementwise.selection import where
from ..ops.matrix import functions
from ..ops.matrix.products import matmul
from ..ops.reduce import reductions
from ..ops.shape.joining import atleast_1d, stack
from ..ops.shape.reshape import diagonal as _diagonal, movedim, unsqueeze
from .factorizations import (
    SINGULAR,
    LinAlgError,
    cholesky,
    cholesky_ex,
    eig,
    eigh,
    eigvals,
    eigvalsh,
    floating,
    householder_product,
    lu,
    lu_factor,
    lu_factor_ex,
    lu_solve,
    qr,
    refuse,
    solve_triangular,
    square_matrices,
    svd,
    svdvals,
    zero_pivots,
)

__all__ = [
    "LinAlgError", "cholesky", "cholesky_ex", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals",
    "eigvalsh", "householder_product", "inv", "inv_ex", "lstsq", "lu", "lu_factor", "lu_factor_ex", "lu_solve",
    "matmul", "matrix_exp", "matrix_norm", "matrix_power", "matrix_rank", "multi_dot", "norm", "pinv", "qr",
    "slogdet", "solve", "solve_ex", "solve_triangular", "svd", "svdvals", "tensorinv", "tensorsolve", "vander",
    "vecdot", "vector_norm",
]  # fmt: skip


# -- norms --------------------------------------------------------------------------------------------


@numpy_names
def vector_norm(x: Tensor, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The norm (Σ |x|ᵖ)^(1/p) of all elements as one vector, or along `dim`; the slope at 0 is 0.

    Args:
        x: of any shape.
        ord: p: a number, inf, -inf, or 0 (how many are not 0).
        dim: one dim or several, which count as one vector.
        keepdim: keep them with size 1.
        dtype: convert to it first.

    >>> from autograd import tensor
    >>> vector_norm(tensor([3.0, 4.0]))
    tensor(5.)
    """
    x = floating("linalg.vector_norm", x if dtype is None else as_dtype(x, to_numpy_dtype(dtype)), 0)
    out = reductions.norm(x, ord, dim, keepdim)
    if not isinstance(ord, str) and ord < 0 and math.isfinite(ord):
        none = reductions.amin(absolute(wrap(x.array)), dim, keepdim)
        out = where(none.array == 0, 0, out)
    return out


@numpy_names
def matrix_norm(
    A: Tensor, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The norm of each matrix in two dims.

    Args:
        A: (*, m, n).
        ord: "fro": as one vector; "nuc": the sum of the singular values; 2, -2: the largest or the smallest of
            them; 1, -1: the largest or smallest sum of the sizes in a column; inf, -inf: in a row.
        dim: the two dims.
        keepdim: keep them with size 1.
        dtype: convert to it first.

    Raises:
        RuntimeError: the order is none of these, or `dim` does not name two dims.

    >>> from autograd import tensor
    >>> matrix_norm(tensor([[1.0, -2.0], [3.0, 4.0]]), 1)
    tensor(6.)
    """
    A = floating("linalg.matrix_norm", A if dtype is None else as_dtype(A, to_numpy_dtype(dtype)))
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
    reduce = reductions.sum if ord == "nuc" else reductions.amax if ord > 0 else reductions.amin
    out: Tensor = reduce(sizes, -1)
    if keepdim:
        for axis in sorted(dims):
            out = unsqueeze(out, axis)
    return out


@numpy_names
def norm(A: Tensor, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The norm of a vector or a matrix: by default that of all elements as one vector.

    Args:
        A: of any shape; with `ord` and without `dim`, a vector or a matrix.
        ord: as for `vector_norm` if `dim` is one dim, as for `matrix_norm` if it is two.
        dim: one dim or two.
        keepdim: keep them with size 1.
        dtype: convert to it first.

    Raises:
        RuntimeError: `ord` and `dim` do not fit the shape.

    >>> from autograd import tensor
    >>> norm(tensor([[3.0, 0.0], [0.0, -4.0]]), 2)
    tensor(4.)
    """
    pair = len(dim) == 2 if isinstance(dim, (list, tuple)) else dim is None and A.array.ndim == 2
    if ord is None:
        return vector_norm(A, 2, dim, keepdim, dtype=dtype)
    if dim is None and A.array.ndim not in (1, 2):
        raise RuntimeError(
            "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. "
            f"Got {A.array.ndim}D: name the dims, or use vector_norm"
        )
    if pair or isinstance(ord, str):
        return matrix_norm(A, ord, (-2, -1) if dim is None else dim, keepdim, dtype=dtype)
    return vector_norm(A, ord, dim, keepdim, dtype=dtype)


def cond(A: Tensor, p: Any = None) -> Tensor:
    """The condition number: the norm of A times that of its inverse; infinite for a singular matrix.

    Args:
        A: (*, m, n), square unless `p` is ±2.
        p: the matrix norm; None is 2.
    """
    if p is None or p in (2, -2):
        s = svdvals(A)
        ends = (s[..., 0], s[..., -1]) if p != -2 else (s[..., -1], s[..., 0])
        return ends[0] / ends[1]
    inverse = functions.inv(square_matrices("linalg.cond", A))
    out = matrix_norm(A, p) * matrix_norm(inverse, p)
    return where(np.isnan(inverse.array).any((-2, -1)), math.inf, out)


# -- determinants, inverses, equations ------------------------------------------------------------------


class Slogdet(NamedTuple):
    """A determinant as its sign and the logarithm of its size."""

    sign: Tensor
    logabsdet: Tensor


def det(A: Tensor) -> Tensor:
    """The determinant; its gradient is right for singular matrices too."""
    return functions.det(square_matrices("linalg.det", A))


def slogdet(A: Tensor) -> Slogdet:
    """The sign of the determinant and the logarithm of its size, which neither overflow nor underflow."""
    A = square_matrices("linalg.slogdet", A)
    out = functions.log_det(A)
    if A.array.dtype.kind != "c":
        return Slogdet(where(np.ones(out.array.shape, bool), wrap(np.linalg.slogdet(A.array)[0]), out), out)
    angle = imag(out)
    sign = where(np.isneginf(out.array.real), 0, as_complex(cos(angle), sin(angle)))
    return Slogdet(sign, real(out))


def inv(A: Tensor) -> Tensor:
    """The inverse.

    Raises:
        LinAlgError: a matrix is singular.

    >>> from autograd import tensor
    >>> inv(tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    out: Tensor = functions.inv(square_matrices("linalg.inv", A))
    refuse("linalg.inv", A, out, SINGULAR)
    return out


class InvEx(NamedTuple):
    """An inverse, and for each matrix 0 or the place of the first pivot that is 0, which counts from 1."""

    inverse: Tensor
    info: Tensor


class SolveEx(NamedTuple):
    """A solution, and for each matrix 0 or the place of the first pivot that is 0, which counts from 1."""

    result: Tensor
    info: Tensor


def inv_ex(A: Tensor, *, check_errors: bool = False) -> InvEx:
    """As `inv`, but a singular matrix is reported in `info` and not raised, unless asked for.

    Raises:
        LinAlgError: `check_errors`, and a matrix is singular.
    """
    if check_errors:
        inv(A)
    return InvEx(functions.inv(square_matrices("linalg.inv_ex", A)), zero_pivots(A))


def is_vector(A: Tensor, B: Tensor) -> bool:
    """Whether B is a vector for each matrix of A, not a matrix."""
    return B.array.ndim == 1 or (A.array.ndim - 1 == B.array.ndim and B.array.shape == A.array.shape[:-1])


def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """The X of AX = B, or of XA = B.

    Args:
        A: (*, n, n).
        B: (*, n, k) or (*, n); if not `left`, (*, k, n).
        left: on which side of X the matrix stands.

    Raises:
        LinAlgError: a matrix is singular.
        RuntimeError: the shapes do not fit.
    """
    A, vector = square_matrices("linalg.solve", A), is_vector(A, B)
    b = unsqueeze(B, -1) if vector else B
    a, b = (A, b) if left or vector else (A.mT, b.mT)
    if a.array.shape[-1] != b.array.shape[-2]:
        raise RuntimeError(
            f"linalg.solve: Incompatible shapes of A and B for the equation {'AX' if left else 'XA'} = B "
            f"({A.array.shape} and {B.array.shape})"
        )
    out: Tensor = functions.solve(a, b)
    refuse("linalg.solve", A, out if out.array.size else wrap(np.zeros((1, 1))), SINGULAR)
    return out[..., 0] if vector else out if left else out.mT


def solve_ex(A: Tensor, B: Tensor, *, left: bool = True, check_errors: bool = False) -> SolveEx:
    """As `solve`, and whether each matrix is singular, which raises nonetheless.

    Raises:
        LinAlgError: a matrix is singular.
    """
    return SolveEx(solve(A, B, left=left), zero_pivots(A))


def pinv(A: Tensor, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Tensor:
    """The Moore-Penrose inverse; its gradient is right as long as the rank stays.

    Args:
        A: (*, m, n).
        rcond: an older name of `rtol`.
        hermitian: read only the lower triangle, as of a Hermitian matrix.
        atol, rtol: singular values up to the larger of `atol` and `rtol` times the largest count as 0; by
            default max(m, n) times the precision of the type.
    """
    A = floating("linalg.pinv", A)
    if hermitian:
        square_matrices("linalg.pinv", A)
    least, relative = _thresholds(A, atol, rcond if rtol is None else rtol)
    if 0 in A.array.shape:
        return matmul(A.mT, wrap(np.zeros((A.array.shape[-2],) * 2, A.array.dtype)))
    return functions.pinv(A, least, relative, hermitian)


def _thresholds(A: Tensor, atol: Any, rtol: Any) -> tuple[Any, Any]:
    """The absolute and the relative size up to which a singular value counts as 0, for vectors of them."""
    if rtol is None:
        nothing = atol is None or not np.any(np.asarray(array_of(atol)) > 0)
        rtol = max(A.array.shape[-2:]) * float(np.finfo(A.array.dtype).eps) if nothing else 0.0
    least, relative = (np.asarray(array_of(0.0 if v is None else v))[..., None] for v in (atol, rtol))
    return least, relative


def matrix_rank(A: Tensor, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Tensor:
    """How many singular values count as more than 0, by the thresholds of `pinv`; `tol` is an older name of `atol`."""
    A = floating("linalg.matrix_rank", A)
    x = A.detach()
    s = (absolute(eigvalsh(x)) if hermitian else svdvals(x)).array
    if tol is not None:
        atol, rtol = tol, 0.0
    least, relative = _thresholds(A, atol, rtol)
    top = np.max(s, -1, keepdims=True, initial=0)
    return wrap(np.sum(s > np.maximum(least, relative * top), -1))


class Lstsq(NamedTuple):
    """A solution by least squares, and what is known of it."""

    solution: Tensor
    residuals: Tensor
    rank: Tensor
    singular_values: Tensor


def lstsq(A: Tensor, B: Tensor, rcond: float | None = None, *, driver: str | None = None) -> Lstsq:
    """The smallest X for which |AX - B|² is least.

    Args:
        A: (*, m, n).
        B: (*, m, k) or (*, m).
        rcond: as `rtol` of `pinv`.
        driver: "gels", "gelsy" (the default), "gelsd" or "gelss": which of the ranks and singular values are given.

    Raises:
        RuntimeError: the driver is none of these.
    """
    if driver not in (None, "gels", "gelsy", "gelsd", "gelss"):
        raise RuntimeError(
            f"linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss), but got {driver!r}"
        )
    vector = is_vector(floating("linalg.lstsq", A), B)
    b = unsqueeze(B, -1) if vector else B
    m, n = A.array.shape[-2:]
    solution = matmul(pinv(A, rtol=rcond), b)
    rank = matrix_rank(A, rtol=rcond)
    size = absolute(matmul(A, solution) - b)
    known = m > n and driver not in (None, "gelsy") and np.all(rank.array == n)
    residuals = reductions.sum(size * size, -2) if known else size.reshape(-1)[:0]
    return Lstsq(
        solution[..., 0] if vector else solution,
        residuals,
        wrap(np.zeros(0, np.int64)) if driver == "gels" else rank,
        svdvals(A.detach()) if driver in ("gelsd", "gelss") else wrap(np.zeros(0, A.array.real.dtype)),
    )


def tensorinv(A: Tensor, ind: int = 2) -> Tensor:
    """The inverse of `A` as a map of its last dims, from dim `ind` on, to its first.

    Raises:
        RuntimeError: `ind` is not positive, or the sizes on both sides have different products.
    """
    if ind <= 0:
        raise RuntimeError(f"linalg.tensorinv: Expected a strictly positive integer for 'ind', got {ind}")
    to, of = A.array.shape[:ind], A.array.shape[ind:]
    if math.prod(to) != math.prod(of):
        raise RuntimeError(
            f"linalg.tensorinv: Expected self to satisfy the requirement prod(self.shape[ind:]) == "
            f"prod(self.shape[:ind]), but got {math.prod(of)} != {math.prod(to)}"
        )
    return inv(A.reshape(math.prod(to), math.prod(of))).reshape((*of, *to))


def tensorsolve(A: Tensor, B: Tensor, dims: Sequence[int] | None = None) -> Tensor:
    """The X of `tensordot(A, X, X.ndim) = B`; the dims of A that are named go to its end first.

    Raises:
        RuntimeError: the sizes do not fit.
    """
    if dims is not None:
        A = movedim(A, tuple(dims), tuple(range(A.array.ndim - len(dims), A.array.ndim)))
    shape = A.array.shape[B.array.ndim :]
    if math.prod(shape) != B.array.size:
        raise RuntimeError(
            "linalg.tensorsolve: Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == "
            f"prod(self.shape[:other.ndim]), but got {math.prod(shape)} != {B.array.size}"
        )
    return solve(A.reshape(B.array.size, -1), B.reshape(-1)).reshape(shape)


# -- products, powers, diagonals --------------------------------------------------------------------------


def matrix_power(A: Tensor, n: int) -> Tensor:
    """The product of n times A, by squaring; for negative n of its inverse.

    Raises:
        LinAlgError: n is negative and a matrix is singular.

    >>> from autograd import tensor
    >>> matrix_power(tensor([[1.0, 1.0], [0.0, 1.0]]), 10)
    tensor([[ 1., 10.],
            [ 0.,  1.]])
    """
    if n < 0:
        return matrix_power(inv(A), -n)
    size = A.array.shape[-1]
    if A.array.ndim < 2 or A.array.shape[-2] != size:
        raise RuntimeError(f"linalg.matrix_power: A must be batches of square matrices, but its shape is {A.shape}")
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
    """The exponential of each square matrix: the sum of its powers Aⁿ/n!."""
    return functions.matrix_exp(square_matrices("linalg.matrix_exp", A))


def multi_dot(tensors: Sequence[Tensor]) -> Tensor:
    """The product of several matrices, in the order that costs the fewest multiplications.

    The first and the last may be vectors: a row and a column.

    Raises:
        RuntimeError: there are fewer than two, or their shapes do not fit.
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
                f"multi_dot(): tensor {i} has shape {tuple(tensors[i].array.shape)}: expected matrices that align, "
                "of which the first and the last may be vectors"
            )
    out = _in_best_order(xs)
    out = out[0] if row else out
    return out[..., 0] if column else out


def _in_best_order(xs: list[Tensor]) -> Tensor:
    """The product by the cheapest tree: Cormen, Leiserson, Rivest and Stein, "Introduction to Algorithms", 15.2."""
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
    """The vector product along `dim`, of size 3.

    Raises:
        RuntimeError: the size is not 3.
    """
    return arranging.cross(input, other, dim)


def vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """The inner products along `dim`, of which the first factor is conjugated."""
    return reductions.sum(conj(x) * y, dim)


def vander(x: Tensor, *, N: int | None = None) -> Tensor:
    """The powers 0, 1, … N - 1 of each element, as a new last dim; N is the last size unless it is given.

    Raises:
        RuntimeError: N is not at least 2.
    """
    x = atleast_1d(x)
    count = x.array.shape[-1] if N is None else N
    if count <= 1 and N is not None:
        raise RuntimeError(f"N must be greater than 1, but got {N}")
    return stack([x**i for i in range(count)], -1)


def diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The diagonals of the matrices in two dims, as the last dim."""
    return _diagonal(A, offset, dim1, dim2)
