"""Functions of matrices and of stacks of matrices: inverse, solve, determinant, pseudo-inverse, exponential.

The derivatives are those of M. B. Giles, "Collected matrix derivative results for forward and reverse mode
algorithmic differentiation" (2008); of the pseudo-inverse, G. Golub and V. Pereyra, "The differentiation of
pseudo-inverses and nonlinear least squares problems" (1973). A singular matrix gives NaN here; the functions of
`linalg`, which users call, raise an error.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...base.numpy_warnings import silenced
from ...base.symbolic import as_array, as_one_call
from ...core.broadcasting import sum_to
from ...core.operation import Operation, primitive
from ..reduce.reductions import sum_axes
from ..shape.joining import join

__all__ = ["adjoint"]


class LinAlgError(RuntimeError):
    """A matrix is singular, not positive definite, or otherwise unfit for an operation of linear algebra."""


def or_nan(function: Callable[..., Array], *stacks: Array) -> Array:
    """Apply a function of `numpy.linalg` to stacks of matrices, with NaN for those that it raises an error for."""
    return as_one_call(_each_or_nan, function, *stacks)


@silenced
def _each_or_nan(function: Callable[..., Array], *stacks: Array) -> Array:
    try:
        return function(*stacks)
    except np.linalg.LinAlgError:
        batch = np.broadcast_shapes(*(s.shape[:-2] for s in stacks))
        stacks = tuple(np.broadcast_to(s, (*batch, *s.shape[-2:])) for s in stacks)
        out = np.full(stacks[-1].shape, np.nan, stacks[-1].dtype)
        for i in np.ndindex(batch):
            try:
                out[i] = function(*(s[i] for s in stacks))
            except np.linalg.LinAlgError:
                continue
        return out


@silenced
def converged(name: str, function: Callable[[Array], Any], stack: Array) -> Any:
    """Apply a function of `numpy.linalg` that iterates to a stack of matrices.

    Raises:
        LinAlgError: it does not converge for one of them, which NaN and infinite elements prevent.
    """
    try:
        return function(stack)
    except np.linalg.LinAlgError:
        for number, place in enumerate(np.ndindex(stack.shape[:-2])):
            try:
                function(stack[place])
            except np.linalg.LinAlgError:
                where = f"(Batch element {number}): " if place else ""
                finite = np.isfinite(stack[place]).all()
                why = "" if finite else " because the input matrix contained non-finite values"
                raise LinAlgError(f"{name}: {where}The algorithm failed to converge{why}.") from None
        raise  # the whole stack failed, so one of its matrices does


def adjoint(input: Any) -> Any:
    """The conjugate transpose of each matrix: a view of real ones, in new memory for complex ones."""
    return input.mT.conj()


def scalars(x: Any) -> Any:
    """A number for each matrix as a 1 × 1 matrix for each, so that it broadcasts against the matrices."""
    return x[..., None, None]


inv: Operation = primitive(
    "inv",
    lambda x: or_nan(np.linalg.inv, x),
    x=lambda g, out: -(out.mT @ g @ out.mT),
    doc="The inverse of each matrix: -outᵀ g outᵀ",
)

#: The solution X of AX = B, for stacks of matrices that broadcast.
solve: Operation = primitive(
    "solve",
    lambda a, b: or_nan(np.linalg.solve, a, b),
    a=lambda g, a, out, a_shape: sum_to(-(solve(a.mT, g) @ out.mT), a_shape),
    b=lambda g, a, b_shape: sum_to(solve(a.mT, g), b_shape),
    doc="The solution X of AX = B: A⁻ᵀg for B, and -A⁻ᵀg Xᵀ for A",
)


# -- determinants -------------------------------------------------------------------------------------


@silenced
def _cofactors(x: Array) -> Array:
    """det(x) · x⁻ᵀ; for a singular x from the SVD, each singular value replaced by the product of the others."""
    determinant = np.linalg.det(x)
    singular = as_array(determinant == 0)
    if not np.any(singular):
        return scalars(determinant) * np.linalg.inv(x).mT
    u, s, vh = np.linalg.svd(x)
    rest = np.stack([np.prod(np.delete(s, i, -1), -1) for i in range(s.shape[-1])], -1)
    signs = np.linalg.det(u) * np.linalg.det(vh)
    by_values = scalars(signs) * (u.conj() * rest[..., None, :]) @ vh.conj()
    invertible = np.where(scalars(singular), np.eye(x.shape[-1], dtype=x.dtype), x)
    return np.where(scalars(singular), by_values, scalars(determinant) * np.linalg.inv(invertible).mT)


def _rule_of_cofactors(g: Any, x: Any, out: Any) -> Any:
    w = inv(x).mT
    return sum_axes(g * out, (-2, -1), True) * w - w @ g.mT @ out


cofactors: Operation = primitive(
    "cofactors",
    _cofactors,
    x=_rule_of_cofactors,
    doc="The cofactors of each matrix, which are the derivatives of its determinant",
)


def _nan_where_nan(out: Array, x: Array) -> Array:
    """NaN for the matrices that contain NaN, which LAPACK may take for singular."""
    return np.where(np.isnan(x).any((-2, -1)), np.nan, out).astype(out.dtype)[()]


det: Operation = primitive(
    "det",
    silenced(lambda x: _nan_where_nan(np.linalg.det(x), x)),
    x=lambda g, x: scalars(g) * cofactors(x),
    doc="The determinant: g times the cofactors",
)


numpy_slogdet = silenced(np.linalg.slogdet)


def _log_det(x: Array) -> Array:
    sign, logarithm = numpy_slogdet(x)
    out = logarithm + 1j * np.angle(sign).astype(logarithm.dtype) if x.dtype.kind == "c" else logarithm
    return _nan_where_nan(out, x)


log_det: Operation = primitive(
    "log_det",
    _log_det,
    x=lambda g, x: scalars(g) * inv(x).mT,
    doc="log |det x|, or the logarithm of a complex determinant: g x⁻ᵀ",
)


# -- the pseudo-inverse ---------------------------------------------------------------------------------


def _pseudo_inverse(x: Array, absolute: Any, relative: Any, symmetric: bool) -> Array:
    """The pseudo-inverse, with singular values up to a threshold taken as 0."""
    if symmetric:
        lower = np.tril(x, -1)
        x = np.tril(x) + lower.conj().mT
    u, s, vh = converged("linalg.svd", lambda a: np.linalg.svd(a, full_matrices=False), x)
    threshold = np.maximum(absolute, relative * (s[..., :1] if s.shape[-1] else 0))
    kept = s > threshold
    inverse = np.where(kept, 1 / np.where(kept, s, 1), 0).astype(s.dtype)
    out: Array = (vh.conj().mT * inverse[..., None, :]) @ u.conj().mT
    return out


def _rule_of_pinv(g: Any, x: Any, out: Any) -> Any:
    """-PᴴGPᴴ + (I - AP) Gᴴ P Pᴴ + Pᴴ P Gᴴ (I - PA), for the conjugate G of the cotangent, conjugated again."""
    g = g.conj()
    ph, gh = adjoint(out), adjoint(g)
    left, right = gh @ out @ ph, ph @ out @ gh
    gx = left - x @ (out @ left) + right - right @ out @ x - ph @ g @ ph
    return gx.conj()


#: The Moore-Penrose inverse, with an absolute and a relative threshold for singular values that are taken as 0.
pinv: Operation = primitive(
    "pinv",
    _pseudo_inverse,
    x=_rule_of_pinv,
    doc="The Moore-Penrose inverse: by Golub and Pereyra's formula, for a constant rank",
)


# -- the exponential --------------------------------------------------------------------------------------

#: The diagonal Padé approximation of order 13: N. J. Higham, "The scaling and squaring method for the matrix
#: exponential revisited" (2005). It is accurate where the 1-norm is at most the limit.
_PADE = tuple(math.comb(13, k) * math.factorial(26 - k) / math.factorial(26) for k in range(14))
_PADE_LIMIT = 5.37


def _exponential(x: Array) -> Array:
    dtype = x.dtype
    x = x.astype(np.result_type(dtype, np.float64))  # repeated squaring amplifies the rounding errors
    norm = np.max(np.sum(np.abs(x), -2), initial=0)
    halvings = max(0, math.ceil(math.log2(norm / _PADE_LIMIT))) if 0 < norm < math.inf else 0
    x = x / 2**halvings
    unit = np.eye(x.shape[-1], dtype=x.dtype)
    square = x @ x
    even, odd, power = unit * _PADE[0], unit * _PADE[1], unit
    for k in range(2, 14, 2):
        power = power @ square
        even, odd = even + power * _PADE[k], odd + power * _PADE[k + 1]
    odd = x @ odd
    out = or_nan(np.linalg.solve, even - odd, even + odd)
    for _ in range(halvings):
        out = out @ out
    return out.astype(dtype)


def _rule_of_exponential(g: Any, x: Any) -> Any:
    """The upper right block of the exponential of [[xᵀ, g], [0, xᵀ]]."""
    n = x.shape[-1]
    bounds, last = (0, n, 2 * n), len(x.shape) - 1
    upper, lower = join([x.mT, g], bounds, last), join([g * 0, x.mT], bounds, last)
    return matrix_exp(join([upper, lower], bounds, last - 1))[..., :n, n:]


matrix_exp: Operation = primitive(
    "matrix_exp",
    _exponential,
    x=_rule_of_exponential,
    doc="The exponential of each matrix: the upper right block of the exponential of [[xᵀ, g], [0, xᵀ]]",
)
