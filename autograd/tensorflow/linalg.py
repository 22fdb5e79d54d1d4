"""`tf.linalg`: inverses, determinants, factorizations and solvers; products and norms come from products.py."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..core.tensor import Tensor
from ..linalg import factorizations, products, solvers
from ..ops.elementwise import arithmetic, selection
from ..ops.matrix import functions
from ..ops.reduce import reductions
from ..ops.shape import diagonals, padding, reshape
from .creation import eye
from .elementwise import cast, floats, pair
from .errors import invalid
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
from .reductions import in_dtype_of
from .tensors import EagerTensor, checked, operation, tensor_of

__all__ = [
    "adjoint", "band_part", "cholesky", "cholesky_solve", "clip_by_global_norm", "clip_by_norm", "cross", "det", "diag",
    "diag_part", "eigh", "eigvalsh", "einsum", "expm", "eye", "global_norm", "inv", "l2_normalize", "logdet", "lstsq",
    "matmul", "matrix_rank", "matrix_transpose", "matvec", "norm", "normalize", "pinv", "qr", "set_diag", "slogdet",
    "solve", "svd", "tensor_diag", "tensor_diag_part", "tensordot", "trace", "triangular_solve",
]  # fmt: skip


# -- one matrix, or a batch of matrices ------------------------------------------------------------------


@operation("MatrixInverse")
def inv(input: Any, adjoint: bool = False, name: str | None = None) -> Tensor:
    """The inverse of a square matrix; of its conjugate transpose if `adjoint`."""
    x = floats("MatrixInverse", input)
    return solvers.inv(functions.adjoint(x) if adjoint else x)


@operation("MatrixDeterminant")
def det(input: Any, name: str | None = None) -> Tensor:
    """The determinant."""
    return solvers.det(floats("MatrixDeterminant", input))


@operation("Cholesky")
def cholesky(input: Any, name: str | None = None) -> Tensor:
    """The lower triangular L with L · Lᵀ = input."""
    return factorizations.cholesky(floats("Cholesky", input))


@operation("MatrixExponential")
def expm(input: Any, name: str | None = None) -> Tensor:
    """The exponential of a square matrix."""
    return products.matrix_exp(floats("MatrixExponential", input))


@operation("Transpose")
def matrix_transpose(a: Any, name: str | None = None, conjugate: bool = False) -> Tensor:
    """The transpose, the last two axes exchanged; the conjugate transpose if `conjugate`."""
    x = tensor_of(a)
    return functions.adjoint(x) if conjugate else reshape.matrix_transpose(x)


@operation("Adjoint")
def adjoint(matrix: Any, name: str | None = None) -> Tensor:
    """The conjugate transpose."""
    return functions.adjoint(tensor_of(matrix))


@operation("Trace")
def trace(x: Any, name: str | None = None) -> Tensor:
    """The sum of the diagonal of a matrix."""
    diagonal = diagonals.diagonal(tensor_of(x), 0, -2, -1)
    return in_dtype_of(diagonal, reductions.sum(diagonal, -1))


@operation("MatrixPinv")
def pinv(a: Any, rcond: Any = None, validate_args: bool = False, name: str | None = None) -> Tensor:
    """The Moore-Penrose pseudoinverse; singular values below `rcond` times the largest count as 0."""
    x = floats("MatrixPinv", a)
    return solvers.pinv(x) if rcond is None else solvers.pinv(x, rcond=tensor_of(rcond).array)


@operation("MatrixLogDet")
def logdet(matrix: Any, name: str | None = None) -> Tensor:
    """log |det|."""
    return solvers.slogdet(floats("MatrixLogDet", matrix)).logabsdet


@operation("SelfAdjointEigV2")
def eigvalsh(tensor: Any, name: str | None = None) -> Tensor:
    """The eigenvalues of a symmetric matrix, in ascending order; only its lower triangle is read."""
    x = _checked("SelfAdjointEigV2", tensor)
    return cast(EagerTensor.result(factorizations.eigvalsh(_from_lower_triangle(x))), x.dtype)


def _from_lower_triangle(x: Tensor) -> Tensor:
    """The symmetric, or Hermitian, matrix with the lower triangle of `x`, which gets the gradient of both."""
    return arithmetic.add(diagonals.tril(x), functions.adjoint(diagonals.tril(x, -1)))


# -- diagonals -------------------------------------------------------------------------------------------


@operation("MatrixDiagPart")
def diag_part(input: Any, name: str | None = None, k: int = 0) -> Tensor:
    """The diagonal of a matrix, along the last two axes; the one `k` above the main diagonal, or below it if k < 0."""
    return diagonals.diagonal(tensor_of(input), int(k), -2, -1)


@operation("MatrixDiag")
def diag(
    diagonal: Any, name: str | None = None, k: int = 0, num_rows: int = -1, num_cols: int = -1, padding_value: Any = 0
) -> Tensor:
    """The matrix whose diagonal `k` is the last axis of a tensor.

    Args:
        diagonal: (..., n).
        k: the place of the diagonal, above the main one, or below it if negative.
        num_rows, num_cols: the size of the matrix; by default square, or if one is given, the other as small as can be.
        padding_value: the value of the other elements.

    Raises:
        InvalidArgumentError: the matrix is too small for the diagonal, or has both more rows and more columns.
    """
    d = tensor_of(diagonal)
    value = EagerTensor(cast(padding_value, d.dtype).array)
    if not d.array.ndim:
        raise RuntimeError("diagonal must be at least 1-dim, received shape: []")
    count, offset = d.array.shape[-1], int(k)
    least = count + max(-offset, 0), count + max(offset, 0)
    given = (int(num_rows), int(num_cols))
    default = (count + abs(offset),) * 2 if given == (-1, -1) else least
    rows, columns = (n if m == -1 else m for n, m in zip(default, given))
    if min(rows - least[0], columns - least[1]) != 0:
        raise RuntimeError(f"a diagonal of {count} elements at k={offset} does not fit a matrix of {rows} x {columns}")
    return selection.where(*_placed(d, rows, columns, offset), value)


def _placed(diagonal: Tensor, rows: int, columns: int, offset: int) -> tuple[Any, Tensor]:
    """Where the diagonal of a matrix is, and a matrix with its elements there."""
    x = diagonals.diag_embed(diagonal, offset)
    size = x.array.shape[-1]
    x = padding.pad(x, [0, columns - size, 0, rows - size])
    return np.eye(rows, columns, offset, bool), x


@operation("MatrixSetDiag")
def set_diag(input: Any, diagonal: Any, name: str | None = None, k: int = 0) -> Tensor:
    """The matrix with its diagonal replaced; the one `k` above the main diagonal, or below it if k < 0."""
    x, d = pair("MatrixSetDiag", input, diagonal)
    place = diagonals.diagonal(x, int(k), -2, -1)
    if d.array.shape != place.array.shape:
        raise RuntimeError(
            f"a diagonal of shape {tuple(d.array.shape)} does not fit a matrix of shape {tuple(x.array.shape)}"
        )
    rows, columns = x.array.shape[-2:]
    return selection.where(*_placed(d, rows, columns, int(k)), x)


@operation("Diag")
def tensor_diag(diagonal: Any, name: str | None = None) -> Tensor:
    """The diagonal matrix of a vector; of a tensor of shape (…) a tensor of shape (…, …)."""
    x = tensor_of(diagonal)
    return reshape.reshape(diagonals.diag_embed(reshape.reshape(x, (-1,))), (*x.array.shape, *x.array.shape))


@operation("DiagPart")
def tensor_diag_part(input: Any, name: str | None = None) -> Tensor:
    """The diagonal of a square matrix; of a tensor of shape (…, …) a tensor of shape (…)."""
    x = tensor_of(input)
    half = x.array.ndim // 2
    sizes = x.array.shape[:half]
    if x.array.shape != (*sizes, *sizes) or not half:
        raise RuntimeError(f"the first half of the sizes must equal the second half, but the shape is {x.array.shape}")
    count = int(np.prod(sizes))
    return reshape.reshape(diagonals.diagonal(reshape.reshape(x, (count, count)), 0, -2, -1), sizes)


# -- factorizations --------------------------------------------------------------------------------------


class LogDeterminant(NamedTuple):
    """The sign of a determinant, and the logarithm of its absolute value."""

    sign: EagerTensor
    log_abs_determinant: EagerTensor


class QR(NamedTuple):
    """An orthonormal Q, and an upper triangular R."""

    q: EagerTensor
    r: EagerTensor


def _eager(*parts: Any) -> tuple[EagerTensor, ...]:
    return tuple(EagerTensor.result(part) for part in parts)


@checked("LogMatrixDeterminant")
def slogdet(input: Any, name: str | None = None) -> LogDeterminant:
    """The sign of the determinant and the logarithm of its absolute value.

    >>> float(slogdet([[2.0, 0.0], [0.0, -3.0]]).sign)
    -1.0
    """
    x = _checked("LogMatrixDeterminant", input)
    sign, logarithm = _eager(*solvers.slogdet(x))
    return LogDeterminant(sign, cast(logarithm, x.dtype))


@checked("Qr")
def qr(input: Any, full_matrices: bool = False, name: str | None = None) -> QR:
    """The orthonormal Q and the upper triangular R of a matrix."""
    x = _checked("Qr", input, square=False)
    return QR(*_eager(*factorizations.qr(x, "complete" if full_matrices else "reduced")))


@checked("SelfAdjointEigV2")
def eigh(tensor: Any, name: str | None = None) -> tuple[EagerTensor, ...]:
    """The eigenvalues of a symmetric matrix in ascending order, and its eigenvectors as columns.

    Only the lower triangle is read.
    """
    x = _checked("SelfAdjointEigV2", tensor)
    values, vectors = _eager(*factorizations.eigh(_from_lower_triangle(x)))
    return cast(values, x.dtype), vectors


def _checked(op: str, value: Any, square: bool = True) -> EagerTensor:
    """A matrix of floating-point numbers; InvalidArgumentError for other shapes."""
    x = floats(op, value)
    shape = x.array.shape
    if len(shape) < 2 or square and shape[-1] != shape[-2]:
        kind = "a square matrix, or a batch of them" if square else "a matrix, or a batch of them"
        raise invalid(op, f"Input must be {kind}, but has shape {list(shape)}")
    return x


@checked("Svd")
def svd(tensor: Any, full_matrices: bool = False, compute_uv: bool = True, name: str | None = None) -> Any:
    """The singular value decomposition U diag(s) Vᵀ: (s, u, v), or only s if `compute_uv` is False.

    >>> s = svd([[3.0, 0.0], [0.0, -4.0]], compute_uv=False)
    >>> s.numpy().round(4)
    array([4., 3.], dtype=float32)
    """
    x = _checked("Svd", tensor, square=False)
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
    transposed = functions.adjoint(a)
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


@operation("MatrixRank")
def matrix_rank(a: Any, tol: Any = None, validate_args: bool = False, name: str | None = None) -> Tensor:
    """The number of singular values above the tolerance."""
    x = np.asarray(tensor_of(a).array)
    rank = np.linalg.matrix_rank(x.astype(np.float32) if x.dtype == np.float16 else x, tol)
    return EagerTensor(np.asarray(rank, np.int32)[()])


@checked("Normalize")
def normalize(
    tensor: Any, ord: Any = "euclidean", axis: Any = None, name: str | None = None
) -> tuple[EagerTensor, EagerTensor]:
    """The tensor divided by its norm, and that norm."""
    length = norm(tensor, ord, axis, keepdims=True)
    x = tensor_of(tensor)
    return x / cast(length, x.dtype), length


@operation("MatrixSolve")
def solve(matrix: Any, rhs: Any, adjoint: bool = False, name: str | None = None) -> Tensor:
    """The X with matrix · X = rhs."""
    a, b = pair("MatrixSolve", matrix, rhs)
    return solvers.solve(functions.adjoint(a) if adjoint else a, b)


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
