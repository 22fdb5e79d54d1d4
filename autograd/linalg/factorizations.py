"""The decompositions under the names of `torch.linalg`, which hands them on: checked, and with their factors apart."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core.tensor import Tensor, wrap
from ..ops.elementwise.complex_numbers import conj, real
from ..ops.matrix import decompositions, functions
from ..ops.matrix.decompositions import eliminated, order_of, parts, svd_shapes
from ..ops.matrix.functions import adjoint
from ..ops.matrix.products import matmul
from ..ops.shape.diagonals import tril, triu
from ..ops.shape.indexing import take_along_dim
from ..ops.shape.joining import cat


class LinAlgError(RuntimeError):
    """A matrix is singular, or not positive definite, where it must not be."""


def floating(name: str, A: Tensor, least: int = 2) -> Tensor:
    """`A`, for the function `name`.

    Raises:
        TypeError: it is no Tensor.
        RuntimeError: it has fewer than `least` dims, or its elements are integers or of half precision.
    """
    if not isinstance(A, Tensor):
        raise TypeError(f"{name}(): argument 'A' must be Tensor, not {type(A).__name__}: wrap it in tensor(...)")
    if A.array.ndim < least:
        raise RuntimeError(
            f"{name}: The input tensor A must have at least {least} dimensions, but its shape is {A.array.shape}"
        )
    if A.array.dtype.kind not in "fc" or A.array.dtype.itemsize < 4:
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input of at least 32 bits. Got {A.dtype}: "
            "convert it with .float()"
        )
    return A


def square_matrices(name: str, A: Tensor) -> Tensor:
    """`A`, for the function `name`.

    Raises:
        TypeError: it is no Tensor.
        RuntimeError: its matrices are not square, or as for `floating`.
    """
    m, n = floating(name, A).array.shape[-2:]
    if m != n:
        raise RuntimeError(f"{name}: A must be batches of square matrices, but they are {m} by {n} matrices")
    return A


def refuse(name: str, A: Tensor, out: Tensor, what: str) -> None:
    """Raise for the first matrix of finite numbers whose result is NaN."""
    bad = np.isnan(out.array).any((-2, -1)) & np.isfinite(A.array).all((-2, -1))
    if np.any(bad):
        place = f"(Batch element {int(np.argmax(bad.reshape(-1)))}): " if bad.ndim else ""
        raise LinAlgError(f"{name}: {place}The input matrix {what}.")


SINGULAR = "is singular: the inverse or solution does not exist; linalg.pinv and linalg.lstsq take any matrix"


def solve_triangular(A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Tensor:
    """The X of AX = B, or of XA = B, of which only one triangle of A is read.

    Args:
        A: (*, n, n).
        B: (*, n, k); if not `left`, (*, k, n).
        upper: whether it is the upper triangle.
        left: on which side of X the matrix stands.
        unitriangular: whether the diagonal is taken to be ones.
    """
    A = square_matrices("linalg.solve_triangular", A)
    side = 1 if unitriangular else 0
    triangle = triu(A, side) if upper else tril(A, -side)
    if unitriangular:
        triangle = triangle + wrap(np.eye(A.array.shape[-1], dtype=A.array.dtype))
    return functions.solve(triangle, B) if left else functions.solve(triangle.mT, B.mT).mT


# -- Cholesky -----------------------------------------------------------------------------------------


class CholeskyEx(NamedTuple):
    """A Cholesky factor, and for each matrix 0 or the order of the first leading minor that is not positive."""

    L: Tensor
    info: Tensor


def cholesky(A: Tensor, *, upper: bool = False) -> Tensor:
    """The lower triangular L of A = LLᴴ, or if `upper` Lᴴ, for Hermitian positive definite matrices.

    Raises:
        LinAlgError: a matrix is not positive definite.

    >>> from autograd import tensor
    >>> cholesky(tensor([[4.0, 2.0], [2.0, 2.0]]))
    tensor([[2., 0.],
            [1., 1.]])
    """
    out: Tensor = decompositions.cholesky(square_matrices("linalg.cholesky", A))
    refuse("linalg.cholesky", A, out, "is not positive-definite")
    return adjoint(out) if upper else out


def cholesky_ex(A: Tensor, *, upper: bool = False, check_errors: bool = False) -> CholeskyEx:
    """As `cholesky`, but what is not positive definite is reported in `info` and not raised, unless asked for.

    Raises:
        LinAlgError: `check_errors`, and a matrix is not positive definite.
    """
    out: Tensor = decompositions.cholesky(square_matrices("linalg.cholesky_ex", A))
    if check_errors:
        refuse("linalg.cholesky_ex", A, out, "is not positive-definite")
    failed = np.isnan(out.array).any((-2, -1))
    info = np.zeros(failed.shape, np.int32)
    for place in zip(*np.nonzero(failed), strict=True) if failed.ndim else [()] if failed else []:
        minors = (np.linalg.eigvalsh(A.array[place][:k, :k])[0] for k in range(1, A.array.shape[-1] + 1))
        info[place] = next((k for k, least in enumerate(minors, start=1) if not least > 0), 0)
    return CholeskyEx(adjoint(out) if upper else out, wrap(info[()]))


# -- LU -----------------------------------------------------------------------------------------------


class LUFactor(NamedTuple):
    """L below the diagonal and U from it on, and the exchanges of rows, which count from 1."""

    LU: Tensor
    pivots: Tensor


class LUFactorEx(NamedTuple):
    """As `LUFactor`, and for each matrix 0 or the place of the first pivot that is 0, which counts from 1."""

    LU: Tensor
    pivots: Tensor
    info: Tensor


class LU(NamedTuple):
    """The factors of A = PLU."""

    P: Tensor
    L: Tensor
    U: Tensor


def _factored(name: str, A: Tensor, pivot: bool) -> LUFactorEx:
    A = floating(name, A)
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
    """For each matrix 0, or the place of the first pivot of its elimination that is 0, counted from 1."""
    zero = np.diagonal(eliminated(A.array, True)[0], 0, -2, -1) == 0
    return wrap(np.where(zero.any(-1), np.argmax(zero, -1) + 1 if zero.shape[-1] else 0, 0).astype(np.int32)[()])


def lu_factor(A: Tensor, *, pivot: bool = True) -> LUFactor:
    """L and U in one matrix, and the pivots, of PᵀA = LU.

    Raises:
        LinAlgError: a pivot of a square matrix is 0.
    """
    LU, pivots, info = _factored("linalg.lu_factor", A, pivot)
    if np.any(info.array):
        raise LinAlgError(f"linalg.lu_factor: the pivots {info.array.tolist()}, which count from 1, are exactly zero")
    return LUFactor(LU, pivots)


def lu_factor_ex(A: Tensor, *, pivot: bool = True, check_errors: bool = False) -> LUFactorEx:
    """As `lu_factor`, but a pivot of 0 is reported in `info` and not raised, unless asked for.

    Raises:
        LinAlgError: `check_errors`, and a pivot is 0.
    """
    if check_errors:
        lu_factor(A, pivot=pivot)
    return _factored("linalg.lu_factor_ex", A, pivot)


def lu(A: Tensor, *, pivot: bool = True) -> LU:
    """The factors of A = PLU: a permutation, a lower triangle with ones on its diagonal, an upper triangle."""
    factors, pivots, _ = _factored("linalg.lu", A, pivot)
    return lu_unpack(factors, pivots)


def lu_unpack(LU_data: Tensor, LU_pivots: Tensor, unpack_data: bool = True, unpack_pivots: bool = True) -> LU:
    """P, L and U from what `lu_factor` gives; empty tensors for what is not asked for."""
    m, n = LU_data.array.shape[-2:]
    k, kind = min(m, n), LU_data.array.dtype
    nothing = wrap(np.zeros(0, kind))
    permutation, left, right = nothing, nothing, nothing
    if unpack_pivots:
        order = order_of(LU_pivots.array, m)
        permutation = wrap((np.arange(m)[:, None] == order[..., None, :]).astype(kind))
    if unpack_data:
        left = tril(LU_data[..., :k], -1) + wrap(np.eye(m, k, dtype=kind))
        right = triu(LU_data[..., :k, :])
    return LU(permutation, left, right)


def lu_solve(LU: Tensor, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False) -> Tensor:
    """The X of AX = B from what `lu_factor(A)` gives; of XA = B if not `left`, with Aᴴ in place of A if `adjoint`."""
    square_matrices("linalg.lu_solve", LU)
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


def qr(A: Tensor, mode: str = "reduced") -> QR:
    """The orthonormal Q and the upper triangular R of A = QR.

    Args:
        A: (*, m, n).
        mode: "reduced": Q is (*, m, min(m, n)); "complete": (*, m, m), of which the further columns have no
            gradient; "r": Q is empty, and R has no gradient.

    Raises:
        RuntimeError: the mode is none of these.
    """
    A = floating("linalg.qr", A)
    m, n = A.array.shape[-2:]
    if mode == "r":
        return QR(wrap(np.zeros(0, A.array.dtype)), wrap(np.linalg.qr(A.array, "r")))
    if mode not in ("reduced", "complete"):
        raise RuntimeError(f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or "
                           "'complete'")  # fmt: skip
    if mode == "complete" and m > n:
        q, r = (wrap(x) for x in np.linalg.qr(A.array, "complete"))
        if A.requires_grad:
            short = qr(A)
            q = cat([short.Q, q[..., n:]], -1)
            r = cat([short.R, r[..., n:, :]], -2)
        return QR(q, r)
    k = min(m, n)
    q, r = parts(decompositions.qr(A[..., :k]), (m, k), (k, k))
    return QR(q, r if k == n else cat([r, matmul(adjoint(q), A[..., k:])], -1))


def householder_product(A: Tensor, tau: Tensor) -> Tensor:
    """The first columns of the product of the reflections I - τvvᴴ, whose v are below the diagonal of A.

    Args:
        A: (*, m, n), of which v is below the diagonal, on which it is 1.
        tau: (*, k).
    """
    A = floating("linalg.householder_product", A)
    return reflected(A, tau, wrap(np.eye(*A.array.shape[-2:], dtype=A.array.dtype)), False)


def reflected(A: Tensor, tau: Tensor, x: Tensor, inverted: bool) -> Tensor:
    """The product of the reflections with `x`, or that of its conjugate transpose."""
    m, k = A.array.shape[-2], tau.array.shape[-1]
    if not k:
        return x + A * 0
    vectors = tril(A[..., :k], -1) + wrap(np.eye(m, k, dtype=A.array.dtype))
    x = x + wrap(np.zeros((*A.array.shape[:-2], 1, 1), A.array.dtype))
    for i in range(k) if inverted else reversed(range(k)):
        v, factor = vectors[..., i : i + 1], tau[..., i, None, None]
        x = x - matmul(v, matmul(adjoint(v), x)) * (conj(factor) if inverted else factor)
    return x


# -- eigenvalues ---------------------------------------------------------------------------------------


class Eigen(NamedTuple):
    """Eigenvalues and, in columns, eigenvectors."""

    eigenvalues: Tensor
    eigenvectors: Tensor


def eigh(A: Tensor, UPLO: str = "L") -> Eigen:
    """The eigenvalues, in rising order, and orthonormal eigenvectors of Hermitian matrices.

    Args:
        A: (*, n, n).
        UPLO: which half is read, "L" or "U".

    Raises:
        RuntimeError: `UPLO` is neither.
    """
    A = square_matrices("linalg.eigh", A)
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    n = A.array.shape[-1]
    vectors, values = parts(decompositions.eigh(A if UPLO.upper() == "L" else adjoint(A)), (n, n), (n,))
    return Eigen(real(values), vectors)


def eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of Hermitian matrices, in rising order."""
    return eigh(A, UPLO).eigenvalues


