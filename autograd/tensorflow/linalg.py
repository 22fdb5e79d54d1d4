"""`tf.linalg`: inverses, determinants, factorizations and solvers; products and norms come from products.py."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.tensor import Tensor
from ..linalg import factorizations, products, solvers
from ..ops.elementwise import selection
from ..ops.matrix import functions
from ..ops.reduce import reductions
from ..ops.shape import diagonals, reshape
from .creation import eye
from .elementwise import floats, pair
from .products import (
    clip_by_global_norm,
    clip_by_norm,
    einsum,
    global_norm,
    l2_normalize,
    matmul,
    matvec,
    norm,
    tensordot,
)
from .tensors import EagerTensor, described, operation, tensor_of

__all__ = [
    "adjoint", "band_part", "cholesky", "cholesky_solve", "clip_by_global_norm", "clip_by_norm", "cross", "det", "diag",
    "diag_part", "eigh", "eigvalsh", "einsum", "expm", "eye", "global_norm", "inv", "l2_normalize", "logdet", "lstsq",
    "matmul", "matrix_rank", "matrix_transpose", "matvec", "norm", "normalize", "pinv", "qr", "set_diag", "slogdet",
    "solve", "svd", "tensor_diag", "tensor_diag_part", "tensordot", "trace", "triangular_solve",
]  # fmt: skip


def _of_matrix(op: str, function: Any, doc: str) -> Any:
    """TensorFlow's operation `op` from a function of a matrix, or of a batch of them; `doc` is its docstring."""

    @described(op.lower(), doc)
    @operation(op)
    def of_matrix(input: Any, name: str | None = None) -> Tensor:
        return function(floats(op, input))

    return of_matrix


inv = _of_matrix("MatrixInverse", solvers.inv, "The inverse of a square matrix.")
det = _of_matrix("MatrixDeterminant", solvers.det, "The determinant.")
cholesky = _of_matrix("Cholesky", factorizations.cholesky, "The lower triangular L with L · Lᵀ = input.")
expm = _of_matrix("MatrixExponential", products.matrix_exp, "The exponential of a square matrix.")
matrix_transpose = _of_matrix("Transpose", reshape.matrix_transpose, "The transpose: the last two axes exchanged.")
diag_part = _of_matrix(
    "MatrixDiagPart", lambda x: diagonals.diagonal(x, 0, -2, -1), "The diagonal of a matrix, along the last two axes."
)
diag = _of_matrix("MatrixDiag", diagonals.diag_embed, "The diagonal matrix of a vector, the last axis.")
trace = _of_matrix(
    "Trace", lambda x: reductions.sum(diagonals.diagonal(x, 0, -2, -1), -1), "The sum of the diagonal of a matrix."
)
pinv = _of_matrix("MatrixPinv", solvers.pinv, "The Moore-Penrose pseudoinverse.")
logdet = _of_matrix("MatrixLogDet", lambda x: solvers.slogdet(x).logabsdet, "log |det|.")
eigvalsh = _of_matrix(
    "SelfAdjointEigV2", factorizations.eigvalsh, "The eigenvalues of a symmetric matrix, in ascending order."
)
adjoint = _of_matrix("Adjoint", functions.adjoint, "The conjugate transpose.")
tensor_diag_part = _of_matrix("DiagPart", lambda x: diagonals.diagonal(x, 0, -2, -1), "The diagonal of a matrix.")
tensor_diag = _of_matrix("Diag", diagonals.diag_embed, "The diagonal matrix of a vector.")


def _eager(*parts: Any) -> tuple[EagerTensor, ...]:
    return tuple(EagerTensor.result(part) for part in parts)


def slogdet(input: Any, name: str | None = None) -> tuple[EagerTensor, ...]:
    """The sign of the determinant and the logarithm of its absolute value."""
    return _eager(*solvers.slogdet(floats("LogMatrixDeterminant", input)))


def qr(input: Any, full_matrices: bool = False, name: str | None = None) -> tuple[EagerTensor, ...]:
    """The orthonormal Q and the upper triangular R of a matrix."""
    return _eager(*factorizations.qr(floats("Qr", input), "complete" if full_matrices else "reduced"))


def eigh(tensor: Any, name: str | None = None) -> tuple[EagerTensor, ...]:
    """The eigenvalues of a symmetric matrix in ascending order, and its eigenvectors as columns."""
    return _eager(*factorizations.eigh(floats("SelfAdjointEigV2", tensor)))


