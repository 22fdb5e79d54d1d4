"""Differentiable draws from the gamma distribution."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import digamma, finfo
from autograd.base.dtypes import Array
from autograd.core.tensor import Tensor, wrap
from autograd.ops.creation.random import source
from autograd.transforms.function import Function, once_differentiable


def standard_gamma(concentration: Tensor) -> Tensor:
    """Draws from the gamma distribution of rate 1, which can be differentiated once with respect to `concentration`."""
    return _Draw.apply(concentration)


class _Draw(Function):
    """Implicit reparameterization: a draw z moves with the shape a so that the probability P(a, z) of a smaller draw
    stays constant: ∂P/∂a + ∂P/∂z · dz/da = 0.

    M. Figurnov, S. Mohamed, A. Mnih, "Implicit reparameterization gradients", NeurIPS 2018.
    """

    _is_of_the_user = False

    @staticmethod
    def forward(ctx: Any, concentration: Tensor) -> Tensor:
        drawn = np.asarray(source(None).standard_gamma(concentration.array))
        out = wrap(np.maximum(drawn, finfo(concentration.dtype).tiny).astype(concentration.array.dtype)[()])
        ctx.save_for_backward(concentration, out)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g: Tensor) -> Tensor:
        concentration, out = ctx.saved_tensors
        return g * wrap(derivative_of_draw(concentration.array, out.array).astype(out.array.dtype)[()])


def derivative_of_draw(a: Array, z: Array) -> Array:
    """dz/da of a draw `z` from the distribution of shape `a`, in float64.

    For z < a + 1, P = zᵃ e⁻ᶻ / Γ(a) · S with a power series S; otherwise 1 - P = zᵃ e⁻ᶻ / Γ(a) · F with a continued
    fraction F (Abramowitz and Stegun 6.5.29 and 6.5.31). Since ∂P/∂z = zᵃ⁻¹ e⁻ᶻ / Γ(a),

        dz/da = -z · ((ln z - ψ(a)) · S + dS/da),    or, with F, z · ((ln z - ψ(a)) · F + dF/da).
    """
    a, z = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(z, np.float64))
    left = z < a + 1
    max_terms = 200 + int(8 * math.sqrt(np.max(a, initial=1.0)))
    series, d_series = _series(a, np.where(left, z, a), max_terms)
    fraction, d_fraction = _fraction(a, np.where(left, a + 1, z), max_terms)
    log_factor = np.log(z) - digamma(wrap(a)).numpy()
    return np.where(left, -z * (log_factor * series + d_series), z * (log_factor * fraction + d_fraction))


def _series(a: Array, z: Array, max_terms: int) -> tuple[Array, Array]:
    """S = Σ zᵏ / (a (a + 1) … (a + k)), and dS/da term by term."""
    term, d_term = 1 / a, -1 / a**2
    total, d_total = term, d_term
    for k in range(1, max_terms):
        term = term * z / (a + k)
        d_term = (d_term * z - term) / (a + k)
        total, d_total = total + term, d_total + d_term
        if np.all(np.abs(d_term) <= 1e-17 * np.abs(d_total)):
            break
    return total, d_total


def _fraction(a: Array, z: Array, max_terms: int) -> tuple[Array, Array]:
    """F = 1/(z + 1 - a - 1(1 - a)/(z + 3 - a - …)) by Lentz's method, and dF/da by the derivative of each step."""
    d = 1 / (z + 1 - a)
    d_d = d * d
    c, d_c = np.full(z.shape, 1e300), np.zeros(z.shape)
    total, d_total = d, d_d
    for k in range(1, max_terms):
        top, bottom = -k * (k - a), z + 2 * k + 1 - a
        d_c = -1 + k / c - top * d_c / c / c
        c = bottom + top / c
        before = d
        d = 1 / (top * before + bottom)
        d_d = -d * d * (k * before + top * d_d - 1)
        step = d_total * (c * d - 1) + total * (d_c * d + c * d_d)
        total, d_total = total * c * d, d_total + step
        if np.all(np.abs(step) <= 1e-16 * np.abs(d_total)):
            break
    return total, d_total