def eig(A: Tensor) -> Eigen:
    """The eigenvalues and eigenvectors of length 1 of square matrices, as complex numbers."""
    n = square_matrices("linalg.eig", A).array.shape[-1]
    vectors, values = parts(decompositions.eig(A), (n, n), (n,))
    return Eigen(values, vectors)


def eigvals(A: Tensor) -> Tensor:
    """The eigenvalues of square matrices, as complex numbers."""
    return eig(A).eigenvalues


# -- singular values -------------------------------------------------------------------------------------


class SVD(NamedTuple):
    """The factors of A = U diag(S) Vᴴ."""

    U: Tensor
    S: Tensor
    Vh: Tensor


def svd(A: Tensor, full_matrices: bool = True, *, driver: str | None = None) -> SVD:
    """The singular value decomposition A = U diag(S) Vᴴ, with S in falling order.

    Args:
        A: (*, m, n).
        full_matrices: give all m columns of U and n rows of Vᴴ; what is more than min(m, n) has no gradient.
        driver: accepted.
    """
    u, s, vh = parts(decompositions.svd(floating("linalg.svd", A)), *svd_shapes(A.array.shape))
    if full_matrices:
        u, vh = _completed(u), adjoint(_completed(adjoint(vh)))
    return SVD(u, real(s), vh)


def _completed(u: Tensor) -> Tensor:
    """Orthonormal columns, and as many more as make a square."""
    m, k = u.array.shape[-2:]
    return u if m == k else cat([u, wrap(np.linalg.qr(u.array, "complete")[0][..., k:])], -1)


def svdvals(A: Tensor, *, driver: str | None = None) -> Tensor:
    """The singular values, in falling order."""
    return svd(A, False).S
