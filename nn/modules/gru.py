"""A GRU over a whole sequence, as one operation and recorded step by step."""

from __future__ import annotations

from typing import Any

from autograd import linear, sigmoid, stack, tanh
from autograd.base.symbolic import as_one_call
from autograd.core.grad_mode import recording
from autograd.core.tensor import Tensor, wrap
from autograd.func import vjp
from autograd.ops.fused.gru import gru_backward, gru_forward, gru_products
from autograd.transforms.function import Function

from .lstm import steps_of


def gru(x: Tensor, h: Tensor, W: Tensor, U: Tensor, b: Tensor | None, c: Tensor | None) -> tuple[Tensor, Tensor]:
    """The hidden state after each step, (L, N, H), and the last one, (N, H).

    Args:
        x: (L, N, features).
        h: (N, H), the first hidden state.
        W, U: (3 H, features) and (3 H, H); the rows of the reset gate, the update gate and the candidate one below
            the other.
        b, c: (3 H,), the biases of the products with W and with U, or None.
    """
    dtypes = {t.array.dtype.char for t in (x, h, W, U)}
    run = GRUSequence.apply if dtypes in ({"f"}, {"d"}) else step_by_step  # float32 or float64
    out: tuple[Tensor, Tensor] = run(x, h, W, U, b, c)
    return out


# -- recorded step by step: for other dtypes, and for derivatives of the gradient ----------------------------


def step_by_step(
    x: Tensor, h: Tensor, W: Tensor, U: Tensor, b: Tensor | None = None, c: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """What `gru` computes."""
    outs = []
    for projected in steps_of(linear(x, W, b)):
        (h,) = step(projected, (h,), U, c)
        outs.append(h)
    return stack(outs), h


def step(x: Tensor, state: tuple[Tensor, ...], U: Tensor, c: Tensor | None = None) -> tuple[Tensor]:
    """The next hidden state, for the projected input x, (N, 3 H)."""
    (h,) = state
    x_r, x_z, x_n = x.chunk(3, -1)
    h_r, h_z, h_n = linear(h, U, c).chunk(3, -1)
    z = sigmoid(x_z + h_z)
    n = tanh(x_n + sigmoid(x_r + h_r) * h_n)
    return (n + z * (h - n),)


# -- as one operation ----------------------------------------------------------------------------------------


class GRUSequence(Function):
    """`gru` of float32 or float64."""

    _is_of_the_user = False

    @staticmethod
    def forward(ctx: Any, *args: Any) -> tuple[Tensor, Tensor]:
        """Save the arguments, all states and the activated gates."""
        hs, gates = as_one_call(gru_forward, *[t if t is None else t.array for t in args])
        ctx.save_for_backward(*args, wrap(hs), wrap(gates))
        return wrap(hs[1:].copy()), wrap(hs[-1].copy())

    @staticmethod
    def backward(ctx: Any, d_out: Tensor, d_h: Tensor) -> Any:
        """The cotangents of the arguments."""
        x, h, W, U, b, c, hs, gates = ctx.saved_tensors
        if recording():  # so that the gradient can be differentiated
            given = (x, h, W, U) if b is None else (x, h, W, U, b, c)
            return *vjp(step_by_step, *given)[1]((d_out, d_h)), None, None
        d_xW, d_hU, dh = as_one_call(gru_backward, *[t.array for t in (d_out, d_h, U, hs, gates)])
        for_x, _, *wanted = ctx.needs_input_grad
        dx, *others = gru_products(d_xW, d_hU, x.array, hs.array, W.array, (for_x, *wanted))
        return tuple(None if a is None else wrap(a) for a in (dx, dh, *others))
