"""PyTorch's older names for linear algebra, at the top level and as methods: thin layers over `linalg`."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..core.public import numpy_names, other_names
from ..core.tensor import Tensor, wrap
from ..ops.arguments import check_count
from ..ops.creation.random import randn
from ..ops.elementwise.complex_numbers import conj
from ..ops.elementwise.selection import where
from ..ops.matrix.decompositions import numpy_qr
from ..ops.matrix.functions import adjoint
from ..ops.matrix.products import matmul
from ..ops.new_memory import with_own_memory
from ..ops.reduce import reductions
from . import factorizations, norms, products, solvers
from .checks import check_floating
from .factorizations import QR


class Geqrf(NamedTuple):
    """LAPACK's QR decomposition: R on and above the diagonal, Householder vectors below it, and their factors."""

    a: Tensor
    tau: Tensor


class TriangularSolve(NamedTuple):
    """The solution of a triangular system, and a copy of the coefficients."""

    solution: Tensor
    cloned_coefficient: Tensor


class SVD(NamedTuple):
    """The factors of A = U diag(S) Vᴴ, with V itself."""

    U: Tensor
    S: Tensor
    V: Tensor


def logdet(input: Tensor) -> Tensor:
    """The logarithm of the determinant: NaN for a negative determinant, -inf for 0."""
    sign, size = solvers.slogdet(input)
    return size + sign.log() if sign.array.dtype.kind == "c" else where(sign.array < 0, np.nan, size)


@with_own_memory
def svd(input: Tensor, some: bool = True, compute_uv: bool = True) -> SVD:
    """The singular value decomposition input = U diag(S) Vᴴ, as (U, S, V).

    Args:
        input: (*, m, n).
        some: return only the first min(m, n) columns of U and V.
        compute_uv: False returns zeros for U and V.
    """
    if not compute_uv:
        *batch, m, n = input.array.shape
        u, v = (wrap(np.zeros((*batch, k, k), input.array.dtype)) for k in (m, n))
        return SVD(u, factorizations.svdvals(input), v)
    u, s, vh = factorizations.svd(input, not some)
    return SVD(u, s, adjoint(vh))


def qr(input: Tensor, some: bool = True) -> QR:
    """The QR decomposition: "reduced", or "complete" if `some` is False."""
    return factorizations.qr(input, "reduced" if some else "complete")


def cholesky(input: Tensor, upper: bool = False) -> Tensor:
    """`linalg.cholesky`: the lower triangular Cholesky factor, or the upper one if `upper`."""
    return factorizations.cholesky(input, upper=upper)


@other_names(input2="L")
def cholesky_solve(B: Tensor, L: Tensor, upper: bool = False) -> Tensor:
    """The solution X of AX = B from the Cholesky factor of A.

    Args:
        B: (*, n, k).
        L: (*, n, n), lower triangular, or upper triangular if `upper`.
        upper: whether A is LᴴL rather than LLᴴ.

    Raises:
        RuntimeError: L is not square, or the sizes of L and B do not match.
    """
    lower = adjoint(L) if upper else L
    y = factorizations.solve_triangular(lower, B, upper=False)
    return factorizations.solve_triangular(adjoint(lower), y, upper=True)


def cholesky_inverse(L: Tensor, upper: bool = False) -> Tensor:
    """The inverse of A from its Cholesky factor L, (*, n, n); arguments and errors as for `cholesky_solve`."""
    L = check_floating("cholesky_inverse", L)
    return cholesky_solve(wrap(np.eye(L.array.shape[-1], dtype=L.array.dtype)), L, upper)


