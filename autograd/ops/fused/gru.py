"""A GRU over a whole sequence, and backpropagation through time, on arrays.

With the input x and the hidden state h, each step computes

    r, z = σ(x Wᵀ + b + h Uᵀ + c)     reset gate and update gate; three blocks of H rows in W, U, b and c
    m = h Uᵀ + c                      the third block, as in n
    n = tanh(x Wᵀ + b + r m)          candidate
    h ← n + z (h - n)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...base.along import sum_along
from ...base.dtypes import Array
from .lstm import as_matrix


def gru_forward(x: Array, h: Array, W: Array, U: Array, b: Array | None, c: Array | None) -> tuple[Array, Array]:
    """All hidden states, (L + 1, N, H) with the first one; r, z, n and m, (L, 4, N, H)."""
    steps, (batch, size) = len(x), h.shape
    hs = np.empty((steps + 1, batch, size), h.dtype)
    hs[0] = h
    W, U = _factors(W, size), _factors(U, size)
    gates = np.empty((steps, 4, batch, size), h.dtype)
    gates[:, :3] = np.matmul(as_matrix(x), W).reshape(3, steps, batch, size).swapaxes(0, 1)
    gates[:, 3] = 0
    if b is not None and c is not None:
        b, c = _factors(b[:, None], size), _factors(c[:, None], size)
        gates += np.concatenate((b[:2] + c[:2], b[2:], c[2:])).repeat(batch, 1)
    hU, one = np.empty_like(gates[0, :3]), np.ones((), h.dtype)
    hU_rz, hU_n = hU[:2], hU[2]
    # In small arrays a call of NumPy takes longer than its numbers: no step slices, looks up or allocates anything.
    matmul, add, multiply, exp, tanh, reciprocal = np.matmul, np.add, np.multiply, np.exp, np.tanh, np.reciprocal
    for rz, r, z, n, m, old_h, new_h in zip(gates[:, :2], *gates.swapaxes(0, 1), hs, hs[1:]):
        matmul(old_h, U, hU)
        add(rz, hU_rz, rz)
        add(exp(rz, rz), one, rz)
        reciprocal(rz, rz)
        add(m, hU_n, m)
        add(n, multiply(r, m, hU_n), n)
        tanh(n, n)
        multiply(z, np.subtract(old_h, n, new_h), new_h)
        add(n, new_h, new_h)
    return hs, gates


def _factors(weight: Array, size: int) -> Array:
    """The weights to multiply by from the right, (3, features, H); of r and z negated, for 1 / (1 + exp(-z))."""
    factors = weight.reshape(3, size, weight.shape[1]).swapaxes(1, 2).copy()
    np.negative(factors[:2], out=factors[:2])
    return factors


def gru_backward(d_out: Array, d_h: Array, U: Array, hs: Array, gates: Array) -> tuple[Array, Array, Array]:
    """The cotangents of x Wᵀ + b and of h Uᵀ + c, (L, N, 3 H) each, and of the first hidden state."""
    r, z, n, m = gates.swapaxes(0, 1)
    # The cotangents of σ's arguments in r and z, of m, and of tanh's argument are that of the new h times these.
    slopes = np.empty_like(gates)
    slopes[:, 3] = (1 - z) * (1 - n * n)
    slopes[:, 2] = slopes[:, 3] * r
    slopes[:, 1] = z * (1 - z) * (hs[:-1] - n)
    slopes[:, 0] = slopes[:, 2] * (1 - r) * m

    steps, batch, size = d_out.shape
    d_hU = np.empty((steps, batch, 3 * size), d_h.dtype)
    places = d_hU.reshape(steps, batch, 3, size).swapaxes(1, 2)
    dh, through_U = d_h.copy(), np.empty_like(d_h)
    add, multiply, dot, copyto = np.add, np.multiply, np.dot, np.copyto
    of_steps = (d_out, slopes, slopes[:, :3], z, d_hU, places)
    for d, slope, d_rzm, kept, row, place in zip(*[array[::-1] for array in of_steps]):
        add(dh, d, dh)
        multiply(slope, dh, slope)
        copyto(place, d_rzm)
        multiply(dh, kept, dh)
        add(dh, dot(row, U, through_U), dh)
    d_xW = d_hU.copy()
    d_xW[:, :, 2 * size :] = slopes[:, 3]
    return d_xW, d_hU, dh


def gru_products(d_xW: Any, d_hU: Any, x: Any, hs: Any, W: Any, wanted: tuple[bool, ...]) -> list[Any]:
    """The cotangents of x, W, U, b and c, each one product over all steps; None for those that are not wanted."""
    rows, h_rows = as_matrix(d_xW), as_matrix(d_hU)
    for_x, for_W, for_U, for_b, for_c = wanted
    return [
        rows.dot(W).reshape(x.shape) if for_x else None,
        rows.T.dot(as_matrix(x)) if for_W else None,
        h_rows.T.dot(as_matrix(hs[:-1])) if for_U else None,
        sum_along(rows) if for_b else None,
        sum_along(h_rows) if for_c else None,
    ]
