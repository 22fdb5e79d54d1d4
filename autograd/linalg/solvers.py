"""Inverses, determinants and solutions of linear equations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..core.operation import array_of
from ..core.tensor import Tensor, wrap
from ..ops.elementwise.arithmetic import abs as absolute
from ..ops.elementwise.complex_numbers import complex as as_complex, imag, real
from ..ops.elementwise.elementary import cos, sin
from ..ops.elementwise.selection import where
from ..ops.matrix import functions
from ..ops.matrix.products import matmul
from ..ops.reduce import reductions
from ..ops.shape.reshape import movedim, unsqueeze
from .factorizations import (
    SINGULAR,
    eigvalsh,
    floating,
    refuse,
    square_matrices,
    svdvals,
    zero_pivots,
)

# -- norms --------------------------------------------------------------------------------------------


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
