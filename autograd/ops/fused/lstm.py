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

#: The order of the gates inside: o, i, f, g. The sigmoid of three gates is one call, and so are the slopes of c.
ORDER = [3, 0, 1, 2]


def lstm_forward(x: Array, h: Array, c: Array, W: Array, U: Array, b: Array | None) -> tuple[Array, Array, Array]:
    """All hidden states and all cell states, (L + 1, N, H) with the first ones; o, i, f and g, (L, 4, N, H)."""
    steps, (batch, size) = len(x), h.shape
    hs, cs = [np.empty((steps + 1, batch, size), h.dtype) for _ in range(2)]
    hs[0], cs[0] = h, c
    W, U = [
        weight.reshape(4, size, weight.shape[1]).swapaxes(1, 2).take(ORDER, 0) for weight in (W, U)
    ]  # (4, features or H, H)
    xW = np.matmul(_rows(x), W).reshape(4, steps, batch, size)
    zs = np.add(xW.swapaxes(0, 1), 0 if b is None else b.reshape(4, 1, size).take(ORDER, 0), order="C")
    hU, ig = np.empty_like(zs[0]), np.empty_like(h)
    for t, z in enumerate(zs):
        np.add(z, np.matmul(hs[t], U, out=hU), out=z)
        _sigmoid_in_place(z[:3])
        o, i, f, g = z
        np.tanh(g, out=g)
        new_c = np.multiply(f, cs[t], out=cs[t + 1])
        new_c += np.multiply(i, g, out=ig)
        new_h = np.tanh(new_c, out=hs[t + 1])
        new_h *= o
    return hs, cs, zs


def _sigmoid_in_place(z: Array) -> None:
    np.negative(z, out=z)
    np.exp(z, out=z)
    z += 1
    np.reciprocal(z, out=z)


def lstm_backward(
    d_out: Array, d_h: Array, d_c: Array, U: Array, cs: Array, gates: Array
) -> tuple[Array, Array, Array]:
    """The cotangents of z, (L, N, 4 H), and of the first hidden state and cell state."""
    o, i, f, g = gates.swapaxes(0, 1)
    tanh_c = np.tanh(cs[1:])
    slopes_in_c = o * (1 - tanh_c * tanh_c)  # of h
    slopes = gates * (1 - gates)  # of h in z₄, and of c in z₁, z₂ and z₃
    slopes[:, 0] *= tanh_c
    slopes[:, 1] *= g
    slopes[:, 2] *= cs[:-1]
    slopes[:, 3] = i * (1 - g * g)
    steps, batch, size = d_out.shape
    dzs = np.empty((steps, batch, 4 * size), d_c.dtype)
    parts = dzs.reshape(steps, batch, 4, size).swapaxes(1, 2)
    dh, dc, through_h = d_h.copy(), d_c.copy(), np.empty_like(d_c)
    for t in reversed(range(steps)):
        dh += d_out[t]
        dc += np.multiply(dh, slopes_in_c[t], out=through_h)
        np.multiply(slopes[t, 1:], dc, out=parts[t, :3])
        np.multiply(slopes[t, 0], dh, out=parts[t, 3])
        np.dot(dzs[t], U, out=dh)
        dc *= f[t]
    return dzs, dh, dc


def lstm_products(dz: Any, x: Any, hs: Any, W: Any, wanted: tuple[bool, ...]) -> list[Any]:
    """The cotangents of x, W, U and b, each one product over all steps; None for those that are not wanted."""
    rows, x_rows, h_rows = _rows(dz), _rows(x), _rows(hs[:-1])
    for_x, for_W, for_U, for_b = wanted
    return [
        rows.dot(W).reshape(x.shape) if for_x else None,
        rows.T.dot(x_rows) if for_W else None,
        rows.T.dot(h_rows) if for_U else None,
        sum_along(rows) if for_b else None,
    ]


def _rows(a: Any) -> Any:
    """All steps of all sequences, one below the other, (L N, features)."""
    return a.reshape(a.shape[0] * a.shape[1], a.shape[2])
