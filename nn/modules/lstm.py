"""An LSTM over a whole sequence as one operation, with backpropagation through time written out.

With the input x, the hidden state h and the cell state c, each step computes

    z = x Wᵀ + h Uᵀ + b                        (N, 4 H), the gates before their activations, side by side
    i, f, g, o = σ(z₁), σ(z₂), tanh(z₃), σ(z₄)   input gate, forget gate, candidate, output gate
    c ← f c + i g
    h ← o tanh(c)

In a graph of single steps the nodes would take longer than the numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import linear, sigmoid, stack, tanh
from autograd.base.dtypes import Array
from autograd.base.symbolic import as_one_call
from autograd.core.grad_mode import recording
from autograd.core.tensor import Tensor, wrap
from autograd.func import vjp
from autograd.transforms.function import Function


def lstm(x: Tensor, h: Tensor, c: Tensor, W: Tensor, U: Tensor, b: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
    """The hidden state after each step, (L, N, H), and the last hidden state and cell state, (N, H).

    Args:
        x: (L, N, features).
        h, c: (N, H), the first hidden state and cell state.
        W: (4 H, features).
        U: (4 H, H).
        b: (4 H,), or None.
    """
    dtypes = {t.array.dtype.char for t in (x, h, c, W, U)}
    run = LSTMSequence.apply if dtypes in ({"f"}, {"d"}) else step_by_step  # float32 or float64
    out: tuple[Tensor, Tensor, Tensor] = run(x, h, c, W, U, b)
    return out


# -- recorded step by step: for other dtypes, and for derivatives of the gradient ----------------------------


def step_by_step(
    x: Tensor, h: Tensor, c: Tensor, W: Tensor, U: Tensor, b: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """What `lstm` computes."""
    outs = []
    for projected in steps_of(linear(x, W, b)):
        h, c = step(projected, (h, c), U)
        outs.append(h)
    return stack(outs), h, c


def steps_of(x: Tensor) -> list[Tensor]:
    """`x[0]`, `x[1]`, …, by halving, so that each cotangent is embedded in a part, not in the whole sequence."""
    length = x.shape[0]
    if length <= 1:
        return [x[0]] if length else []
    return steps_of(x[: length // 2]) + steps_of(x[length // 2 :])


def step(x: Tensor, state: tuple[Tensor, ...], U: Tensor, b: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """The next hidden state and cell state, for the projected input x, (N, 4 H)."""
    h, c = state
    i, f, g, o = (x + linear(h, U, b)).chunk(4, -1)
    c = sigmoid(f) * c + sigmoid(i) * tanh(g)
    return sigmoid(o) * tanh(c), c


# -- as one operation ----------------------------------------------------------------------------------------


class LSTMSequence(Function):
    """`lstm` of float32 or float64."""

    @staticmethod
    def forward(ctx: Any, *args: Any) -> tuple[Tensor, Tensor, Tensor]:
        """Keep the activated gates and all states for `backward`."""
        ctx.save_for_backward(*args)
        ctx.arrays = hs, cs, _ = as_one_call(_forward, *[t if t is None else t.array for t in args])
        return wrap(hs[1:].copy()), wrap(hs[-1].copy()), wrap(cs[-1].copy())

    @staticmethod
    def backward(ctx: Any, d_out: Tensor, d_h: Tensor, d_c: Tensor) -> Any:
        """The cotangents of the arguments."""
        x, h, c, W, U, b = ctx.saved_tensors
        if recording():  # so that the gradient can be differentiated
            given = (x, h, c, W, U) if b is None else (x, h, c, W, U, b)
            return *vjp(step_by_step, *given)[1]((d_out, d_h, d_c)), None  # None for a b that is None, or ignored
        hs, cs, gates = ctx.arrays
        dz, dh, dc = as_one_call(_backward, d_out.array, d_h.array, d_c.array, U.array, cs, gates)
        rows = _rows(dz)
        for_x, _, _, for_W, for_U, for_b = ctx.needs_input_grad
        return (
            wrap(rows.dot(W.array).reshape(x.array.shape)) if for_x else None,
            wrap(dh),
            wrap(dc),
            wrap(rows.T.dot(_rows(x.array))) if for_W else None,
            wrap(rows.T.dot(_rows(hs[:-1]))) if for_U else None,
            wrap(np.add.reduce(rows)) if for_b else None,
        )


def _rows(a: Array) -> Array:
    """All steps of all sequences, one below the other, (L N, features)."""
    return a.reshape(a.shape[0] * a.shape[1], a.shape[2])


#: The order of the gates inside: o, i, f, g. The sigmoid of three gates is one call, and so are the slopes of c.
ORDER = [3, 0, 1, 2]


def _forward(x: Array, h: Array, c: Array, W: Array, U: Array, b: Array | None) -> tuple[Array, Array, Array]:
    """All hidden states and all cell states, (L + 1, N, H) with the first ones; o, i, f and g, (L, 4, N, H)."""
    steps, (batch, size) = len(x), h.shape
    hs, cs = [np.empty((steps + 1, batch, size), h.dtype) for _ in range(2)]
    hs[0], cs[0] = h, c
    W, U = [weight.reshape(4, size, -1).swapaxes(1, 2).take(ORDER, 0) for weight in (W, U)]  # (4, features or H, H)
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


def _backward(d_out: Array, d_h: Array, d_c: Array, U: Array, cs: Array, gates: Array) -> tuple[Array, Array, Array]:
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