def svd(tensor: Any, full_matrices: bool = False, compute_uv: bool = True, name: str | None = None) -> Any:
    """The singular value decomposition U diag(s) Vᵀ: (s, u, v), or only s if `compute_uv` is False.

    >>> s = svd([[3.0, 0.0], [0.0, -4.0]], compute_uv=False)
    >>> s.numpy().round(4)
    array([4., 3.], dtype=float32)
    """
    x = floats("Svd", tensor)
    if not compute_uv:
        return EagerTensor.result(factorizations.svdvals(x))
    u, s, vh = factorizations.svd(x, full_matrices)
    return _eager(s, u, functions.adjoint(vh))


@operation("MatrixSolveLs")
def lstsq(
    matrix: Any, rhs: Any, l2_regularizer: float = 0.0, fast: bool = True, name: str | None = None
) -> Tensor:  # fmt: skip
    """The X that minimizes ‖matrix · X - rhs‖² + l2_regularizer ‖X‖²."""
    a, b = pair("MatrixSolveLs", matrix, rhs)
    if not l2_regularizer:
        return matmul(EagerTensor.result(solvers.pinv(a)), b)
    transposed = reshape.matrix_transpose(a)
    square = matmul(transposed, a) + l2_regularizer * np.eye(a.array.shape[-1], dtype=a.array.dtype)
    return solvers.solve(square, matmul(transposed, b))


@operation("MatrixTriangularSolve")
def triangular_solve(
    matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False, name: str | None = None
) -> Tensor:
    """The X with matrix · X = rhs; only the lower (or upper) triangle of the matrix is read."""
    a, b = pair("MatrixTriangularSolve", matrix, rhs)
    x = diagonals.tril(a) if lower else diagonals.triu(a)
    x = functions.adjoint(x) if adjoint else x
    return factorizations.solve_triangular(x, b, upper=lower == adjoint)


@operation("CholeskySolve")
def cholesky_solve(chol: Any, rhs: Any, name: str | None = None) -> Tensor:
    """The X with A · X = rhs, where `chol` is the Cholesky factor of A."""
    return triangular_solve(chol, triangular_solve(chol, rhs), adjoint=True)


@operation("Cross")
def cross(a: Any, b: Any, name: str | None = None) -> Tensor:
    """The cross product of vectors with 3 elements."""
    return products.cross(*pair("Cross", a, b))


@operation("MatrixSetDiag")
def set_diag(input: Any, diagonal: Any, name: str | None = None) -> Tensor:
    """The matrix with its diagonal replaced."""
    x, d = pair("MatrixSetDiag", input, diagonal)
    rows, columns = x.array.shape[-2:]
    if d.array.shape != (*x.array.shape[:-2], min(rows, columns)):
        raise RuntimeError(
            f"a diagonal of shape {tuple(d.array.shape)} does not fit a matrix of shape {tuple(x.array.shape)}"
        )
    on_diagonal = np.eye(rows, columns, dtype=bool)
    broadcastable = reshape.unsqueeze(d, -1) if rows <= columns else reshape.unsqueeze(d, -2)
    return selection.where(on_diagonal, broadcastable, x)


@operation("MatrixRank")
def matrix_rank(a: Any, tol: Any = None, name: str | None = None) -> Tensor:
    """The number of singular values above the tolerance."""
    rank = np.linalg.matrix_rank(np.asarray(floats("MatrixRank", a).array), tol)
    return EagerTensor(np.asarray(rank, np.int32)[()])


def normalize(
    tensor: Any, ord: Any = "euclidean", axis: Any = None, name: str | None = None
) -> tuple[EagerTensor, EagerTensor]:
    """The tensor divided by its norm, and that norm."""
    length = norm(tensor, ord, axis, keepdims=True)
    return tensor_of(tensor) / length, length


@operation("MatrixSolve")
def solve(matrix: Any, rhs: Any, adjoint: bool = False, name: str | None = None) -> Tensor:
    """The X with matrix · X = rhs."""
    a, b = pair("MatrixSolve", matrix, rhs)
    return solvers.solve(reshape.matrix_transpose(a) if adjoint else a, b)


@operation("BandPart")
def band_part(input: Any, num_lower: int, num_upper: int, name: str | None = None) -> Tensor:
    """The matrix with zeros outside a band around the diagonal.

    Args:
        input: (..., n, m).
        num_lower, num_upper: the number of diagonals to keep below and above the main one; -1 for all.
    """
    x = tensor_of(input)
    lower = x if num_lower < 0 else diagonals.triu(x, -num_lower)
    return lower if num_upper < 0 else diagonals.tril(lower, num_upper)
