"""Orthogonal polynomials by their three-term recurrences: four kinds of Chebyshev, two of Hermite, Laguerre, Legendre.

M. Abramowitz and I. Stegun, "Handbook of Mathematical Functions" (1964), table 22.7. As in PyTorch, they have no
gradients.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from ...base.dtypes import Array, default_float, result_numpy
from ...core.operation import array_of
from ...core.tensor import Tensor, wrap


def chebyshev_polynomial_t(input: Any, n: Any) -> Tensor:
    """The Chebyshev polynomial of the first kind of degree n, cos(n arccos x)."""
    return _polynomial(lambda x: x, _chebyshev, input, n)


def chebyshev_polynomial_u(input: Any, n: Any) -> Tensor:
    """The Chebyshev polynomial of the second kind of degree n: 1, 2x, …"""
    return _polynomial(lambda x: 2 * x, _chebyshev, input, n)


def chebyshev_polynomial_v(input: Any, n: Any) -> Tensor:
    """The Chebyshev polynomial of the third kind of degree n: 1, 2x - 1, …"""
    return _polynomial(lambda x: 2 * x - 1, _chebyshev, input, n)


def chebyshev_polynomial_w(input: Any, n: Any) -> Tensor:
    """The Chebyshev polynomial of the fourth kind of degree n: 1, 2x + 1, …"""
    return _polynomial(lambda x: 2 * x + 1, _chebyshev, input, n)


def shifted_chebyshev_polynomial_t(input: Any, n: Any) -> Tensor:
    """`chebyshev_polynomial_t` at 2x - 1."""
    return chebyshev_polynomial_t(_shifted(input), n)


def shifted_chebyshev_polynomial_u(input: Any, n: Any) -> Tensor:
    """`chebyshev_polynomial_u` at 2x - 1."""
    return chebyshev_polynomial_u(_shifted(input), n)


def shifted_chebyshev_polynomial_v(input: Any, n: Any) -> Tensor:
    """`chebyshev_polynomial_v` at 2x - 1."""
    return chebyshev_polynomial_v(_shifted(input), n)


def shifted_chebyshev_polynomial_w(input: Any, n: Any) -> Tensor:
    """`chebyshev_polynomial_w` at 2x - 1."""
    return chebyshev_polynomial_w(_shifted(input), n)


def hermite_polynomial_h(input: Any, n: Any) -> Tensor:
    """The Hermite polynomial of degree n for the weight exp(-x²): 1, 2x, …"""
    return _polynomial(lambda x: 2 * x, lambda k, x, now, before: 2 * x * now - 2 * k * before, input, n)


def hermite_polynomial_he(input: Any, n: Any) -> Tensor:
    """The Hermite polynomial of degree n for the weight exp(-x²/2): 1, x, …"""
    return _polynomial(lambda x: x, lambda k, x, now, before: x * now - k * before, input, n)


def laguerre_polynomial_l(input: Any, n: Any) -> Tensor:
    """The Laguerre polynomial of degree n: 1, 1 - x, …"""
    return _polynomial(
        lambda x: 1 - x, lambda k, x, now, before: ((2 * k + 1 - x) * now - k * before) / (k + 1), input, n
    )


def legendre_polynomial_p(input: Any, n: Any) -> Tensor:
    """The Legendre polynomial of degree n: 1, x, …"""
    return _polynomial(lambda x: x, lambda k, x, now, before: ((2 * k + 1) * x * now - k * before) / (k + 1), input, n)


#: Computes the polynomial of degree k + 1 from k, x, and the polynomials of degree k and k - 1.
Step: TypeAlias = Callable[[int, Array, Array, Array], Array]


def _polynomial(first: Callable[[Array], Array], step: Step, x: Any, n: Any) -> Tensor:
    """The values at x of the polynomials of degree n, broadcast; 0 for negative degrees.

    Args:
        first: computes the polynomial of degree 1 from x.
        step: the recurrence.
        x, n: tensors or numbers.
    """
    arrays = [np.asarray(array_of(v)) if isinstance(v, Tensor) else v for v in (x, n)]
    common = result_numpy(tuple(arrays))
    common = common if common.kind == "f" else default_float()
    z, degree = np.broadcast_arrays(np.asarray(arrays[0], np.float64), np.trunc(np.asarray(arrays[1], np.float64)))
    before, now = np.zeros_like(z), np.ones_like(z)
    out = np.where(degree == 0, now, 0.0)
    for k in range(int(np.max(degree, initial=0))):
        before, now = now, first(z) if k == 0 else step(k, z, now, before)
        out = np.where(degree == k + 1, now, out)
    return wrap(out.astype(common)[()])


def _chebyshev(k: int, x: Array, now: Array, before: Array) -> Array:
    return 2 * x * now - before


def _shifted(input: Any) -> Any:
    return input * 2 - 1
