"""`torch.special`: special functions, some of them also at the top level."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .base.dtypes import Array
from .core.public import other_names
from .core.tensor import Tensor, wrap
from .ops.arguments import check_count, named
from .ops.elementwise.arithmetic import round
from .ops.elementwise.composites import logit, sinc
from .ops.elementwise.elementary import exp2, expit, expm1, log1p
from .ops.elementwise.entropy import entr, xlog1py, xlogy
from .ops.elementwise.selection import where
from .ops.fused.softmax import log_softmax, softmax
from .ops.half_precision import in_single_precision
from .ops.new_memory import with_own_memory
from .ops.reduce.reductions import logsumexp
from .ops.special.bessel import as_real, bessel_i, bessel_ie, bessel_j, bessel_k, bessel_ke, bessel_y, i0
from .ops.special.error_function import erf, erfc, erfcx, erfinv, log_ndtr, ndtri
from .ops.special.gamma import derivative_of_digamma, digamma, gammainc, gammaincc, lgamma as gammaln, zeta
from .ops.special.polynomials import (
    chebyshev_polynomial_t,
    chebyshev_polynomial_u,
    chebyshev_polynomial_v,
    chebyshev_polynomial_w,
    hermite_polynomial_h,
    hermite_polynomial_he,
    laguerre_polynomial_l,
    legendre_polynomial_p,
    shifted_chebyshev_polynomial_t,
    shifted_chebyshev_polynomial_u,
    shifted_chebyshev_polynomial_v,
    shifted_chebyshev_polynomial_w,
)
from .surface import make_public as _make_public

__all__ = [
    "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "chebyshev_polynomial_t", "chebyshev_polynomial_u",
    "chebyshev_polynomial_v", "chebyshev_polynomial_w", "digamma", "entr", "erf", "erfc", "erfcx", "erfinv", "exp2",
    "expit", "expm1", "gammainc", "gammaincc", "gammaln", "hermite_polynomial_h", "hermite_polynomial_he", "i0",
    "i0e", "i1", "i1e", "laguerre_polynomial_l", "legendre_polynomial_p", "log1p", "log_ndtr", "log_softmax", "logit",
    "logsumexp", "modified_bessel_i0", "modified_bessel_i1", "modified_bessel_k0", "modified_bessel_k1",
    "multigammaln", "ndtr", "ndtri", "polygamma", "psi", "round", "scaled_modified_bessel_k0",
    "scaled_modified_bessel_k1", "shifted_chebyshev_polynomial_t", "shifted_chebyshev_polynomial_u",
    "shifted_chebyshev_polynomial_v", "shifted_chebyshev_polynomial_w", "sinc", "softmax", "spherical_bessel_j0",
    "xlog1py", "xlogy", "zeta",
]  # fmt: skip

psi = digamma


def polygamma(n: int, input: Tensor) -> Tensor:
    """The n-th derivative of the digamma function.

    Raises:
        RuntimeError: n is negative.
    """
    if n < 0:
        raise RuntimeError(f"polygamma(n, x) does not support negative n: {n}")
    return derivative_of_digamma(as_real("polygamma", input), int(n))


def polygamma_of(input: Tensor, n: int) -> Tensor:
    """The n-th derivative of the digamma function: `Tensor.polygamma`, whose first argument is the tensor."""
    return polygamma(n, input)


@with_own_memory
@in_single_precision
def multigammaln(input: Tensor, p: int) -> Tensor:
    """The logarithm of the multivariate gamma function: p(p - 1)/4 · log π + Σ log Γ(x - j/2) over 0 ≤ j < p.

    Raises:
        RuntimeError: p is not positive.
    """
    if p < 1:
        raise RuntimeError(f"p has to be greater than or equal to 1, but got {p}")
    x = as_real("mvlgamma", input)
    out = gammaln(x)
    for j in range(1, check_count("mvlgamma: p", p)):
        out = out + gammaln(x - j / 2)
    return out + p * (p - 1) / 4 * math.log(math.pi)


@in_single_precision
def ndtr(input: Tensor) -> Tensor:
    """The normal distribution function: the integral of the density from -∞ to x."""
    return erfc(as_real("ndtr", input) * (-1 / math.sqrt(2))) * 0.5


def i0e(input: Tensor) -> Tensor:
    """`i0(x) exp(-|x|)`, which does not overflow."""
    return bessel_ie(as_real("i0e", input), 0)


def i1(input: Tensor) -> Tensor:
    """The modified Bessel function of the first kind of order 1."""
    return bessel_i(as_real("i1", input), 1)


def i1e(input: Tensor) -> Tensor:
    """`i1(x) exp(-|x|)`, which does not overflow."""
    return bessel_ie(as_real("i1e", input), 1)


modified_bessel_i0, modified_bessel_i1 = i0, i1


def _orders(
    name: str, bessel: Callable[[Array, int], Array], doc: str
) -> tuple[Callable[..., Tensor], Callable[..., Tensor]]:
    """Define a Bessel function of order 0 and of order 1, without gradients; `{}` in `doc` stands for the order."""

    def of_order(order: int) -> Callable[..., Tensor]:
        @other_names(x="input")
        def function(input: Tensor) -> Tensor:
            return wrap(bessel(as_real(f"{name}{order}", input).array, order))

        return named(function, f"{name}{order}", doc.format(order))

    return of_order(0), of_order(1)


bessel_j0, bessel_j1 = _orders("bessel_j", bessel_j, "The Bessel function of the first kind of order {}.")
bessel_y0, bessel_y1 = _orders("bessel_y", bessel_y, "The Bessel function of the second kind of order {}.")
modified_bessel_k0, modified_bessel_k1 = _orders(
    "modified_bessel_k", bessel_k, "The modified Bessel function of the second kind of order {}."
)
scaled_modified_bessel_k0, scaled_modified_bessel_k1 = _orders(
    "scaled_modified_bessel_k", bessel_ke, "`modified_bessel_k{}(x) exp(x)`, which does not underflow."
)


@in_single_precision
def spherical_bessel_j0(x: Tensor) -> Tensor:
    """sin x / x, and 1 at 0."""
    x = as_real("spherical_bessel_j0", x)
    return where(np.isinf(x.array), 0, sinc(x / math.pi))


_make_public(globals())
