"""RMSprop: steps scaled by a running mean of the squared gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from .gradients import count_step, real_gradients, write_real
from .optimizer import Optimizer, Parameters


class RMSprop(Optimizer):
    """w ← w - lr g / (√v + eps), where v is a running mean of g².

    Args:
        params: see `Optimizer`.
        lr: learning rate.
        alpha: decay rate of the running mean v.
        eps: added to the denominator, so that it is not 0.
        weight_decay: this multiple of the parameter is added to its gradient.
        momentum: this multiple of the last step is added to the next.
        centered: subtract the square of the mean gradient from v, which makes it a variance.
        maximize: ascend along the gradient instead of descending.
        foreach, capturable, differentiable: see `Optimizer`.

    Raises:
        ValueError: a setting is negative.
    """

    checked_settings = ("lr", "eps", "momentum", "weight_decay", "alpha")

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        defaults = dict(
            lr=lr, momentum=momentum, alpha=alpha, eps=eps, centered=centered, weight_decay=weight_decay,
            maximize=maximize, foreach=foreach, capturable=capturable, differentiable=differentiable,
        )  # fmt: skip
        super().__init__(params, defaults)

    def update(self, group: dict[str, Any]) -> None:
        """Take one step for the parameters of one group."""
        lr, alpha, eps, momentum = group["lr"], group["alpha"], group["eps"], group["momentum"]
        kept = {"square_avg": 0}
        if momentum:
            kept["momentum_buffer"] = 0
        if group["centered"]:
            kept["grad_avg"] = 0
        for parameter, g in real_gradients(group):
            state = self.state_of(parameter, **kept)
            count_step(state)
            square = write_real(state["square_avg"])
            square *= alpha
            square += (1 - alpha) * (g * g)
            if group["centered"]:
                mean = write_real(state["grad_avg"])
                mean += (1 - alpha) * (g - mean)
                square = square - mean * mean
            direction = g / (np.sqrt(square) + eps)
            if momentum:
                buffer = write_real(state["momentum_buffer"])
                buffer *= momentum
                buffer += direction
                direction = buffer
            weights = write_real(parameter)
            weights -= lr * direction
