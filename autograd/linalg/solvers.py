"""Determinants, inverses, ranks and solutions of linear equations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..core.operation import array_of
from ..core.public import other_names
from ..core.tensor import Tensor, wrap
from ..ops.elementwise.arithmetic import abs as absolute
from ..ops.elementwise.complex_numbers import complex as as_complex, imag, real
from ..ops.elementwise.elementary import cos, sin
from ..ops.elementwise.selection import where
from ..ops.matrix import functions
from ..ops.matrix.products import matmul
from ..ops.new_memory import with_own_memory
from ..ops.reduce import reductions
from ..ops.shape.reshape import movedim, unsqueeze
from .checks import SINGULAR, check_equation, check_floating, check_result, check_square, raise_for
from .factorizations import eigvalsh, svdvals, zero_pivots


class Slogdet(NamedTuple):
    """The sign of a determinant, and the logarithm of its absolute value."""

    sign: Tensor
    logabsdet: Tensor


def det(A: Tensor) -> Tensor:
    """The determinant of each square matrix, (*, n, n) to (*); its gradient is correct for singular matrices too."""
    return functions.det(check_square("linalg.det", A))


@with_own_memory
def slogdet(A: Tensor) -> Slogdet:
    """The sign of the determinant and the logarithm of its absolute value, computed without overflow or underflow.

    Square matrices (*, n, n) give two tensors (*); of a singular matrix 0 and -∞.
    """
    A = check_square("linalg.slogdet", A)
    out = functions.log_det(A)
    if A.array.dtype.kind != "c":
        return Slogdet(where(np.ones(out.array.shape, bool), wrap(functions.numpy_slogdet(A.array)[0]), out), out)
    angle = imag(out)
    sign = where(np.isneginf(out.array.real), 0, as_complex(cos(angle), sin(angle)))
    return Slogdet(sign, real(out))


def inv(A: Tensor) -> Tensor:
    """The inverse of each square matrix, (*, n, n).

    Raises:
        LinAlgError: a matrix is singular.
        RuntimeError: the matrices are not square.

    >>> from autograd import tensor
    >>> inv(tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    out: Tensor = functions.inv(check_square("linalg.inv", A))
    check_result("linalg.inv", A, out, SINGULAR)
    return out


class InvEx(NamedTuple):
    """An inverse; `info` is 0, or the index of the first zero pivot, counted from 1."""

    inverse: Tensor
    info: Tensor


def inv_ex(A: Tensor, *, check_errors: bool = False) -> InvEx:
    """Like `inv`, but `info` reports a singular matrix, and nothing is raised.

    Raises:
        LinAlgError: `check_errors` is True, and a matrix is singular.
    """
    if check_errors:
        inv(A)
    return InvEx(functions.inv(check_square("linalg.inv_ex", A)), zero_pivots(A))


def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """The solution X of AX = B, or of XA = B.

    Args:
        A: (*, n, n).
        B: (*, n, k) or (*, n); (*, k, n) if `left` is False.
        left: whether to solve AX = B or XA = B.

    Raises:
        LinAlgError: a matrix is singular.
        RuntimeError: the shapes do not match.
    """
    out = _solution(A, B, left)
    if np.isnan(out.array).any():
        raise_for("linalg.solve", (zero_pivots(A).array > 0) & np.isfinite(A.array).all((-2, -1)), SINGULAR)
    return out


def _solution(A: Tensor, B: Tensor, left: bool) -> Tensor:
    """The solution, with NaN for singular matrices."""
    A, vector = check_square("linalg.solve", A), _is_vector(A, B)
    check_equation("linalg.solve", A, B, left, vector)
    b = unsqueeze(B, -1) if vector else B
    a, b = (A, b) if left or vector else (A.mT, b.mT)
    out: Tensor = functions.solve(a, b)
    return out[..., 0] if vector else out if left else out.mT


def _is_vector(A: Tensor, B: Tensor) -> bool:
    """Whether B is one vector for each matrix of A, not a matrix."""
    return B.array.ndim == 1 or (A.array.ndim - 1 == B.array.ndim and B.array.shape == A.array.shape[:-1])


class SolveEx(NamedTuple):
    """A solution; `info` is 0, or the index of the first zero pivot, counted from 1."""

    result: Tensor
    info: Tensor


def solve_ex(A: Tensor, B: Tensor, *, left: bool = True, check_errors: bool = False) -> SolveEx:
    """Like `solve`, but `info` reports a singular matrix, for which the solution is NaN, and nothing is raised.

    Raises:
        LinAlgError: `check_errors` is True, and a matrix is singular.
    """
    return SolveEx(solve(A, B, left=left) if check_errors else _solution(A, B, left), zero_pivots(A))


def pinv(A: Tensor, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Tensor:
    """The Moore-Penrose pseudo-inverse; its gradient is correct where the rank is locally constant.

    Args:
        A: (*, m, n).
        rcond: an older name of `rtol`.
        hermitian: whether A is Hermitian; then only its lower triangle is read.
        atol, rtol: singular values s ≤ max(atol, rtol · max(s)) count as 0. By default, `atol` is 0 and `rtol` is
            max(m, n) times the machine epsilon.
    """
    A = check_floating("linalg.pinv", A)
    if hermitian:
        check_square("linalg.pinv", A)
    absolute_tolerance, relative_tolerance = _tolerances(A, atol, rcond if rtol is None else rtol)
    if 0 in A.array.shape:
        return matmul(A.mT, wrap(np.zeros((A.array.shape[-2],) * 2, A.array.dtype)))
    return functions.pinv(A, absolute_tolerance, relative_tolerance, hermitian)


def _tolerances(A: Tensor, atol: Any, rtol: Any) -> tuple[Any, Any]:
    """`atol` and `rtol` with their defaults, as arrays (*, 1) that broadcast with the singular values of A."""
    if rtol is None:
        default = atol is None or not np.any(np.asarray(array_of(atol)) > 0)
        rtol = max(A.array.shape[-2:]) * float(np.finfo(A.array.dtype).eps) if default else 0.0
    absolute_tolerance = 0.0 if atol is None else array_of(atol)
    return np.asarray(absolute_tolerance)[..., None], np.asarray(array_of(rtol))[..., None]


def matrix_rank(A: Tensor, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Tensor:
    """The number of singular values above the tolerances of `pinv`; `tol` is an older name of `atol`."""
    A = check_floating("linalg.matrix_rank", A)
    x = A.detach()
    s = (absolute(eigvalsh(x)) if hermitian else svdvals(x)).array
    if tol is not None:
        atol, rtol = tol, 0.0
    absolute_tolerance, relative_tolerance = _tolerances(A, atol, rtol)
    largest = np.max(s, -1, keepdims=True, initial=0)
    return wrap(np.sum(s > np.maximum(absolute_tolerance, relative_tolerance * largest), -1))


class Lstsq(NamedTuple):
    """A least-squares solution; `residuals`, `rank` and `singular_values` are empty where the driver omits them."""

    solution: Tensor
    residuals: Tensor
    rank: Tensor
    singular_values: Tensor


@with_own_memory
@other_names(b="B")
def lstsq(A: Tensor, B: Tensor, rcond: float | None = None, *, driver: str | None = None) -> Lstsq:
    """The X of least norm among those that minimize |AX - B|².

    Args:
        A: (*, m, n).
        B: (*, m, k) or (*, m).
        rcond: as `rtol` of `pinv`.
        driver: which LAPACK driver's results to return. "gelsy" (the default) has the rank, "gels" the residuals,
            "gelsd" and "gelss" the rank, the residuals and the singular values. The solution is the same.

    Raises:
        RuntimeError: another driver.
    """
    if driver not in (None, "gels", "gelsy", "gelsd", "gelss"):
        raise RuntimeError(
            f"linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss), but got {driver!r}"
        )
    vector = _is_vector(check_floating("linalg.lstsq", A), B)
    b = unsqueeze(B, -1) if vector else B
    m, n = A.array.shape[-2:]
    solution = matmul(pinv(A, rtol=rcond), b)
    rank = matrix_rank(A, rtol=rcond)
    size = absolute(matmul(A, solution) - b)
    has_residuals = m > n and driver not in (None, "gelsy") and np.all(rank.array == n)
    residuals = reductions.sum(size * size, -2) if has_residuals else size.reshape(-1)[:0]
    return Lstsq(
        solution[..., 0] if vector else solution,
        residuals,
        wrap(np.zeros(0, np.int64)) if driver == "gels" else rank,
        svdvals(A.detach()) if driver in ("gelsd", "gelss") else wrap(np.zeros(0, A.array.real.dtype)),
    )


def tensorinv(A: Tensor, ind: int = 2) -> Tensor:
    """The inverse of `A` as a linear map from its dims `ind` and later to its first `ind` dims.

    Raises:
        RuntimeError: `ind` is not positive, or the two groups of dims have different numbers of elements.
    """
    if ind <= 0:
        raise RuntimeError(f"linalg.tensorinv: Expected a strictly positive integer for 'ind', got {ind}")
    rows, columns = A.array.shape[:ind], A.array.shape[ind:]
    if math.prod(rows) != math.prod(columns):
        raise RuntimeError(
            f"linalg.tensorinv: Expected self to satisfy the requirement prod(self.shape[ind:]) == "
            f"prod(self.shape[:ind]), but got {math.prod(columns)} != {math.prod(rows)}"
        )
    return inv(A.reshape(math.prod(rows), math.prod(columns))).reshape((*columns, *rows))


@other_names(other="B")
def tensorsolve(A: Tensor, B: Tensor, dims: Sequence[int] | None = None) -> Tensor:
    """The solution X of `tensordot(A, X, X.ndim) = B`. `dims` names dims of A to move to its end first.

    Raises:
        RuntimeError: the sizes do not match.
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
