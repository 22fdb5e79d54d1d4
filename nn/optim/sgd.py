"""Stochastic gradient descent, with or without momentum."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.base.symbolic import Symbolic
from autograd.core.tensor import Tensor, wrap
from autograd.core.writes import write

from .gradients import gradients, stretches
from .optimizer import Optimizer, Parameters


class SGD(Optimizer):
    """w ← w - lr v, where v is the gradient, or with momentum: v ← momentum v + (1 - dampening) gradient.

    Args:
        momentum: decay rate of the velocity v.
        dampening: how much of each gradient is left out of the velocity.
        nesterov: look ahead: descend along gradient + momentum · v. Needs a momentum and no dampening.
        others: see `Optimizer`.

    >>> from autograd import tensor
    >>> w = tensor([1.0], requires_grad=True)
    >>> optimizer = SGD([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.8000], requires_grad=True)
    """

    checked_settings = ("lr", "momentum", "weight_decay")

    def __init__(
        self, params: Parameters, lr: float = 1e-3, momentum: float = 0, dampening: float = 0, weight_decay: float = 0,
        nesterov: bool = False, *, maximize: bool = False, foreach: bool | None = None, differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:  # fmt: skip
        self._scratch: dict[Any, np.ndarray] = {}  # by shape and dtype
        super().__init__(params, dict(
            lr=lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay, nesterov=nesterov,
            maximize=maximize, foreach=foreach, differentiable=differentiable, fused=fused,
        ))  # fmt: skip

    def check(self, group: dict[str, Any]) -> None:
        """Raise ValueError for a setting out of range, or for settings that do not go together."""
        super().check(group)
        if group["nesterov"] and (group["momentum"] <= 0 or group["dampening"] != 0):
            raise ValueError(
                "Nesterov momentum requires a momentum and zero dampening, but got "
                f"momentum={group['momentum']} and dampening={group['dampening']}"
            )

    def update(self, group: dict[str, Any]) -> None:
        lr = group["lr"]
        if not (group["momentum"] or group["weight_decay"]):
            # The common case, written out because overhead counts in small networks.
            lr = -lr if group["maximize"] else lr
            for parameter in group["params"]:
                grad = parameter.grad
                if grad is not None:
                    self._descend(parameter, lr, grad.array)
            return
        for parameter, g in gradients(group):
            self._descend(parameter, lr, self._velocity(parameter, g, group) if group["momentum"] else g)

    def _velocity(self, parameter: Tensor, g: np.ndarray, group: dict[str, Any]) -> np.ndarray:
        momentum = group["momentum"]
        state = self.state[parameter]
        buffer = state.get("momentum_buffer")
        if buffer is None:
            velocity = np.array(g)
            state["momentum_buffer"] = wrap(velocity)
        else:
            velocity = write(buffer)
            velocity *= momentum
            velocity += g if group["dampening"] == 0 else (1 - group["dampening"]) * g
        return g + momentum * velocity if group["nesterov"] else velocity

    def _descend(self, parameter: Tensor, lr: float, direction: np.ndarray) -> None:
        """w ← w - lr · direction. A large product is computed in a kept buffer: a new array would cost page faults."""
        weights = write(parameter)
        if weights.size < 4096 or isinstance(weights, Symbolic):
            weights -= lr * direction
            return
        for part, direction_part in stretches((weights, direction)):
            kind = part.shape, part.dtype
            scratch = self._scratch.get(kind)
            if scratch is None:
                scratch = self._scratch[kind] = np.empty_like(part)
            np.subtract(part, np.multiply(direction_part, lr, out=scratch), out=part)
