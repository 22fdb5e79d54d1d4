"""`torch.linalg`: norms, inverses, decompositions and solutions of linear equations, for batches of matrices.

Matrices are in the last two dims: (*, m, n) is a batch of any shape. Their elements are real or complex numbers of
single or double precision, and a RuntimeError says so for others. Every function has gradients of any order; those of
singular vectors and eigenvectors exist only where the singular values or eigenvalues are distinct.
"""

from ..ops.matrix.functions import LinAlgError
from ..ops.matrix.products import matmul
from ..surface import make_public as _make_public
from .factorizations import (
    cholesky,
    cholesky_ex,
    eig,
    eigh,
    eigvals,
    eigvalsh,
    householder_product,
    lu,
    lu_factor,
    lu_factor_ex,
    lu_solve,
    qr,
    solve_triangular,
    svd,
    svdvals,
)
from .norms import cond, matrix_norm, norm, vector_norm
from .products import cross, diagonal, matrix_exp, matrix_power, multi_dot, vander, vecdot
from .solvers import det, inv, inv_ex, lstsq, matrix_rank, pinv, slogdet, solve, solve_ex, tensorinv, tensorsolve

__all__ = [
    "LinAlgError", "cholesky", "cholesky_ex", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals",
    "eigvalsh", "householder_product", "inv", "inv_ex", "lstsq", "lu", "lu_factor", "lu_factor_ex", "lu_solve",
    "matmul", "matrix_exp", "matrix_norm", "matrix_power", "matrix_rank", "multi_dot", "norm", "pinv", "qr",
    "slogdet", "solve", "solve_ex", "solve_triangular", "svd", "svdvals", "tensorinv", "tensorsolve", "vander",
    "vecdot", "vector_norm",
]  # fmt: skip

_make_public(globals())
