"""Linear algebra under PyTorch's older names, at the top level and as methods: other spellings of `linalg`."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..core.tensor import Tensor, wrap
from ..ops.arguments import numpy_names
from ..ops.creation.random import randn
from ..ops.elementwise.complex_numbers import conj
from ..ops.elementwise.selection import where
from ..ops.matrix.functions import adjoint
from ..ops.matrix.products import matmul
from ..ops.reduce import reductions
from . import factorizations, norms, products, solvers
from .factorizations import QR, SVD, floating


class Geqrf(NamedTuple):
    """A QR decomposition as LAPACK has it: R, the vectors of the reflections below it, and their factors."""

    a: Tensor
    tau: Tensor


class TriangularSolve(NamedTuple):
    """A solution and the matrix that it solves."""

    solution: Tensor
    cloned_coefficient: Tensor


def logdet(input: Tensor) -> Tensor:
    """The logarithm of the determinant: NaN if that is negative, -inf if it is 0."""
    sign, size = solvers.slogdet(input)
    if sign.array.dtype.kind == "c":
        return size + sign.log()
    return where(sign.array < 0, np.nan, size)


def svd(input: Tensor, some: bool = True, compute_uv: bool = True) -> SVD:
    """The singular value decomposition input = U diag(S) Vᴴ, as (U, S, V).

    Args:
        input: (*, m, n).
        some: give only as many vectors as there are singular values.
        compute_uv: give zeros for U and V if not.
    """
    if not compute_uv:
        m, n = input.array.shape[-2:]
        batch, kind = input.array.shape[:-2], input.array.dtype
        nothing = (wrap(np.zeros((*batch, k, k), kind)) for k in (m, n))
        return SVD(next(nothing), factorizations.svdvals(input), next(nothing))
    u, s, vh = factorizations.svd(input, not some)
    return SVD(u, s, adjoint(vh))


def qr(input: Tensor, some: bool = True) -> QR:
    """The QR decomposition, "reduced" or if not `some` "complete"."""
    return factorizations.qr(input, "reduced" if some else "complete")


def cholesky(input: Tensor, upper: bool = False) -> Tensor:
    """The lower, or `upper`, triangular factor of positive definite matrices.

    Raises:
        LinAlgError: a matrix is not positive definite.
    """
    return factorizations.cholesky(input, upper=upper)


def cholesky_solve(B: Tensor, L: Tensor, upper: bool = False) -> Tensor:
    """The X of AX = B from the Cholesky factor of A."""
    lower = adjoint(L) if upper else L
    y = factorizations.solve_triangular(lower, B, upper=False)
    return factorizations.solve_triangular(adjoint(lower), y, upper=True)


def cholesky_inverse(L: Tensor, upper: bool = False) -> Tensor:
    """The inverse of A from its Cholesky factor."""
    L = floating("cholesky_inverse", L)
    return cholesky_solve(wrap(np.eye(L.array.shape[-1], dtype=L.array.dtype)), L, upper)


def triangular_solve(
    b: Tensor, A: Tensor, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> TriangularSolve:
    """The X of AX = b, or AᵀX = b, of which only one triangle of A is read; and a copy of A."""
    matrix, above = (A.mT, not upper) if transpose else (A, upper)
    x = factorizations.solve_triangular(matrix, b, upper=above, unitriangular=unitriangular)
    return TriangularSolve(x, A.clone())


def lu_solve(b: Tensor, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
    """The X of AX = b from what `linalg.lu_factor(A)` gives."""
    return factorizations.lu_solve(LU_data, LU_pivots, b)


def lu(A: Tensor, pivot: bool = True, get_infos: bool = False) -> Any:
    """What `linalg.lu_factor` gives, and the infos of `linalg.lu_factor_ex` if asked for."""
    out = factorizations.lu_factor_ex(A, pivot=pivot)
    return tuple(out) if get_infos else (out.LU, out.pivots)


def geqrf(input: Tensor) -> Geqrf:
    """The QR decomposition as reflections, for `ormqr` and `linalg.householder_product`; without gradients."""
    h, tau = np.linalg.qr(floating("geqrf", input).array, "raw")
    return Geqrf(wrap(np.ascontiguousarray(h.mT)), wrap(tau))


def chain_matmul(*matrices: Tensor) -> Tensor:
    """The product of several matrices, in the order that costs the fewest multiplications."""
    return matrices[0] if len(matrices) == 1 else products.multi_dot(matrices)


def svd_lowrank(A: Tensor, q: int | None = 6, niter: int | None = 2, M: Tensor | None = None) -> SVD:
    """The largest `q` singular values and their vectors, as (U, S, V), nearly: N. Halko and others (2011).

    Args:
        A: (*, m, n).
        q: how many.
        niter: how often the random subspace is turned towards them.
        M: (*, m, n), subtracted from A first.
    """
    x = A if M is None else A - M
    m, n = x.array.shape[-2:]
    count = min(6, m, n) if q is None else q
    if m < n:
        v, s, u = svd_lowrank(adjoint(x), count, niter)
        return SVD(u, s, v)
    basis = factorizations.qr(matmul(x, randn(n, count, dtype=A.dtype))).Q
    for _ in range(niter or 0):
        basis = factorizations.qr(matmul(x, factorizations.qr(matmul(adjoint(x), basis)).Q)).Q
    u, s, vh = factorizations.svd(matmul(adjoint(basis), x), False)
    return SVD(matmul(basis, u), s, adjoint(vh))


def pca_lowrank(A: Tensor, q: int | None = None, center: bool = True, niter: int = 2) -> SVD:
    """The largest `q` principal components of the columns: `svd_lowrank` after their means are subtracted."""
    return svd_lowrank(A - reductions.mean(A, -2, True) if center else A, q, niter)


def pinverse(input: Tensor, rcond: float = 1e-15) -> Tensor:
    """The Moore-Penrose inverse."""
    return solvers.pinv(input, rcond)


@numpy_names
def norm(input: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Tensor:
    """The p-norm of the elements, or along `dim`: (Σ |x|ᵖ)^(1/p). Its slope at 0 is 0.

    Args:
        p: 2 or "fro" (Euclidean), 1, any number, inf, -inf, 0 (how many are not 0), or "nuc": the sum of the
            singular values of matrices in two dims.

    Raises:
        RuntimeError: the elements are integers, or `p` is an unknown name.

    >>> from autograd import tensor
    >>> norm(tensor([3.0, 4.0]))
    tensor(5.)
    """
    if p == "nuc":
        return norms.matrix_norm(input, "nuc", (-2, -1) if dim is None else dim, keepdim, dtype=dtype)
    return reductions.norm(input, p, dim, keepdim, dtype)


def transposed_conjugate(input: Tensor) -> Tensor:
    """The conjugate transpose of a matrix.

    Raises:
        RuntimeError: there are neither two dims nor none.
    """
    if input.array.ndim not in (0, 2):
        raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {input.array.ndim}-D tensor.")
    return adjoint(input) if input.array.ndim else conj(input)
