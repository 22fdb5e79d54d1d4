"""`tf.linalg`: factors of matrices, what follows from them, and other products and norms."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.tensor import Tensor
from ..linalg import factorizations, products, solvers as linear
from ..ops.elementwise import selection
from ..ops.matrix import functions
from ..ops.shape import reshape
from .elementwise import floats, pair
from .products import matmul, norm, of_matrices
from .tensors import EagerTensor, operation, tensor_of

pinv = of_matrices("MatrixPinv", linear.pinv, "The pseudoinverse: the inverse where there is one.")
logdet = of_matrices("MatrixLogDet", lambda x: linear.slogdet(x).logabsdet, "The logarithm of |det|.")
eigvalsh = of_matrices("SelfAdjointEigV2", factorizations.eigvalsh, "The eigenvalues of a symmetric matrix, ascending.")
adjoint = of_matrices("Adjoint", functions.adjoint, "The transpose, of complex numbers conjugated.")
tensor_diag_part = of_matrices("DiagPart", lambda x: reshape.diagonal(x, 0, -2, -1), "The diagonal.")
tensor_diag = of_matrices("Diag", reshape.diag_embed, "The matrix with this vector on its diagonal.")


def _eager(*parts: Any) -> tuple[EagerTensor, ...]:
    return tuple(EagerTensor.result(part) for part in parts)


def slogdet(input: Any, name: str | None = None) -> tuple[EagerTensor, ...]:
    """The sign of the determinant, and the logarithm of its absolute value."""
    return _eager(*linear.slogdet(floats("LogMatrixDeterminant", input)))


def qr(input: Any, full_matrices: bool = False, name: str | None = None) -> tuple[EagerTensor, ...]:
    """The orthonormal Q and the upper triangular R of a matrix."""
    return _eager(*factorizations.qr(floats("Qr", input), "complete" if full_matrices else "reduced"))


def eigh(tensor: Any, name: str | None = None) -> tuple[EagerTensor, ...]:
    """The eigenvalues of a symmetric matrix, ascending, and its eigenvectors as columns."""
    return _eager(*factorizations.eigh(floats("SelfAdjointEigV2", tensor)))


def svd(tensor: Any, full_matrices: bool = False, compute_uv: bool = True, name: str | None = None) -> Any:
    """The singular values s, and U and V of U diag(s) Vᵀ: s, u, v; s alone if `compute_uv` is False.

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
    """The X that makes ‖matrix · X - rhs‖² + l2_regularizer ‖X‖² least."""
    a, b = pair("MatrixSolveLs", matrix, rhs)
    if not l2_regularizer:
        return matmul(EagerTensor.result(linear.pinv(a)), b)
    transposed = reshape.matrix_transpose(a)
    square = matmul(transposed, a) + l2_regularizer * np.eye(a.array.shape[-1], dtype=a.array.dtype)
    return linear.solve(square, matmul(transposed, b))


@operation("MatrixTriangularSolve")
def triangular_solve(
    matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False, name: str | None = None
) -> Tensor:
    """The X with matrix · X = rhs, for a matrix of which only the lower (or upper) triangle counts."""
    a, b = pair("MatrixTriangularSolve", matrix, rhs)
    x = reshape.tril(a) if lower else reshape.triu(a)
    x = functions.adjoint(x) if adjoint else x
    return factorizations.solve_triangular(x, b, upper=lower == adjoint)


@operation("CholeskySolve")
def cholesky_solve(chol: Any, rhs: Any, name: str | None = None) -> Tensor:
    """The X with A · X = rhs, for the Cholesky factor of A."""
    return triangular_solve(chol, triangular_solve(chol, rhs), adjoint=True)


@operation("Cross")
def cross(a: Any, b: Any, name: str | None = None) -> Tensor:
    """The cross product of vectors of 3."""
    return products.cross(*pair("Cross", a, b))


@operation("MatrixSetDiag")
def set_diag(input: Any, diagonal: Any, name: str | None = None) -> Tensor:
    """A matrix with another diagonal."""
    x, d = pair("MatrixSetDiag", input, diagonal)
    rows, columns = x.array.shape[-2:]
    if d.array.shape != (*x.array.shape[:-2], min(rows, columns)):
        raise RuntimeError(f"the diagonal of {tuple(x.array.shape)} does not have the shape {tuple(d.array.shape)}")
    there = np.eye(rows, columns, dtype=bool)
    spread = reshape.unsqueeze(d, -1) if rows <= columns else reshape.unsqueeze(d, -2)
    return selection.where(there, spread, x)


@operation("MatrixRank")
def matrix_rank(a: Any, tol: Any = None, name: str | None = None) -> Tensor:
    """How many singular values are above the tolerance."""
    rank = np.linalg.matrix_rank(np.asarray(floats("MatrixRank", a).array), tol)
    return EagerTensor(np.asarray(rank, np.int32)[()])


def normalize(
    tensor: Any, ord: Any = "euclidean", axis: Any = None, name: str | None = None
) -> tuple[EagerTensor, EagerTensor]:
    """The tensor divided by its norm, and the norm."""
    length = norm(tensor, ord, axis, keepdims=True)
    return tensor_of(tensor) / length, length
