"""Matrix decompositions as `torch.linalg` has them: checked arguments, separate factors, named results.

The primitives and their derivatives are in `ops/matrix/decompositions.py`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..base.dtypes import Array
from ..base.numpy_warnings import silenced
from ..core.tensor import Tensor, wrap
from ..ops.elementwise.complex_numbers import conj, real
from ..ops.matrix import decompositions, functions
from ..ops.matrix.decompositions import eliminated, order_of, parts, svd_shapes
from ..ops.matrix.functions import LinAlgError, adjoint
from ..ops.matrix.products import matmul
from ..ops.new_memory import with_own_memory
from ..ops.shape.diagonals import tril, triu
from ..ops.shape.indexing import take_along_dim
from ..ops.shape.joining import cat
from .checks import check_equation, check_floating, check_square, raise_for


def solve_triangular(A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Tensor:
    """The solution X of AX = B, or of XA = B, for triangular A; the other triangle of A is not read.

    Args:
        A: (*, n, n).
        B: (*, n, k); (*, k, n) if `left` is False.
        upper: whether A is upper or lower triangular.
        left: whether to solve AX = B or XA = B.
        unitriangular: whether to take the diagonal as ones.

    Returns:
        X, of the shape of B; infinite or NaN where the diagonal of A has a 0.

    Raises:
        RuntimeError: A is not square, or the sizes of A and B do not match.
    """
    A = check_square("linalg.solve_triangular", A)
    check_equation("linalg.solve_triangular", A, B, left)
    side = 1 if unitriangular else 0
    triangle = triu(A, side) if upper else tril(A, -side)
    if unitriangular:
        triangle = triangle + wrap(np.eye(A.array.shape[-1], dtype=A.array.dtype))
    return functions.solve(triangle, B) if left else functions.solve(triangle.mT, B.mT).mT


# -- Cholesky -----------------------------------------------------------------------------------------


class CholeskyEx(NamedTuple):
    """A Cholesky factor; `info` is 0, or the order of the first leading minor that is not positive."""

    L: Tensor
    info: Tensor


def cholesky(A: Tensor, *, upper: bool = False) -> Tensor:
    """The lower triangular L of A = LLᴴ, or Lᴴ if `upper`, for Hermitian positive definite matrices A, (*, n, n).

    Only the lower triangle of A is read.

    Raises:
        LinAlgError: a matrix is not positive definite.
        RuntimeError: the matrices are not square.

    >>> from autograd import tensor
    >>> cholesky(tensor([[4.0, 2.0], [2.0, 2.0]]))
    tensor([[2., 0.],
            [1., 1.]])
    """
    out: Tensor = decompositions.cholesky(check_square("linalg.cholesky", A))
    raise_for("linalg.cholesky", np.isnan(out.array).any((-2, -1)), "is not positive-definite")
    return adjoint(out) if upper else out


def cholesky_ex(A: Tensor, *, upper: bool = False, check_errors: bool = False) -> CholeskyEx:
    """Like `cholesky`, but `info` reports a matrix that is not positive definite, and nothing is raised.

    Raises:
        LinAlgError: `check_errors` is True, and a matrix is not positive definite.
    """
    out: Tensor = decompositions.cholesky(check_square("linalg.cholesky_ex", A))
    if check_errors:
        raise_for("linalg.cholesky_ex", np.isnan(out.array).any((-2, -1)), "is not positive-definite")
    failed = np.isnan(out.array).any((-2, -1))
    info = np.zeros(failed.shape, np.int32)
    for place in zip(*np.nonzero(failed), strict=True) if failed.ndim else [()] if failed else []:
        info[place] = _failing_minor(A.array[place])
    return CholeskyEx(adjoint(out) if upper else out, wrap(info[()]))


@silenced
def _failing_minor(A: Array) -> int:
    """The order of the first leading minor that is not positive definite, or that is not finite."""
    for k in range(1, len(A) + 1):
        minor = A[:k, :k]
        if not np.isfinite(np.tril(minor)).all() or not np.linalg.eigvalsh(minor)[0] > 0:
            return k
    return 0


# -- LU -----------------------------------------------------------------------------------------------


class LUFactor(NamedTuple):
    """L below the diagonal and U on and above it; at step i, row i was swapped with row pivots[i], counted from 1."""

    LU: Tensor
    pivots: Tensor


class LUFactorEx(NamedTuple):
    """Like `LUFactor`; `info` is 0, or the index of the first zero pivot, counted from 1."""

    LU: Tensor
    pivots: Tensor
    info: Tensor


class LU(NamedTuple):
    """The factors of A = PLU."""

    P: Tensor
    L: Tensor
    U: Tensor


def _lu_factor(name: str, A: Tensor, pivot: bool) -> LUFactorEx:
    """The LU decomposition of matrices of any shape: that of the square part, and solutions for the rest."""
    A = check_floating(name, A)
    if not pivot:
        raise RuntimeError(f"{name}: LU without pivoting is not implemented on the CPU: use pivot=True")
    _, pivots = eliminated(A.array, True)
    m, n = A.array.shape[-2:]
    k = min(m, n)
    order = order_of(pivots, m)[..., None]
    x = take_along_dim(A, wrap(np.broadcast_to(order, A.array.shape).copy()), -2)
    out: Tensor = decompositions.lu_factor(x[..., :k, :k])
    if n > m:
        out = cat([out, solve_triangular(out, x[..., k:], upper=False, unitriangular=True)], -1)
    elif m > n:
        out = cat([out, solve_triangular(out, x[..., k:, :], upper=True, left=False)], -2)
    return LUFactorEx(out, wrap(pivots), zero_pivots(A))


def zero_pivots(A: Tensor) -> Tensor:
    """For each matrix 0, or the index of the first zero pivot of its elimination, counted from 1."""
    zero = np.diagonal(eliminated(A.array, True)[0], 0, -2, -1) == 0
    return wrap(np.where(zero.any(-1), np.argmax(zero, -1) + 1 if zero.shape[-1] else 0, 0).astype(np.int32)[()])


def lu_factor(A: Tensor, *, pivot: bool = True) -> LUFactor:
    """The LU decomposition PᵀA = LU, with L and U in one matrix and P as pivots.

    Raises:
        LinAlgError: a pivot is 0.
    """
    LU, pivots, info = _lu_factor("linalg.lu_factor", A, pivot)
    if np.any(info.array):
        raise LinAlgError(
            f"linalg.lu_factor: a pivot is exactly zero (index of the first, counted from 1: {info.array.tolist()}); "
            "linalg.lu_factor_ex returns the factors all the same"
        )
    return LUFactor(LU, pivots)


def lu_factor_ex(A: Tensor, *, pivot: bool = True, check_errors: bool = False) -> LUFactorEx:
    """Like `lu_factor`, but `info` reports a zero pivot, and nothing is raised.

    Raises:
        LinAlgError: `check_errors` is True, and a pivot is 0.
    """
    if check_errors:
        lu_factor(A, pivot=pivot)
    return _lu_factor("linalg.lu_factor_ex", A, pivot)


def lu(A: Tensor, *, pivot: bool = True) -> LU:
    """The factors of A = PLU: a permutation, a lower triangular matrix with unit diagonal, an upper triangular one."""
    factors, pivots, _ = _lu_factor("linalg.lu", A, pivot)
    return lu_unpack(factors, pivots)


def lu_unpack(LU_data: Tensor, LU_pivots: Tensor, unpack_data: bool = True, unpack_pivots: bool = True) -> LU:
    """P, L and U from the result of `lu_factor`; a factor that is not requested is an empty tensor.

    Raises:
        RuntimeError: the pivots are not integers from 1 to the number of rows, one for each elimination.
    """
    m, n = check_floating("lu_unpack", LU_data).array.shape[-2:]
    k, kind = min(m, n), LU_data.array.dtype
    empty = wrap(np.zeros(0, kind))
    permutation, left, right = empty, empty, empty
    if unpack_pivots:
        pivots = LU_pivots.array
        if pivots.dtype.kind not in "iu" or pivots.shape[-1:] != (k,) or not np.all((pivots >= 1) & (pivots <= m)):
            raise RuntimeError(
                f"lu_unpack: expected LU_pivots as lu_factor returns them, (*, {k}) integers from 1 to {m}, but got "
                f"{LU_pivots.dtype} of shape {pivots.shape}"
            )
        order = order_of(pivots, m)
        permutation = wrap((np.arange(m)[:, None] == order[..., None, :]).astype(kind))
    if unpack_data:
        left = tril(LU_data[..., :k], -1) + wrap(np.eye(m, k, dtype=kind))
        right = triu(LU_data[..., :k, :])
    return LU(permutation, left, right)


def lu_solve(LU: Tensor, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False) -> Tensor:
    """The solution X of AX = B, or of XA = B, from the result of `lu_factor(A)`.

    Args:
        LU, pivots: (*, n, n) and (*, n), as `lu_factor` returns them.
        B: (*, n, k); (*, k, n) if `left` is False.
        left: whether to solve AX = B or XA = B.
        adjoint: whether to solve for Aᴴ in place of A.

    Raises:
        RuntimeError: A is not square, the sizes of A and B do not match, or the pivots do not fit A.
    """
    check_equation("linalg.lu_solve", check_square("linalg.lu_solve", LU), B, left)
    permutation, lower, upper = lu_unpack(LU, pivots)
    if not left:
        return conj(lu_solve(LU, pivots, conj(B.mT), adjoint=not adjoint).mT)
    if adjoint:
        y = solve_triangular(conj(upper.mT), B, upper=False)
        return matmul(permutation, solve_triangular(conj(lower.mT), y, upper=True, unitriangular=True))
    y = solve_triangular(lower, matmul(permutation.mT, B), upper=False, unitriangular=True)
    return solve_triangular(upper, y, upper=True)


# -- QR -----------------------------------------------------------------------------------------------


class QR(NamedTuple):
    """The factors of A = QR."""

    Q: Tensor
    R: Tensor


@with_own_memory
def qr(A: Tensor, mode: str = "reduced") -> QR:
    """The orthonormal Q and the upper triangular R of A = QR.

    Args:
        A: (*, m, n).
        mode: "reduced": Q is (*, m, min(m, n)); "complete": Q is (*, m, m), and no gradient flows through its
            additional columns; "r": Q is empty, and R has no gradient.

    Raises:
        RuntimeError: another mode.
    """
    A = check_floating("linalg.qr", A)
    m, n = A.array.shape[-2:]
    if mode == "r":
        return QR(wrap(np.zeros(0, A.array.dtype)), wrap(decompositions.numpy_qr(A.array, "r")))
    if mode not in ("reduced", "complete"):
        raise RuntimeError(f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or "
                           "'complete'")  # fmt: skip
    if mode == "complete" and m > n:
        q, r = (wrap(x) for x in decompositions.numpy_qr(A.array, "complete"))
        if A.requires_grad:
            reduced = qr(A)
            q = cat([reduced.Q, q[..., n:]], -1)
            r = cat([reduced.R, r[..., n:, :]], -2)
        return QR(q, r)
    k = min(m, n)
    q, r = parts(decompositions.qr(A[..., :k]), (m, k), (k, k))
    return QR(q, r if k == n else cat([r, matmul(adjoint(q), A[..., k:])], -1))


def householder_product(A: Tensor, tau: Tensor) -> Tensor:
    """The first n columns of the product of the k Householder reflections I - τᵢ vᵢ vᵢᴴ.

    Args:
        A: (*, m, n), m >= n; column i holds vᵢ below the diagonal. vᵢ is 1 on the diagonal and 0 above it.
        tau: (*, k), k <= n.

    Returns:
        (*, m, n).

    Raises:
        RuntimeError: A has fewer rows than columns, or fewer columns than there are reflections.
    """
    A = check_floating("linalg.householder_product", A)
    m, n = A.array.shape[-2:]
    k = tau.array.shape[-1] if tau.array.ndim else 0
    if m < n or n < k:
        raise RuntimeError(
            "linalg.householder_product: A must have at least as many rows as columns, and at least as many columns as "
            f"tau has elements, but A has shape {A.array.shape} and tau {tau.array.shape}"
        )
    out = wrap(np.eye(m, n, dtype=A.array.dtype))
    if not k:
        return out + A * 0
    vectors = tril(A[..., :k], -1) + wrap(np.eye(m, k, dtype=A.array.dtype))
    out = out + wrap(np.zeros((*A.array.shape[:-2], 1, 1), A.array.dtype))
    for i in reversed(range(k)):
        v = vectors[..., i : i + 1]
        out = out - matmul(v, matmul(adjoint(v), out)) * tau[..., i, None, None]
    return out


# -- eigenvalues ---------------------------------------------------------------------------------------


class Eigen(NamedTuple):
    """Eigenvalues, and eigenvectors as columns."""

    eigenvalues: Tensor
    eigenvectors: Tensor


@with_own_memory
def eigh(A: Tensor, UPLO: str = "L") -> Eigen:
    """The eigenvalues, in ascending order, and the orthonormal eigenvectors of Hermitian matrices.

    Args:
        A: (*, n, n).
        UPLO: the triangle that is read: "L" or "U".

    Raises:
        RuntimeError: `UPLO` is neither "L" nor "U".
    """
    A = check_square("linalg.eigh", A)
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    n = A.array.shape[-1]
    vectors, values = parts(decompositions.eigh(A if UPLO.upper() == "L" else adjoint(A)), (n, n), (n,))
    return Eigen(real(values), vectors)


def eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of Hermitian matrices, (*, n, n) to (*, n), in ascending order. Arguments as for `eigh`."""
    return eigh(A, UPLO).eigenvalues


