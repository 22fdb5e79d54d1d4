"""An LSTM over a whole sequence, as one operation and recorded step by step.

Recorded step by step, making the nodes takes longer than the arithmetic.
"""

from __future__ import annotations

from typing import Any

from autograd import linear, sigmoid, stack, tanh
from autograd.base.symbolic import as_one_call
from autograd.core.grad_mode import recording
from autograd.core.tensor import Tensor, wrap
from autograd.func import vjp
from autograd.ops.fused.lstm import lstm_backward, lstm_forward, lstm_products
from autograd.transforms.function import Function


def lstm(x: Tensor, h: Tensor, c: Tensor, W: Tensor, U: Tensor, b: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
    """The hidden state after each step, (L, N, H), and the last hidden state and cell state, (N, H).

    Args:
        x: (L, N, features).
        h, c: (N, H), the first hidden state and cell state.
        W, U, b: (4 H, features), (4 H, H), and (4 H,) or None; the rows of the input gate, the forget gate, the
            candidate and the output gate one below the other.
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

    _is_of_the_user = False

    @staticmethod
    def forward(ctx: Any, *args: Any) -> tuple[Tensor, Tensor, Tensor]:
        """Save the arguments, all states and the activated gates."""
        hs, cs, gates = as_one_call(lstm_forward, *[t if t is None else t.array for t in args])
        ctx.save_for_backward(*args, wrap(hs), wrap(cs), wrap(gates))
        return wrap(hs[1:].copy()), wrap(hs[-1].copy()), wrap(cs[-1].copy())

    @staticmethod
    def backward(ctx: Any, d_out: Tensor, d_h: Tensor, d_c: Tensor) -> Any:
        """The cotangents of the arguments."""
        x, h, c, W, U, b, hs, cs, gates = ctx.saved_tensors
        if recording():  # so that the gradient can be differentiated
            given = (x, h, c, W, U) if b is None else (x, h, c, W, U, b)
            # None for a b that is None; a seventh result is ignored.
            return *vjp(step_by_step, *given)[1]((d_out, d_h, d_c)), None
        dz, dh, dc = as_one_call(lstm_backward, *[t.array for t in (d_out, d_h, d_c, U, hs, cs, gates)])
        for_x, _, _, for_W, for_U, for_b = ctx.needs_input_grad
        dx, dW, dU, db = lstm_products(dz, x.array, hs.array, W.array, (for_x, for_W, for_U, for_b))
        return tuple(None if a is None else wrap(a) for a in (dx, dh, dc, dW, dU, db))
