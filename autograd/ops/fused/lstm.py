"""An LSTM over a whole sequence, and backpropagation through time, on arrays.

With the input x, the hidden state h and the cell state c, each step computes

    z = x Wᵀ + h Uᵀ + b                          (N, 4 H), the gates before their activations, side by side
    i, f, g, o = σ(z₁), σ(z₂), tanh(z₃), σ(z₄)   input gate, forget gate, candidate, output gate
    c ← f c + i g
    h ← o tanh(c)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...base.along import sum_along
from ...base.dtypes import Array

#: The gates are kept in the order o, i, f, g: three sigmoids are one call, and so are the three cotangents through c.
_ORDER = [3, 0, 1, 2]


def lstm_forward(x: Array, h: Array, c: Array, W: Array, U: Array, b: Array | None) -> tuple[Array, Array, Array]:
    """All hidden states and all cell states, (L + 1, N, H) with the first ones; o, i, f and g, (L, 4, N, H)."""
    steps, (batch, size) = len(x), h.shape
    hs, cs = [np.empty((steps + 1, batch, size), h.dtype) for _ in range(2)]
    hs[0], cs[0] = h, c
    W, U = _factors(W, size), _factors(U, size)
    gates = np.empty((steps, 4, batch, size), h.dtype)
    gates[...] = np.matmul(as_matrix(x), W).reshape(4, steps, batch, size).swapaxes(0, 1)
    if b is not None:
        gates += _factors(b[:, None], size).repeat(batch, 1)
    hU, ig, one = np.empty_like(gates[0]), np.empty_like(h), np.ones((), h.dtype)
    # In small arrays a call of NumPy takes longer than its numbers: no step slices, looks up or allocates anything.
    matmul, add, multiply, exp, tanh, reciprocal = np.matmul, np.add, np.multiply, np.exp, np.tanh, np.reciprocal
    h, c = hs[0], cs[0]
    for z, oif, o, i, f, g, new_h, new_c in zip(gates, gates[:, :3], *gates.swapaxes(0, 1), hs[1:], cs[1:]):
        add(z, matmul(h, U, hU), z)
        add(exp(oif, oif), one, oif)
        reciprocal(oif, oif)
        tanh(g, g)
        add(multiply(f, c, new_c), multiply(i, g, ig), new_c)
        multiply(o, tanh(new_c, new_h), new_h)
        h, c = new_h, new_c
    return hs, cs, gates


def _factors(weight: Array, size: int) -> Array:
    """The weights to multiply by from the right, (4, features, H), of the gates in our order.

    Those of o, i and f are negated, for σ(z) = 1 / (1 + exp(-z)).
    """
    factors = weight.reshape(4, size, weight.shape[1]).swapaxes(1, 2).take(_ORDER, 0)
    np.negative(factors[:3], out=factors[:3])
    return factors


def lstm_backward(
    d_out: Array, d_h: Array, d_c: Array, U: Array, hs: Array, cs: Array, gates: Array
) -> tuple[Array, Array, Array]:
    """The cotangents of z, (L, N, 4 H), and of the first hidden state and cell state."""
    o, i, f, g = gates.swapaxes(0, 1)
    slopes = 1 - gates  # σ' = (1 - σ) σ and tanh' = (1 - tanh) (1 + tanh)
    slopes[:, 0] *= hs[1:]  # of h in z₄: (1 - o) o tanh c
    ig = i * g
    slopes[:, 1] *= ig  # of c in z₁, z₂ and z₃
    slopes[:, 2] *= f * cs[:-1]
    slopes[:, 3] *= np.add(i, ig, out=ig)
    slopes_in_c = np.square(np.tanh(cs[1:]))  # of h in c: o (1 - tanh² c)
    np.subtract(1, slopes_in_c, out=slopes_in_c)
    slopes_in_c *= o

    steps, batch, size = d_out.shape
    dzs = np.empty((steps, batch, 4 * size), d_c.dtype)
    places = dzs.reshape(steps, batch, 4, size).swapaxes(1, 2)
    dz, dh, dc, through_h = np.empty_like(gates[0]), d_h.copy(), d_c.copy(), np.empty_like(d_c)
    dz_ifg, dz_o = dz[:3], dz[3]
    add, multiply, dot, copyto = np.add, np.multiply, np.dot, np.copyto
    of_steps = (d_out, slopes_in_c, slopes[:, 1:], slopes[:, 0], f, dzs, places)
    for d, slope_in_c, slopes_ifg, slope_o, kept, row, place in zip(*[array[::-1] for array in of_steps]):
        add(dh, d, dh)
        add(dc, multiply(dh, slope_in_c, through_h), dc)
        multiply(slopes_ifg, dc, dz_ifg)
        multiply(slope_o, dh, dz_o)
        copyto(place, dz)  # faster than to write the products there, which lie apart in memory
        dot(row, U, dh)
        multiply(dc, kept, dc)
    return dzs, dh, dc


def lstm_products(dz: Any, x: Any, hs: Any, W: Any, wanted: tuple[bool, ...]) -> list[Any]:
    """The cotangents of x, W, U and b, each one product over all steps; None for those that are not wanted."""
    rows, x_rows, h_rows = as_matrix(dz), as_matrix(x), as_matrix(hs[:-1])
    for_x, for_W, for_U, for_b = wanted
    return [
        rows.dot(W).reshape(x.shape) if for_x else None,
        rows.T.dot(x_rows) if for_W else None,
        rows.T.dot(h_rows) if for_U else None,
        sum_along(rows) if for_b else None,
    ]


def as_matrix(a: Any) -> Any:
    """All steps of all sequences, one below the other, (L N, features)."""
    return a.reshape(a.shape[0] * a.shape[1], a.shape[2])