def triangular_solve(
    b: Tensor, A: Tensor, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> TriangularSolve:
    """The solution X of AX = b, or of AᵀX = b if `transpose`, for triangular A; arguments as for `solve_triangular`."""
    matrix, above = (A.mT, not upper) if transpose else (A, upper)
    x = factorizations.solve_triangular(matrix, b, upper=above, unitriangular=unitriangular)
    return TriangularSolve(x, A.clone())


def lu_solve(b: Tensor, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
    """The solution X of AX = b from the result of `linalg.lu_factor(A)`."""
    return factorizations.lu_solve(LU_data, LU_pivots, b)


def lu(A: Tensor, pivot: bool = True, get_infos: bool = False) -> Any:
    """The LU decomposition of `linalg.lu_factor`; with `get_infos`, that of `linalg.lu_factor_ex`."""
    out = factorizations.lu_factor_ex(A, pivot=pivot)
    return tuple(out) if get_infos else (out.LU, out.pivots)


def geqrf(input: Tensor) -> Geqrf:
    """The QR decomposition as Householder reflections, for `linalg.householder_product`; without gradients."""
    h, tau = numpy_qr(check_floating("geqrf", input).array, "raw")
    return Geqrf(wrap(np.ascontiguousarray(h.mT)), wrap(tau))


def chain_matmul(*matrices: Tensor) -> Tensor:
    """The product of several matrices, in the order that needs the fewest multiplications."""
    return matrices[0] if len(matrices) == 1 else products.multi_dot(matrices)


def svd_lowrank(A: Tensor, q: int | None = 6, niter: int | None = 2, M: Tensor | None = None) -> SVD:
    """An approximation of the largest `q` singular values and their vectors, as (U, S, V).

    The randomized algorithm of N. Halko, P. G. Martinsson and J. A. Tropp, "Finding structure with randomness" (2011).

    Args:
        A: (*, m, n).
        q: the number of singular values; min(6, m, n) if None.
        niter: the number of subspace iterations.
        M: (*, m, n), subtracted from A first.
    """
    x = A if M is None else A - M
    m, n = x.array.shape[-2:]
    count = min(6, m, n) if q is None else q
    if m < n:
        v, s, u = svd_lowrank(adjoint(x), count, niter)
        return SVD(u, s, v)
    basis = factorizations.qr(matmul(x, randn(n, count, dtype=A.dtype))).Q
    for _ in range(check_count("svd_lowrank: niter", niter or 0)):
        basis = factorizations.qr(matmul(x, factorizations.qr(matmul(adjoint(x), basis)).Q)).Q
    u, s, vh = factorizations.svd(matmul(adjoint(basis), x), False)
    return SVD(matmul(basis, u), s, adjoint(vh))


def pca_lowrank(A: Tensor, q: int | None = None, center: bool = True, niter: int = 2) -> SVD:
    """An approximation of the largest `q` principal components: `svd_lowrank` of A minus the means of its columns."""
    return svd_lowrank(A - reductions.mean(A, -2, True) if center else A, q, niter)


def pinverse(input: Tensor, rcond: float = 1e-15) -> Tensor:
    """The Moore-Penrose pseudo-inverse."""
    return solvers.pinv(input, rcond)


@numpy_names
def norm(input: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Tensor:
    """The p-norm (Σ |x|ᵖ)^(1/p) of all elements, or along `dim`; its gradient at 0 is 0.

    Args:
        input: of any shape.
        p: 2 or "fro" (Euclidean), any number, inf, -inf, 0 (the number of nonzero elements), or "nuc" (the sum of
            the singular values of the matrices in two dims).
        dim, keepdim, dtype: as for `linalg.vector_norm`.

    Raises:
        RuntimeError: the elements are integers, `p` is an unknown name, or a matrix norm has more than two dims.

    >>> from autograd import tensor
    >>> norm(tensor([3.0, 4.0]))
    tensor(5.)
    """
    if p == "nuc" or (p == "fro" and isinstance(dim, (list, tuple)) and len(dim) > 2):
        return norms.matrix_norm(input, p, (-2, -1) if dim is None else dim, keepdim, dtype=dtype)
    return reductions.norm(input, p, dim, keepdim, dtype=dtype)


def transposed_conjugate(input: Tensor) -> Tensor:
    """The conjugate transpose of a matrix: `Tensor.H`.

    Raises:
        RuntimeError: the tensor is neither 2-D nor 0-D.
    """
    if input.array.ndim not in (0, 2):
        raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {input.array.ndim}-D tensor.")
    return adjoint(input) if input.array.ndim else conj(input)
