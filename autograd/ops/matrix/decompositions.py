"""Decompositions of matrices and of stacks of matrices: Cholesky, LU, QR, eigenvalues, singular values.

A primitive has one output, so the factors are packed into one array, from which `parts` takes them. The
derivatives are those of M. B. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008). As in PyTorch, the gradient for complex factors is right only if the function of them does not
depend on the phases of singular vectors and eigenvectors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...base.numpy_warnings import silenced
from ...core.operation import Operation, array_of, primitive
from ..elementwise.selection import where
from ..shape.diagonals import lower, upper
from .functions import adjoint, converged, or_nan, solve

Shape = tuple[int, ...]


# -- factors packed into one array -----------------------------------------------------------------------


def _packed(factors: Sequence[Array], vectors: Sequence[bool]) -> Array:
    """The factors of each matrix, flattened and concatenated; `vectors` says which of them are vectors."""
    flat = []
    for factor, vector in zip(factors, vectors, strict=True):
        batch = factor.shape[: -1 if vector else -2]
        flat.append(factor.reshape(*batch, math.prod(factor.shape[len(batch) :])))
    return np.concatenate(flat, -1)


def parts(packed: Any, *shapes: Shape) -> list[Any]:
    """The factors, of the shapes given, that are packed into an array or Tensor."""
    batch, start, factors = tuple(packed.shape[:-1]), 0, []
    for shape in shapes:
        end = start + math.prod(shape)
        factors.append(packed[..., start:end].reshape((*batch, *shape)))
        start = end
    return factors


def _quotient(x: Any, y: Any) -> Any:
    """x / y, and 0 where both are 0, as for repeated eigenvalues if nothing depends on their vectors."""
    both_zero = (array_of(x) == 0) & (array_of(y) == 0)
    return where(both_zero, 0, x / where(both_zero, 1, y))


def _on_diagonal(x: Any, n: int) -> Any:
    return x[..., None] * np.eye(n, dtype=bool)


def _half_lower(x: Any) -> Any:
    """The lower triangle with its diagonal halved."""
    return (lower(x, 0) + lower(x, -1)) / 2


def divide_by_adjoint(x: Any, triangle: Any) -> Any:
    """x · (triangleᴴ)⁻¹."""
    return adjoint(solve(triangle, adjoint(x)))


# -- Cholesky and LU ---------------------------------------------------------------------------------------


def _rule_of_cholesky(g: Any, out: Any) -> Any:
    lh = adjoint(out)
    inner = solve(lh, _half_lower(lh @ g.conj()))
    gx = adjoint(solve(lh, adjoint(inner)))
    return ((gx + adjoint(gx)) / 2).conj()


def _cholesky(x: Array) -> Array:
    """The factors; NaN for matrices that are not positive definite, which those with NaN or infinities are not."""
    out = or_nan(np.linalg.cholesky, x)
    out[~np.isfinite(out).all((-2, -1))] = np.nan
    return out


#: The lower triangular L of A = LLᴴ, for positive definite matrices; only the lower triangle of A is read.
cholesky: Operation = primitive(
    "cholesky",
    lambda x: _cholesky(x),
    x=_rule_of_cholesky,
    doc="The lower triangular L of A = LLᴴ: L⁻ᴴ Φ(Lᴴg) L⁻¹, made Hermitian; Φ: lower triangle, diagonal halved",
)


def eliminated(x: Array, pivoting: bool) -> tuple[Array, Array]:
    """Gaussian elimination: one matrix with L, without its diagonal of ones, and U; and the pivots.

    The pivots count from 1: step i exchanged row i, counted from 1 as well, with row pivots[i].
    """
    x = np.array(x)
    m, n = x.shape[-2:]
    pivots = np.broadcast_to(np.arange(1, min(m, n) + 1, dtype=np.int32), (*x.shape[:-2], min(m, n))).copy()
    for i in range(min(m, n)):
        if pivoting:
            magnitude = np.abs(x[..., i:, i].real) + np.abs(x[..., i:, i].imag)
            pivots[..., i] = i + 1 + np.argmax(magnitude, -1)
            x = np.take_along_axis(x, _exchange(pivots[..., i], i, m)[..., None], -2)
        pivot = x[..., i : i + 1, i]
        x[..., i + 1 :, i] /= np.where(pivot == 0, 1, pivot)
        x[..., i + 1 :, i + 1 :] -= x[..., i + 1 :, i : i + 1] * x[..., i : i + 1, i + 1 :]
    return x, pivots


def _exchange(pivot: Array, i: int, rows: int) -> Array:
    """The order of the rows after row i and row `pivot`, which counts from 1, were exchanged."""
    order = np.broadcast_to(np.arange(rows), (*pivot.shape, rows)).copy()
    np.put_along_axis(order, pivot[..., None].astype(np.int64) - 1, i, -1)
    order[..., i] = pivot - 1
    return order


def order_of(pivots: Array, rows: int) -> Array:
    """The order of the rows after all exchanges of a pivoted elimination."""
    order = np.broadcast_to(np.arange(rows), (*pivots.shape[:-1], rows)).copy()
    for i in range(pivots.shape[-1]):
        order = np.take_along_axis(order, _exchange(pivots[..., i], i, rows), -1)
    return order


def _rule_of_lu(g: Any, out: Any) -> Any:
    g, n = g.conj(), out.shape[-1]
    left, right = lower(out, -1) + np.eye(n, dtype=array_of(out).dtype), upper(out, 0)
    inner = lower(adjoint(left) @ lower(g, -1), -1) + upper(upper(g, 0) @ adjoint(right), 0)
    return divide_by_adjoint(solve(adjoint(left), inner), right).conj()


#: L and U of a square A = LU, without pivoting, in one matrix: L below the diagonal, U on and above it.
lu_factor: Operation = primitive(
    "lu_factor",
    lambda x: eliminated(x, False)[0],
    x=_rule_of_lu,
    doc="L (below the diagonal) and U of A = LU in one matrix: L⁻ᴴ (tril(LᴴgL) + triu(gU Uᴴ)) U⁻ᴴ",
)


# -- QR ----------------------------------------------------------------------------------------------------


def _rule_of_qr(g: Any, x_shape: Shape, out: Any) -> Any:
    m, n = x_shape[-2:]
    q, r = parts(out, (m, n), (n, n))
    gq, gr = parts(g.conj(), (m, n), (n, n))
    inner = gr @ adjoint(r) - adjoint(q) @ gq if 0 not in (m, n) else gr
    half = (upper(inner, 0) + upper(inner, 1)) / 2
    return divide_by_adjoint(gq + q @ (half + adjoint(half)), r).conj()


numpy_qr = silenced(np.linalg.qr)

#: The orthonormal Q and the upper triangular R of A = QR, packed, for at least as many rows as columns.
qr: Operation = primitive(
    "qr",
    lambda x: _packed(numpy_qr(x), (False, False)),
    x=_rule_of_qr,
    doc="The Q and R of A = QR, packed into one array",
)


# -- eigenvalues ---------------------------------------------------------------------------------------------


def _eigh(x: Array) -> Array:
    values, vectors = converged("linalg.eigh", np.linalg.eigh, x)
    return _packed((vectors, values.astype(vectors.dtype)), (False, True))


def _differences(values: Any) -> Any:
    return values[..., None, :] - values[..., :, None]


def _rule_of_eigh(g: Any, out: Any, x_shape: Shape) -> Any:
    n = x_shape[-1]
    vectors, values = parts(out, (n, n), (n,))
    g_vectors, g_values = parts(g.conj(), (n, n), (n,))
    apart = ~np.eye(n, dtype=bool)
    rotation = _quotient((adjoint(vectors) @ g_vectors) * apart, _differences(values.real))
    gx = vectors @ (rotation + _on_diagonal(g_values.real, n)) @ adjoint(vectors)
    return ((gx + adjoint(gx)) / 2).conj()


#: The orthonormal eigenvectors and the eigenvalues of a Hermitian matrix, packed; only its lower triangle is read.
eigh: Operation = primitive(
    "eigh",
    _eigh,
    x=_rule_of_eigh,
    doc="The eigenvectors V and eigenvalues λ of a Hermitian matrix, packed: V (Vᴴg / (λⱼ - λᵢ) + gλ) Vᴴ, Hermitian",
)


def _eig(x: Array) -> Array:
    if not np.isfinite(x).all():
        raise RuntimeError("linalg.eig: input tensor should not contain infs or NaNs.")
    values, vectors = converged("linalg.eig", np.linalg.eig, x)
    out = _packed((vectors, values), (False, True))
    return out if out.dtype.kind == "c" else out.astype(np.result_type(out.dtype, np.complex64))


def _rule_of_eig(g: Any, x_shape: Shape, x_dtype: Any, out: Any) -> Any:
    n = x_shape[-1]
    vectors, values = parts(out, (n, n), (n,))
    g_vectors, g_values = parts(g.conj(), (n, n), (n,))
    vh, unit = adjoint(vectors), np.eye(n, dtype=bool)
    rotation = vh @ g_vectors
    along = (rotation.real * unit).sum(-1)  # eigenvectors keep the length 1
    rotation = (rotation - (vh @ vectors) * along[..., None, :]) * ~unit
    inner = _quotient(rotation, _differences(values).conj()) + _on_diagonal(g_values, n)
    gx = solve(vh, inner @ vh)
    return gx.conj() if x_dtype.kind == "c" else gx.real


#: The eigenvectors, of length 1, and the eigenvalues of a square matrix, packed; always complex.
eig: Operation = primitive(
    "eig",
    _eig,
    x=_rule_of_eig,
    doc="The eigenvectors and eigenvalues of a square matrix, packed into one array",
)


# -- singular values -------------------------------------------------------------------------------------------


def svd_shapes(shape: Sequence[int]) -> tuple[Shape, Shape, Shape]:
    """The shapes of U, S and Vᴴ for a matrix of the shape given."""
    m, n = shape[-2:]
    k = min(m, n)
    return (m, k), (k,), (k, n)


def _svd(x: Array) -> Array:
    u, s, vh = converged("linalg.svd", lambda a: np.linalg.svd(a, full_matrices=False), x)
    return _packed((u, s.astype(u.dtype), vh), (False, True, False))


def _skew(x: Any) -> Any:
    return x - adjoint(x)


def _rule_of_svd(g: Any, x_shape: Shape, x_dtype: Any, out: Any) -> Any:
    shapes = svd_shapes(x_shape)
    (m, k), _, (_, n) = shapes
    u, s, vh = parts(out, *shapes)
    gu, gs, gvh = parts(g.conj(), *shapes)
    s, v, apart = s.real, adjoint(vh), ~np.eye(k, dtype=bool)
    rotation_u, rotation_v = _skew(adjoint(u) @ gu), _skew(vh @ adjoint(gvh))
    both = rotation_u * s[..., None, :] + s[..., :, None] * rotation_v
    inner = _quotient(both * apart, _differences(s * s)) + _on_diagonal(gs.real, k)
    if x_dtype.kind == "c":
        inner = inner + _quotient(rotation_u * ~apart, 2 * s[..., None, :])
    if m > k:  # the part of the cotangent of U outside the span of U
        scaled = _quotient(gu, s[..., None, :])
        gx = (u @ inner + scaled - u @ (adjoint(u) @ scaled)) @ vh
    elif n > k:
        scaled = _quotient(gvh, s[..., :, None])
        gx = u @ (inner @ vh + scaled - (scaled @ v) @ vh)
    else:
        gx = u @ inner @ vh
    return gx.conj()


#: U, the singular values in descending order, and Vᴴ of A = U diag(S) Vᴴ, packed; U has as many columns, and Vᴴ as
#: many rows, as there are singular values.
svd: Operation = primitive(
    "svd", _svd, x=_rule_of_svd, doc="The U, S and Vᴴ of A = U diag(S) Vᴴ, packed into one array"
)