@with_own_memory
def eig(A: Tensor) -> Eigen:
    """The eigenvalues, (*, n), and the eigenvectors, of length 1, of square matrices (*, n, n); both complex.

    Raises:
        RuntimeError: the matrices are not square, or an element is infinite or NaN.
    """
    n = check_square("linalg.eig", A).array.shape[-1]
    vectors, values = parts(decompositions.eig(A), (n, n), (n,))
    return Eigen(values, vectors)


def eigvals(A: Tensor) -> Tensor:
    """The eigenvalues, (*, n), of square matrices (*, n, n); complex. Errors as for `eig`."""
    return eig(A).eigenvalues


# -- singular values -------------------------------------------------------------------------------------


class SVD(NamedTuple):
    """The factors of A = U diag(S) Vᴴ."""

    U: Tensor
    S: Tensor
    Vh: Tensor


@with_own_memory
def svd(A: Tensor, full_matrices: bool = True, *, driver: str | None = None) -> SVD:
    """The singular value decomposition A = U diag(S) Vᴴ, with S in descending order.

    Args:
        A: (*, m, n).
        full_matrices: return all m columns of U and n rows of Vᴴ, not the first min(m, n) alone; no gradient flows
            through the additional ones.
        driver: ignored.

    Raises:
        LinAlgError: an element is infinite or NaN.
    """
    u, s, vh = parts(decompositions.svd(check_floating("linalg.svd", A)), *svd_shapes(A.array.shape))
    if full_matrices:
        u, vh = _completed(u), adjoint(_completed(adjoint(vh)))
    return SVD(u, real(s), vh)


def _completed(u: Tensor) -> Tensor:
    """A square unitary matrix whose first columns are the orthonormal columns of `u`."""
    m, k = u.array.shape[-2:]
    return u if m == k else cat([u, wrap(decompositions.numpy_qr(u.array, "complete")[0][..., k:])], -1)


def svdvals(A: Tensor, *, driver: str | None = None) -> Tensor:
    """The singular values, (*, min(m, n)), of matrices (*, m, n), in descending order. Errors as for `svd`."""
    return svd(A, False).S
