"""Orthogonal polynomials by their three-term recurrences: four kinds of Chebyshev, two of Hermite, Laguerre, Legendre.

M. Abramowitz and I. Stegun, "Handbook of Mathematical Functions" (1964), table 22.7. As in PyTorch, they have no
gradients.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from ...base.dtypes import Array, default_float, result_numpy
from ...base.symbolic import as_array
from ...core.operation import array_of
from ...core.tensor import Tensor, wrap
from ..arguments import check_count, named

#: Computes the polynomial of degree k + 1 from k, x, and the polynomials of degree k and k - 1.
Step: TypeAlias = Callable[[int, Array, Array, Array], Array]


def _polynomial(name: str, first: Callable[[Array], Array], step: Step, doc: str) -> Callable[..., Tensor]:
    """Define a family of polynomials by the one of degree 1 and the recurrence; that of degree 0 is 1."""

    def polynomial(x: Any, n: Any) -> Tensor:
        arrays = [as_array(array_of(v)) if isinstance(v, Tensor) else v for v in (x, n)]
        common = result_numpy(tuple(arrays))
        common = common if common.kind == "f" else default_float()
        x, degree = np.broadcast_arrays(as_array(arrays[0], np.float64), np.trunc(as_array(arrays[1], np.float64)))
        before, now = np.zeros_like(x), np.ones_like(x)
        out = np.where(degree == 0, now, 0.0)  # 0 for negative degrees
        for k in range(check_count(name, int(np.max(degree, initial=0)))):
            before, now = now, first(x) if k == 0 else step(k, x, now, before)
            out = np.where(degree == k + 1, now, out)
        return wrap(out.astype(common)[()])

    return named(polynomial, name, doc)


def _chebyshev(kind: str, first: Callable[[Array], Array], doc: str) -> tuple[Callable[..., Tensor], ...]:
    """Define the Chebyshev polynomials of one kind, and the same shifted to the interval [0, 1]."""
    name = f"chebyshev_polynomial_{kind}"
    polynomial = _polynomial(name, first, lambda k, x, now, before: 2 * x * now - before, doc)

    def shifted(x: Any, n: Any) -> Tensor:
        return polynomial(x * 2 - 1, n)

    return polynomial, named(shifted, f"shifted_{name}", f"`{name}` at 2x - 1.")


chebyshev_polynomial_t, shifted_chebyshev_polynomial_t = _chebyshev(
    "t", lambda x: x, "The Chebyshev polynomial of the first kind of degree n, cos(n arccos x)."
)
chebyshev_polynomial_u, shifted_chebyshev_polynomial_u = _chebyshev(
    "u", lambda x: 2 * x, "The Chebyshev polynomial of the second kind of degree n: 1, 2x, …"
)
chebyshev_polynomial_v, shifted_chebyshev_polynomial_v = _chebyshev(
    "v", lambda x: 2 * x - 1, "The Chebyshev polynomial of the third kind of degree n: 1, 2x - 1, …"
)
chebyshev_polynomial_w, shifted_chebyshev_polynomial_w = _chebyshev(
    "w", lambda x: 2 * x + 1, "The Chebyshev polynomial of the fourth kind of degree n: 1, 2x + 1, …"
)
hermite_polynomial_h = _polynomial(
    "hermite_polynomial_h",
    lambda x: 2 * x,
    lambda k, x, now, before: 2 * x * now - 2 * k * before,
    "The Hermite polynomial of degree n for the weight exp(-x²): 1, 2x, …",
)
hermite_polynomial_he = _polynomial(
    "hermite_polynomial_he",
    lambda x: x,
    lambda k, x, now, before: x * now - k * before,
    "The Hermite polynomial of degree n for the weight exp(-x²/2): 1, x, …",
)
laguerre_polynomial_l = _polynomial(
    "laguerre_polynomial_l",
    lambda x: 1 - x,
    lambda k, x, now, before: ((2 * k + 1 - x) * now - k * before) / (k + 1),
    "The Laguerre polynomial of degree n: 1, 1 - x, …",
)
legendre_polynomial_p = _polynomial(
    "legendre_polynomial_p",
    lambda x: x,
    lambda k, x, now, before: ((2 * k + 1) * x * now - k * before) / (k + 1),
    "The Legendre polynomial of degree n: 1, x, …",
)
